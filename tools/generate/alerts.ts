import { ALERTS, RECORDS, RULE_GROUPS } from '../../src/alerting/rules/index.ts';
import { type Inhibition, INHIBITIONS } from '../../src/alerting/rules/inhibitions.ts';
import type { Alert } from '../../src/alerting/rules/define.ts';
import { inWords } from '../../src/alerting/text.ts';
import { defaultThresholds, thresholdsSchema } from '../../src/alerting/thresholds.ts';
import type { GeneratedFile } from './file.ts';
import { table } from './markdown.ts';

const names = [...new Set(ALERTS.map(({ name }) => name))];
const rulesOf = (name: string): readonly Alert[] => ALERTS.filter((alert) => alert.name === name);
const runbook = (name: string, folder = ''): string => `[${name}](${folder}${name}.md)`;

const DECIDED_BY: Readonly<Record<Alert['scope'], string>> = {
  host: 'Prometheus, or the agent',
  fleet: 'Prometheus: several hosts, or the scrape itself',
  prometheus: 'Prometheus: hours of history',
};

const indexRow = (name: string): string[] => {
  const rules = rulesOf(name);
  const [first] = rules;
  if (first === undefined) throw new Error(`${name} has no rule`);
  const mutedBy = INHIBITIONS.filter(({ mutes }) => mutes.includes(name)).flatMap(({ by }) => by);
  return [
    runbook(name),
    rules.map(({ severity, wanted }) => (wanted === undefined ? severity : `${severity} (on request)`)).join(', '),
    first.for === 0 ? 'at once' : inWords(first.for),
    first.keepFiringFor === undefined ? '' : inWords(first.keepFiringFor),
    first.summary,
    [...new Set(mutedBy)]
      .filter((other) => other !== name)
      .map((other) => runbook(other))
      .join(', '),
    DECIDED_BY[first.scope],
  ];
};

const INDEX = `<!-- Generated from src/alerting/rules by npm run generate. Do not edit. -->

# Runbooks

One runbook for each alert: meaning, impact, diagnosis, mitigation with the impact of each fix, false alarms, tuning.

- **critical** pages somebody, **warning** is a ticket, **info** is for information only.
- \`hyperv-sriov-exporter explain --url http://HOST:10182\` queries a running exporter from any machine that has this program. On the host itself: \`node "C:\\Program Files\\hyperv-sriov-exporter\\program\\dist\\main.js" explain --url http://localhost:10182\`. The status page shows the same: \`http://HOST:10182/\`.
- Replace words in capitals (HOST, VM, NIC, VSWITCH, CLUSTER) with your names. Run PowerShell commands in an elevated Windows PowerShell on the host. They come from the documentation of Windows and have not been tested on a host yet: [unverified.md](../unverified.md).
- Boards are in [dashboards](../../dashboards). [reasons.md](../reasons.md) explains reasons and findings.
- Each fix states its impact. **Drain the host before you restart a NIC or recreate a vSwitch.** A virtual NIC on the synthetic path is slow, not down. The fix can often wait until working hours.

`;

const groupSection = ({ name, alerts }: (typeof RULE_GROUPS)[number]): string => {
  const here = names.filter((each) => alerts.some((alert) => alert.name === each));
  return `## ${name}\n\n[Rules](../../alerts/${name}.rules.yaml), [their tests](../../alerts/tests/${name}.test.yaml)\n\n${table(
    ['Alert', 'Severity', 'After', 'Goes on for', 'Says', 'Muted by', 'Decided by'],
    here.map(indexRow),
  )}\n`;
};

const DOC = `<!-- Generated from src/alerting by npm run generate. Do not edit. -->

# Alerts

${names.length} alerts and ${RECORDS.length} recordings for Prometheus 2.42 and later, each alert with its [runbook](runbooks/README.md). The critical ones are few. The alerts that one host can decide are evaluated by the agent itself, too, where its push is on ([configuration.md](configuration.md), \`alerting\`).

## Install

1. Copy \`alerts/*.rules.yaml\` to the server and name them in \`rule_files\`.
2. Take the scrape jobs from [alerts/prometheus.yml](../alerts/prometheus.yml): one job name for all hosts; a label \`cluster\`, which the alerts on clusters need; a label \`host\` that windows_exporter's job has as well.
3. Take routes and inhibitions from [alerts/alertmanager.yml](../alerts/alertmanager.yml). Without the inhibitions one fault of a NIC is a message for each virtual machine.
4. \`promtool check config prometheus.yml\`, \`amtool check-config alertmanager.yml\`, reload both.

Prometheus itself must be watched by something else: an alert that always fires, and a service that calls when it stops coming.

## Thresholds of your own

\`\`\`sh
hyperv-sriov-exporter alerts --config my-thresholds.yaml --out /etc/prometheus/rules
\`\`\`

writes the same rule files with your numbers; without \`--out\` it prints them as one. Faults are named with file and line. [alerts/thresholds.yaml](../alerts/thresholds.yaml) has every threshold with its default: copy it and keep the lines that you change. The agent's own alerting reads the same file (\`alerting.thresholds_file\`).

`;

