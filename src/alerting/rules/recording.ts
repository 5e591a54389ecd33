import { by, HOST, lines, on, type RecordingRule, VM, VSWITCH } from './define.ts';
import { lostExpr, OFF_VF } from './fallback.ts';

const NOT_PAUSED = `unless ${on(HOST)} hyperv_cluster_node_state{state="paused"} == 1`;

/** CPU seconds of guest and root per gigabyte moved, on VMs that were on one path for the whole window. */
const cpuPerGigabyte = (active: 0 | 1, bytes: readonly string[]): string =>
  lines(
    `sum by (cluster) (`,
    `  sum ${by(VM)} (rate(hyperv_vm_cpu_seconds_total[5m]))`,
    `    and ${on(VM)} min ${by(VM)} (min_over_time(hyperv_vnic_vf_active[5m])) == ${active}`,
    `    and ${on(VM)} max ${by(VM)} (max_over_time(hyperv_vnic_vf_active[5m])) == ${active}`,
    `    and ${on(VM)} (${bytes.join(` + ${on(VM)} `)}) > 0`,
    `)`,
    `/ on (cluster) sum by (cluster) (`,
    `  (${bytes.join(` + ${on(VM)} `)}) / 1e9`,
    `    and ${on(VM)} min ${by(VM)} (min_over_time(hyperv_vnic_vf_active[5m])) == ${active}`,
    `    and ${on(VM)} max ${by(VM)} (max_over_time(hyperv_vnic_vf_active[5m])) == ${active}`,
    `    and ${on(VM)} sum ${by(VM)} (rate(hyperv_vm_cpu_seconds_total[5m]))`,
    `)`,
  );

const rates = (object: 'vnic' | 'vf'): string[] =>
  ['receive', 'transmit'].map((direction) => `sum ${by(VM)} (rate(hyperv_${object}_${direction}_bytes_total[5m]))`);

/**
 * Ratios are kept as numerator and denominator where both are of use. Path share is a share of vNICs, not of bytes.
 * The vNICs of a VM that is seen on two hosts at once (live migration) count once.
 */
export const recordingRules: readonly RecordingRule[] = [
  {
    record: 'instance:hyperv_vnic_vf_lost:count',
    why: 'SriovHostMassFallback and the host board',
    expr: () => lostExpr,
  },
  {
    record: 'cluster:hyperv_vnic_vf_requested:count',
    why: 'SriovClusterFallback and the fleet board',
    expr: () => `count by (cluster) (group by (cluster, vnic_id) (hyperv_vnic_vf_requested == 1))`,
  },
  {
    record: 'cluster:hyperv_vnic_fallback:ratio',
    why: 'SriovClusterFallback (twice) and the fleet board',
    expr: () =>
      lines(
        `(`,
        `  count by (cluster) (group by (cluster, vnic_id) (`,
        ...OFF_VF.map((line) => `    ${line}`),
        `  ))`,
        `  or`,
        `  0 * count by (cluster) (hyperv_vnic_vf_requested == 1)`,
        `)`,
        `/ on (cluster) cluster:hyperv_vnic_vf_requested:count`,
      ),
  },
  {
    record: 'cluster:hyperv_vnic_vf_path:ratio',
    why: 'the fleet and VM boards: the share of requesting vNICs that are on their VF',
    expr: () =>
      lines(
        `(`,
        `  count by (cluster) (group by (cluster, vnic_id) (`,
        `    hyperv_vnic_vf_active == 1 and ${on([...HOST, 'vnic_id'])} hyperv_vnic_vf_requested == 1`,
        `  ))`,
        `  or`,
        `  0 * count by (cluster) (hyperv_vnic_vf_requested == 1)`,
        `)`,
        `/ on (cluster) cluster:hyperv_vnic_vf_requested:count`,
      ),
  },
  {
    record: 'instance_vswitch:hyperv_vswitch_vf_occupancy:ratio',
    why: 'the capacity and host boards',
    expr: () => `hyperv_vswitch_vf_in_use / ${on(VSWITCH)} (hyperv_vswitch_vf_limit > 0)`,
  },
  {
    record: 'instance_vswitch:hyperv_vswitch_vf_free:sum',
    why: 'the shortfall and the capacity board; a host without usable VFs counts as 0, a paused one is no target',
    expr: () =>
      lines(
        `(`,
        `  sum ${by(VSWITCH)} (hyperv_vswitch_vf_limit - ${on(VSWITCH)} hyperv_vswitch_vf_in_use)`,
        `  or`,
        `  0 * sum ${by(VSWITCH)} (hyperv_vswitch_vf_requested)`,
        `)`,
        NOT_PAUSED,
      ),
  },
  {
    record: 'instance_vswitch:hyperv_failover_vf_shortfall:sum',
    why: 'SriovFailoverVfShort and the evacuation table: VFs that the VMs of this host would not find on the others',
    expr: () =>
      lines(
        `(sum ${by(VSWITCH)} (hyperv_vswitch_vf_requested) ${NOT_PAUSED})`,
        `  + ${on(VSWITCH)} instance_vswitch:hyperv_vswitch_vf_free:sum`,
        `  - on (cluster, vswitch) group_left ()`,
        `    sum by (cluster, vswitch) (instance_vswitch:hyperv_vswitch_vf_free:sum)`,
      ),
  },
  {
    record: 'cluster:hyperv_synthetic_cpu_seconds_per_gigabyte:ratio_rate5m',
    why: 'the fleet and VM boards: what the synthetic path costs',
    expr: () => cpuPerGigabyte(0, rates('vnic')),
  },
  {
    record: 'cluster:hyperv_vf_cpu_seconds_per_gigabyte:ratio_rate5m',
    why: 'the same on the VF path; exists only where the NIC vendor counts VF bytes',
    expr: () => cpuPerGigabyte(1, rates('vf')),
  },
];
