import { collectorMetrics } from '../../src/metrics/catalogue/collector.ts';
import { processMetrics } from '../../src/metrics/catalogue/process.ts';
import { catalogueByObject } from '../../src/metrics/catalogue/index.ts';
import { typeOf } from '../../src/metrics/catalogue/common.ts';
import type { GeneratedFile } from './file.ts';
import { levelInDocs } from './levels.ts';
import { table } from './markdown.ts';

const HEADER = ['Name', 'Level', 'Type', 'Labels', 'Meaning', 'Source'];

const row = (metric: { name: string; help: string; labels: readonly string[]; source: string }) => [
  `\`${metric.name}\``,
  levelInDocs(metric.name),
  typeOf(metric.name),
  metric.labels.map((label) => `\`${label}\``).join(', '),
  metric.help,
  metric.source,
];

const INTRODUCTION = `<!-- Generated from src/metrics/catalogue by npm run generate. Do not edit. -->

# Metrics

- **A value that could not be read has no series.** It is never reported as 0. A label with an unknown value is left out, which Prometheus treats as an empty
  label.
- **Values are polled, not read at the scrape:** counters every 15 s, states every 60 s. Use windows of 5 minutes or more with \`rate\` and \`increase\`, because a
  scrape can return the same counter values as the one before. The age of the data is
  \`time() - hyperv_exporter_collector_last_success_timestamp_seconds\`.
- **Keys:** \`vnic_id\` for a vNIC, \`vm_id\` for a VM. Names are for people and need not be unique.
- **Yes or no** is 1 or 0. Metrics that give information, a reason, a finding or a state in their labels always have the value 1, and have a series only while
  it holds.
- **windows_exporter:** the labels \`vm\`, \`vswitch\`, \`core\`, \`state\`, \`nic\` and \`adapter\` have the same values as there, so that the series can be joined.
  Host and cluster are labels of the scrape config.
- **Level:** *unproven* if the value depends on an assumption about Windows that no host has confirmed, with a link to it in [unverified.md](unverified.md);
  otherwise *stable*. Metrics with a label \`reason\` or \`finding\` have the level of the id as well.
- **Reasons and findings** are explained in [reasons.md](reasons.md). Severities are \`critical\`, \`warning\` and \`info\`.
- **Formats:** Prometheus text and OpenMetrics. In OpenMetrics the name of a counter's family has no \`_total\`.
`;

/** docs/metrics.md: every metric, object by object. */
export async function generate(): Promise<GeneratedFile[]> {
  const objects = catalogueByObject.map(
    ({ object, metrics }) => `## ${object}\n\n${table(HEADER, metrics.map(row))}\n`,
  );
  const ofProcess = Object.values(processMetrics).map((metric) => row({ ...metric, source: 'the agent itself' }));
  const process = `## The process

On \`/metrics\` only, together with Node's \`process_*\` and \`nodejs_*\`. These are read at the scrape.

${table(HEADER, ofProcess)}
`;
  const ofCollector = collectorMetrics.map((metric) => row({ ...metric, source: 'the collector itself' }));
  const collector = `## The collector

On \`/metrics\` of a process that reads several hosts (\`source: targets\`); the metrics of its hosts are on \`/probe?target=NAME\`.

${table(HEADER, ofCollector)}
`;
  return [{ path: 'docs/metrics.md', content: [INTRODUCTION, ...objects, process, collector].join('\n') }];
}
