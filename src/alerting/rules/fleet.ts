import { count, isNot, max, overTime, perCluster, selected } from '../expr/expr.ts';
import { figure, label, text } from '../text.ts';
import { type AlertGroup, CLUSTER, HOUR, MINUTE } from './define.ts';
import { fallbackRatio, requestedCount, shortfall } from './recording.ts';

const IN_CLUSTER = isNot('cluster', '');

/** What only several hosts together show. The label `cluster` comes from the scrape config. */
export const fleetAlerts: AlertGroup = {
  name: 'sriov-fleet',
  alerts: [
    {
      name: 'SriovClusterFallback',
      severity: 'warning',
      scope: 'fleet',
      for: 10 * MINUTE,
      keepFiringFor: 10 * MINUTE,
      summary: 'Many virtual NICs of a cluster are off their VF.',
      description: text`In the cluster ${label('cluster')} ${figure('percentage')} of the virtual NICs that ask for a VF are on the synthetic path. Look for what the hosts have in common: a driver, a policy, a vSwitch template.`,
      expr: (t) =>
        selected(fallbackRatio, IN_CLUSTER)
          .gt(t.cluster_fallback_ratio)
          .and(CLUSTER, requestedCount.ge(t.cluster_fallback_min_vnics)),
    },
    {
      name: 'SriovClusterFallback',
      severity: 'critical',
      scope: 'fleet',
      for: 10 * MINUTE,
      keepFiringFor: 10 * MINUTE,
      summary: 'Many virtual NICs of a cluster are off their VF.',
      description: text`In the cluster ${label('cluster')} ${figure('percentage')} of the virtual NICs that ask for a VF are on the synthetic path, and the share rose steeply within the last hour. Look for what changed on all hosts.`,
      expr: (t) =>
        selected(fallbackRatio, IN_CLUSTER)
          .gt(t.cluster_fallback_ratio)
          .and(CLUSTER, requestedCount.ge(t.cluster_fallback_min_vnics))
          .and(
            CLUSTER,
            fallbackRatio.minus(overTime('min_over_time', fallbackRatio, HOUR), CLUSTER).ge(t.cluster_fallback_rise),
          ),
    },
    {
      name: 'SriovFailoverVfShort',
      severity: 'warning',
      scope: 'fleet',
      // A rolling update takes the hosts out one by one.
      for: HOUR / 2,
      summary: 'If a host of the cluster fails, the others have too few VFs for its virtual machines.',
      description: text`In the cluster ${label('cluster')}, vSwitch ${label('vswitch')}, the worst failure of one host leaves ${figure()} virtual NICs without a VF. Nothing is broken now.`,
      expr: () =>
        max(perCluster('vswitch'), selected(shortfall, IN_CLUSTER))
          .gt(0)
          .and(perCluster('vswitch'), count(perCluster('vswitch'), shortfall).ge(2)),
    },
  ],
};
