import { processMetrics } from '../../src/metrics/catalogue/process.ts';
import { catalogueByObject } from '../../src/metrics/catalogue/index.ts';
import { typeOf } from '../../src/metrics/catalogue/rows.ts';
import type { GeneratedFile } from './file.ts';
import { table } from './markdown.ts';

const HEADER = ['Name', 'Type', 'Labels', 'Meaning', 'Source'];

const row = (metric: { name: string; help: string; labels: readonly string[]; source: string }) => [
  `\`${metric.name}\``,
  typeOf(metric.name),
  metric.labels.map((label) => `\`${label}\``).join(', '),
  metric.help,
  metric.source,
];

const INTRODUCTION = `<!-- Generated from src/metrics/catalogue by npm run generate. Do not edit. -->

# Metrics

- A value that could not be read has no series: nothing here is 0 for something unread. A label whose value is not known is left out, which to Prometheus is the same as empty.
- Data is polled, not read at the scrape: counters every 15 s, states every 60 s. Use rate windows of 5 minutes and more; the age of the data is \`time() - hyperv_exporter_collector_last_success_timestamp_seconds\`.
- The key of a vNIC is \`vnic_id\`, of a VM \`vm_id\`: names need not be unique, and come beside them for people.
- Labels that windows_exporter has too (\`vm\`, \`vswitch\`, \`core\`, \`state\`, \`nic\`, \`adapter\`) have its values, so that the two join. Host and cluster are labels of the scrape.
- Values of \`reason\` and \`finding\` are explained in [reasons.md](reasons.md). Severities are \`critical\`, \`warning\`, \`info\`.
- Both Prometheus text and OpenMetrics are served; in OpenMetrics a counter's family is named without \`_total\`.
`;

/** docs/metrics.md: every metric, object by object. */
export async function generate(): Promise<GeneratedFile[]> {
  const objects = catalogueByObject.map(
    ({ object, metrics }) => `## ${object}\n\n${table(HEADER, metrics.map(row))}\n`,
  );
  const ofProcess = Object.values(processMetrics).map((metric) => row({ ...metric, source: 'the agent itself' }));
  const process = `## The process

On \`/metrics\` alone, with Node's own \`process_*\` and \`nodejs_*\`, which are rendered at the scrape.

${table(HEADER, ofProcess)}
`;
  return [{ path: 'docs/metrics.md', content: [INTRODUCTION, ...objects, process].join('\n') }];
}
