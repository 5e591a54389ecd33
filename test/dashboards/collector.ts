import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { collectorMetrics } from '../../src/metrics/catalogue/collector.ts';
import { labelText, type TargetLabels } from '../support/open-metrics-file.ts';

const { collector_job: job } = defaultThresholds;

/**
 * A collector of these clusters, as Prometheus scrapes it: each host would leave a vNIC without a VF, the second one has
 * other limits than the first, and the third another BIOS; the cluster is being updated.
 * @param labels what the scrape adds besides job and instance
 * @param clusters hosts by cluster
 */
export function collectorOf(
  labels: TargetLabels,
  clusters: ReadonlyMap<string, readonly string[]>,
): { readonly labels: TargetLabels; readonly text: string } {
  const differs = (
    host: string | undefined,
    rest: Readonly<Record<'object' | 'subject' | 'property' | 'severity', string>>,
  ) => (host === undefined ? [] : [{ host, ...rest }]);
  const state = {
    targets: [],
    connectsWaiting: 0,
    clusters: [...clusters].map(([cluster, hosts]) => ({
      cluster,
      failovers: hosts.map((host) => ({ host, shortfall: new Map([['vSwitch_LAN01', 1]]) })),
      drift: [
        ...differs(hosts[1], { object: 'vswitch', subject: 'vSwitch_LAN01', property: 'VFs', severity: 'warning' }),
        ...differs(hosts[2], { object: 'host', subject: '', property: 'bios', severity: 'info' }),
      ],
      updatingSince: 0,
    })),
  };
  const text = collectorMetrics
    .filter(({ name }) => name.startsWith('hyperv_cluster_'))
    .flatMap(({ name, type, samples }) => [
      `# TYPE ${name} ${type}`,
      ...samples(state).map(({ labels: own = {}, value }) => `${name}{${labelText(own)}} ${value}`),
    ])
    .join('\n');
  return { labels: { job, instance: 'collector:10182', ...labels }, text };
}
