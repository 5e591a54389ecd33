import { stringify } from 'yaml';
import { OperationalError } from '../errors.ts';
import { PROJECT_RUNBOOKS } from './annotations.ts';
import { isPlainName } from './rules/define.ts';
import { ruleGroups } from './rules-yaml.ts';
import type { Thresholds } from './thresholds.ts';

/** A dashboard as it is shipped: its uid and its JSON. */
export interface Dashboard {
  readonly uid: string;
  readonly json: string;
}

/** What the manifests of a site contain besides its thresholds. */
export interface KubernetesOptions {
  readonly namespace?: string;
  /** Labels of the PrometheusRule and the ScrapeConfig, by which the operator selects them */
  readonly labels?: Readonly<Record<string, string>>;
  /** Exporters to scrape, `host:port`; no ScrapeConfig without one */
  readonly targets?: readonly string[];
  /** Label `cluster` of those targets */
  readonly cluster?: string;
}

const NAME = 'hyperv-sriov';
/** By which the sidecar of Grafana's Helm chart finds dashboards */
const DASHBOARD_LABEL = { grafana_dashboard: '1' };

const toYaml = (manifest: unknown): string => stringify(manifest, { lineWidth: 0, blockQuote: 'literal' });

/**
 * Manifests for a Kubernetes cluster in which the Prometheus operator and the dashboard sidecar of Grafana run, by file
 * name: a PrometheusRule with all groups, a ScrapeConfig (v1alpha1, operator 0.65 and later), and a ConfigMap for each
 * dashboard. A ServiceMonitor selects Services of the cluster; Hyper-V hosts are outside of it.
 *
 * @throws OperationalError `job_is_a_pattern` if there are targets and the job of the thresholds is a pattern, not a name
 */
export function kubernetesManifests(
  thresholds: Thresholds,
  dashboards: readonly Dashboard[],
  { namespace, labels = {}, targets = [], cluster }: KubernetesOptions,
): ReadonlyMap<string, string> {
  const metadata = (name: string, own: Readonly<Record<string, string>>) => ({
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'app.kubernetes.io/name': 'hyperv-sriov-exporter', ...own },
  });
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: metadata(NAME, labels),
    spec: { groups: ruleGroups(thresholds) },
  };
  const scrape = {
    apiVersion: 'monitoring.coreos.com/v1alpha1',
    kind: 'ScrapeConfig',
    metadata: metadata(NAME, labels),
    spec: {
      jobName: thresholds.job,
      scrapeInterval: '30s',
      staticConfigs: [{ targets, ...(cluster === undefined ? {} : { labels: { cluster } }) }],
      relabelings: [{ sourceLabels: ['__address__'], regex: String.raw`(.+):\d+`, targetLabel: 'host' }],
    },
  };
  if (targets.length > 0 && !isPlainName(thresholds.job))
    throw new OperationalError(
      'job_is_a_pattern',
      `job in the thresholds is a pattern (${thresholds.job}), and a ScrapeConfig needs one name: leave out --target and write the ScrapeConfig yourself.`,
    );
  return new Map([
    [`${NAME}.prometheusrule.yaml`, toYaml(rule)],
    ...(targets.length === 0 ? [] : [[`${NAME}.scrapeconfig.yaml`, toYaml(scrape)] as const]),
    ...dashboards.map(({ uid, json }) => {
      const text = thresholds.runbook_url === '' ? json : json.replaceAll(PROJECT_RUNBOOKS, thresholds.runbook_url);
      const configMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata(`dashboard-${uid}`, DASHBOARD_LABEL),
        data: { [`${uid}.json`]: text },
      };
      return [`${uid}.configmap.yaml`, toYaml(configMap)] as const;
    }),
  ]);
}
