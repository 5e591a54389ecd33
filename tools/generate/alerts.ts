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
  host: 'Prometheus, or the agent or collector',
  collector: 'Prometheus, or the collector',
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
- Replace words in capitals (HOST, VM, NIC, VSWITCH, CLUSTER) with your names. Run PowerShell commands in an elevated Windows PowerShell on the host. They are based on the documentation of Windows and have not been tested on a host yet: [unverified.md](../unverified.md).
- Boards are in [dashboards](../../dashboards). [reasons.md](../reasons.md) explains reasons and findings.
- Each fix states its impact. **Drain the host before you restart a NIC or recreate a vSwitch.** A virtual NIC on the synthetic path is slow, not down. The fix can often wait until working hours.

`;

const groupSection = ({ name, alerts }: (typeof RULE_GROUPS)[number]): string => {
  const here = names.filter((each) => alerts.some((alert) => alert.name === each));
  return `## ${name}\n\n[Rules](../../alerts/${name}.rules.yaml), [their tests](../../alerts/tests/${name}.test.yaml)\n\n${table(
    ['Alert', 'Severity', 'After', 'Keeps firing for', 'Summary', 'Muted by', 'Evaluated by'],
    here.map(indexRow),
  )}\n`;
};

const DOC = `<!-- Generated from src/alerting by npm run generate. Do not edit. -->

# Alerts

${names.length} alerts and ${RECORDS.length} recordings for Prometheus 2.42 and later, each alert with its [runbook](runbooks/README.md). Few of them are critical. If alerting is configured in the agent ([configuration.md](configuration.md), \`alerting\`), the agent evaluates the alerts that need only one host and sends them to Alertmanager itself.

## Install

1. Copy \`alerts/*.rules.yaml\` to the Prometheus server and list them in \`rule_files\`.
2. Copy the scrape jobs from [alerts/prometheus.yml](../alerts/prometheus.yml). Use one job name for all hosts. Set the label \`cluster\`, which the alerts about clusters need, and a label \`host\` that the job of windows_exporter has too.
3. Copy routes and inhibitions from [alerts/alertmanager.yml](../alerts/alertmanager.yml). Without the inhibitions, one fault of a NIC sends a message for every virtual machine on it.
4. Run \`promtool check config prometheus.yml\` and \`amtool check-config alertmanager.yml\`, then reload both servers.

Something else must watch Prometheus itself: an alert that always fires, and a service that calls you when it no longer arrives.

## Thresholds of your own

\`\`\`sh
hyperv-sriov-exporter alerts --config my-thresholds.yaml --out /etc/prometheus/rules
\`\`\`

writes the same rule files with your thresholds. Without \`--out\` it prints them as one file. Errors name the file and the line. [alerts/thresholds.yaml](../alerts/thresholds.yaml) has every threshold with its default: copy it and keep only the lines that you change. The alerting of the agent reads the same file (\`alerting.thresholds_file\`).

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
| \`hyperv-sriov.scrapeconfig.yaml\` | \`ScrapeConfig\` (\`monitoring.coreos.com/v1alpha1\`) for the hosts named by \`--target\`; left out if there is no \`--target\`. Add \`scheme\`, \`tlsConfig\` and \`basicAuth\` if the exporters require them. A \`ServiceMonitor\` selects Services of the cluster, and Hyper-V hosts are outside of it. |
| \`sriov-*.configmap.yaml\` | one \`ConfigMap\` for each dashboard, with the label \`grafana_dashboard: "1"\`. The links lead to your own runbooks. Colours change at the default thresholds. |

The routes and inhibitions of [alerts/alertmanager.yml](../alerts/alertmanager.yml) are not included. Add them to the configuration of your Alertmanager.

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
    '## Which alert explains which\n\nWhile the first alert fires, the second one sends no notification if the labels are equal.\n\n',
    table(['Fires', 'Is muted', 'Equal', 'Why'], INHIBITIONS.map(inhibitionRow)),
    '\n\nAn alert of the agent\'s own (`source="sriov-agent"`) is muted by the same alert from Prometheus. An exhausted pool does not mute the vNICs that wait for it: alerts of one host are one group, so one message shows the cause and what it affects.\n\nIf clusters of several sites have the same name, add the label that distinguishes the sites to each `equal`.\n\n',
    KUBERNETES,
    '## Recordings\n\n',
    table(
      ['Record', 'Used by'],
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