const thresholdRows = Object.entries(thresholdsSchema.shape).map(([name, { description = '' }]) => {
  const value: unknown = Object.entries(defaultThresholds).find(([key]) => key === name)?.[1];
  return [`\`${name}\``, `\`${JSON.stringify(value)}\``, description];
});

const ONE_ALERT = `
A single alert can be left out or changed:

\`\`\`yaml
alerts:
  SriovVfPoolNearExhaustion: { off: true }
  SriovVfFallback: { for: 20m, severity: info }
\`\`\`

The committed tests (\`promtool test rules alerts/tests/*.test.yaml\`) are for the defaults.

`;

const KUBERNETES = `## Kubernetes

\`\`\`sh
hyperv-sriov-exporter alerts --kubernetes --config my-thresholds.yaml --out manifests --namespace monitoring --label release=monitoring --target hv01.example.com:10182 hv02.example.com:10182 --cluster hv-cluster-1
kubectl apply -f manifests
\`\`\`

writes manifests for the Prometheus operator and for the dashboard sidecar of Grafana's Helm chart:

| File | What it holds |
| --- | --- |
| \`hyperv-sriov.prometheusrule.yaml\` | \`PrometheusRule\` with every group, with your thresholds. \`--label\` adds the labels that the \`ruleSelector\` of your Prometheus asks for. |
| \`hyperv-sriov.scrapeconfig.yaml\` | \`ScrapeConfig\` (\`monitoring.coreos.com/v1alpha1\`) for the hosts named by \`--target\`; left out without one. Add \`scheme\`, \`tlsConfig\` and \`basicAuth\` where the exporters ask for them. A \`ServiceMonitor\` selects Services of the cluster, and Hyper-V hosts are outside of it. |
| \`sriov-*.configmap.yaml\` | one \`ConfigMap\` for each dashboard, with the label \`grafana_dashboard: "1"\`. Links to runbooks are your own; colours change at the default thresholds. |

The routes and inhibitions of [alerts/alertmanager.yml](../alerts/alertmanager.yml) are not among them: add them to the configuration of your Alertmanager.

`;

const inhibitionRow = ({ by, byLabels, mutes, mutesLabels, equal, why }: Inhibition): string[] => {
  const side = (alerts: readonly string[], labels: Readonly<Record<string, string>> = {}) =>
    [
      alerts.map((name) => runbook(name, 'runbooks/')).join(', '),
      ...Object.entries(labels).map(([label, value]) => `\`${label}="${value}"\``),
    ].join(' ');
  return [side(by, byLabels), side(mutes, mutesLabels), equal.map((label) => `\`${label}\``).join(', '), why];
};

/** docs/runbooks/README.md and docs/alerts.md. */
export function generate(): Promise<GeneratedFile[]> {
  const content = [
    DOC,
    table(['Threshold', 'Default', 'Why'], thresholdRows),
    '\n',
    ONE_ALERT,
    '## Which alert explains which\n\nWhile the first fires, the second notifies nobody, where the labels are equal.\n\n',
    table(['Fires', 'Is muted', 'Equal', 'Why'], INHIBITIONS.map(inhibitionRow)),
    '\n\nAn alert of the agent\'s own (`source="sriov-agent"`) is muted by Prometheus\' alert of the same thing. A full pool mutes none of those that wait: one message tells cause and victims, since alerts of one host are one group.\n\nWhere clusters of several sites have the same name, add the label that tells the sites apart to each `equal`.\n\n',
    KUBERNETES,
    '## Recordings\n\n',
    table(
      ['Record', 'Who reads it'],
      RECORDS.map(({ record, why }) => [`\`${record}\``, why]),
    ),
    '\n',
  ].join('');
  return Promise.resolve([
    { path: 'docs/alerts.md', content },
    {
      path: 'docs/runbooks/README.md',
      content:
        INDEX +
        RULE_GROUPS.filter(({ alerts }) => alerts.length > 0)
          .map(groupSection)
          .join('\n'),
    },
  ]);
}
