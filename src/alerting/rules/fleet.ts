import {
  count,
  group,
  is,
  isNot,
  max,
  metric,
  number,
  overTime,
  perCluster,
  perHost,
  recorded,
  selected,
  sum,
} from '../expr/expr.ts';
import { figure, ifLabel, label, text } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';
import { CLUSTER, HOST, HOUR, MINUTE, ours, recordOf, type RuleGroup, VSWITCH } from './define.ts';
import { lost } from './vnics.ts';

const IN_CLUSTER = isNot('cluster', '');
const VSWITCH_OF_CLUSTER = perCluster('vswitch');

/** During a live migration two hosts report the vNICs of the VM: they count once. */
export const requestedCount = recorded(
  'cluster:hyperv_vnic_vf_requested:count',
  count(CLUSTER, group(perCluster('vnic_id'), metric('hyperv_vnic_vf_requested').eq(1))),
);

const paused = metric('hyperv_cluster_node_state', is('state', 'paused')).eq(1);
const wanted = metric('hyperv_vswitch_vf_requested');
const free = recorded(
  'instance_vswitch:hyperv_vswitch_vf_free:sum',
  metric('hyperv_vswitch_vf_limit')
    .minus(metric('hyperv_vswitch_vf_in_use'), VSWITCH)
    .or(number(0).times(wanted))
    .unless(HOST, paused),
);
const shortfall = recorded(
  'instance_vswitch:hyperv_failover_vf_shortfall:sum',
  // A paused host has no row in `free`, so it has no shortfall.
  wanted.plus(free, VSWITCH).minus(sum(VSWITCH_OF_CLUSTER, free), VSWITCH_OF_CLUSTER),
);

/**
 * The number of virtual NICs of a cluster that lost their VF, where it is large. It is compared with the largest number
 * that asked for a VF at any time within the hour. Compared with the current number, it would change whenever an exporter
 * stops or starts or a host is added.
 */
const lostInCluster = ({ cluster_fallback_ratio: ratio, cluster_fallback_min_vnics: least }: Thresholds) => {
  const asked = overTime('max_over_time', requestedCount, HOUR);
  return sum(CLUSTER, selected(lost, IN_CLUSTER)).ge(number(ratio).times(asked), CLUSTER).and(CLUSTER, asked.ge(least));
};

/** Conditions that need the data of several hosts. The label `cluster` comes from the scrape configuration. */
export const fleetGroup: RuleGroup = {
  name: 'sriov-fleet',
  interval: MINUTE,
  records: [
    recordOf(
      free,
      'the shortfall and the capacity dashboard. A host without usable VFs counts as 0. A paused host is left out: no VM fails over to it',
    ),
    recordOf(
      shortfall,
      'SriovFailoverVfShort and the evacuation table: how many VFs the other hosts lack for the VMs of this host',
    ),
  ],
  alerts: [
    {
      name: 'SriovClusterFallback',
      severity: 'warning',
      scope: 'fleet',
      hostPage: false,
      for: 10 * MINUTE,
      keepFiringFor: 10 * MINUTE,
      summary: 'Many virtual NICs of a cluster have lost their VF within the hour.',
      description: text`In the cluster ${label('cluster')}, ${figure()} virtual NICs that used their VF within the last hour no longer do. Check what changed on the affected hosts.`,
      expr: lostInCluster,
    },
    {
      name: 'SriovClusterFallback',
      severity: 'critical',
      scope: 'fleet',
      hostPage: false,
      for: 5 * MINUTE,
      keepFiringFor: 10 * MINUTE,
      summary: 'Many virtual NICs of a cluster have lost their VF within the hour.',
      description: text`In the cluster ${label('cluster')}, ${figure()} virtual NICs on several hosts used their VF within the last hour and no longer do. Check what these hosts have in common, such as a driver, a policy or a vSwitch template.`,
      expr: (t) =>
        lostInCluster(t).and(CLUSTER, count(CLUSTER, selected(lost, IN_CLUSTER)).ge(t.cluster_fallback_min_hosts)),
    },
    {
      name: 'SriovFailoverVfShort',
      severity: 'warning',
      scope: 'fleet',
      hostPage: false,
      // During a rolling update each host is out of service for a while.
      for: HOUR / 2,
      summary: 'If a host of the cluster fails, the others have too few VFs for its virtual machines.',
      description: text`In the cluster ${label('cluster')}, vSwitch ${label('vswitch')}, the failure of one host would leave up to ${figure()} virtual NICs without a VF. Nothing is broken now.`,
      // If one host cannot be scraped, its free VFs are unknown, and every other host would seem to have a shortfall.
      expr: (t) =>
        max(VSWITCH_OF_CLUSTER, selected(shortfall, IN_CLUSTER))
          .gt(0)
          .and(VSWITCH_OF_CLUSTER, count(VSWITCH_OF_CLUSTER, shortfall).ge(2))
          .unless(CLUSTER, metric('up', ours(t)).eq(0))
          .unless(CLUSTER, metric('hyperv_exporter_source_success', is('source', 'vm_switch')).eq(0)),
    },
    {
      name: 'SriovClusterDrift',
      severity: 'warning',
      scope: 'collector',
      hostPage: 'collector',
      // A setting that is changed host by host differs for a while.
      for: HOUR,
      summary: 'A host differs from its cluster in a setting that decides the path of virtual NICs.',
      description: text`In the cluster ${label('cluster')}, the host ${label('instance')} differs from most hosts in ${label('property')} (${label('object')}${ifLabel('subject', text` ${label('subject')}`)}). A virtual machine that is moved between these hosts may lose its VF. The command drift and the overview page of the collector show both values and how to change the host.`,
      // Both series come from the collector, in whose exposition `host` and `cluster` are labels of the metric. A rolling
      // update is 1 for 72 hours at most.
      expr: () =>
        metric('hyperv_cluster_drift', is('severity', 'warning'))
          .unless(perHost('cluster'), metric('hyperv_cluster_rolling_update').eq(1))
          .renaming('host', 'instance'),
    },
  ],
};
