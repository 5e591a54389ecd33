import { partsOf, type Expr } from '../../src/alerting/expr/expr.ts';
import { ALERTS } from '../../src/alerting/rules/index.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { ELSEWHERE, flat, HV1, HV9, NIC, one, ramp, type RuleTest, type Series, type Target, vnic } from './define.ts';

/**
 * Every case has twins: healthy objects with the same names. A rule that mixes them up with those of the
 * case fires where it must not, or does not fire where it must.
 */
interface Twin {
  readonly of: Target;
  readonly number: number;
  readonly vswitch: string;
  readonly nic: string;
}
/** On a host of the same name in a cluster of the same name at another site, and on another host of the cluster: with the same ids, too */
const AT_ANOTHER_SITE: Twin = { of: ELSEWHERE, number: 1, vswitch: 'vSwitch01', nic: NIC };
const ON_ANOTHER_HOST: Twin = { of: HV9, number: 1, vswitch: 'vSwitch01', nic: NIC };
const ON_THE_SAME_HOST: Twin = { of: HV1, number: 8, vswitch: 'vSwitch02', nic: `${NIC} _2` };

const HOUR = 3600;

/** Everything that rules read of a healthy host with one vSwitch, one NIC and one VM, which is busy and on its VF. */
function healthy({ of, number, vswitch, nic }: Twin, minutes: number): Series[] {
  const ids = { vm: 'sql01', vm_id: `vm-${number}`, vnic: 'Network Adapter', vnic_id: `vnic-${number}` };
  const vm = { vm: ids.vm, vm_id: ids.vm_id };
  const own = vnic(of, number, { vswitch, assigned: flat(1), active: flat(1), mac: `00:15:5D:00:09:0${number}` });
  const at = (name: string, labels: Readonly<Record<string, string>>, value: number) =>
    one(of, name, labels, flat(value, minutes));
  const counts = (name: string, labels: Readonly<Record<string, string>>, perSecond: number) =>
    one(of, name, labels, ramp(perSecond * 60, minutes));
  const [collector, source] = [{ collector: 'inventory' }, { collector: 'inventory', source: 'vm_switch' }];
  const alertmanager = { alertmanager: 'http://am01:9093' };
  return [
    ...own.map((series) => ({ ...series, labels: { ...series.labels, vm: 'sql01' }, values: flat(1, minutes) })),
    at('hyperv_vnic_queue_pairs_assigned', ids, 2),
    at('hyperv_vnic_finding', { ...ids, finding: 'vmmq_clamped', severity: 'info' }, 1),
    at('hyperv_vnic_vmq_allocated', ids, 1),
    at('hyperv_vnic_vmq_weight', ids, 100),
    counts('hyperv_vnic_receive_packets_total', ids, 90_000),
    counts('hyperv_vnic_receive_bytes_total', ids, 200e6),
    counts('hyperv_vnic_transmit_bytes_total', ids, 200e6),
    at('hyperv_vnic_path_transitions_total', { ...ids, to: 'vf' }, 9),
    at('hyperv_vnic_path_transitions_total', { ...ids, to: 'synthetic' }, 9),
    at('hyperv_vm_processors', vm, 2),
    counts('hyperv_vm_cpu_seconds_total', { ...vm, state: 'guest' }, 0.2),
    counts('hyperv_vm_cpu_seconds_total', { ...vm, state: 'hypervisor' }, 0.1),
    at('hyperv_vswitch_info', { vswitch, vswitch_id: `id-${number}`, type: 'external', teaming: 'none' }, 1),
    at('hyperv_vswitch_iov_enabled', { vswitch }, 1),
    at('hyperv_vswitch_vf_requested', { vswitch }, 1),
    at('hyperv_vswitch_vf_limit', { vswitch }, 62),
    at('hyperv_vswitch_vf_in_use', { vswitch }, 1),
    at('hyperv_vswitch_vf_waiting', { vswitch }, 0),
    at('hyperv_vswitch_vf_usable', { vswitch }, 61),
    at('hyperv_vswitch_finding', { vswitch, finding: 'set_member_uneven', severity: 'info' }, 1),
    ...['vf', 'assigned', 'synthetic', 'not_requested', 'unknown'].map((path) =>
      at('hyperv_vswitch_vnics', { vswitch, path }, path === 'vf' ? 1 : 0),
    ),
    at('hyperv_nic_info', { nic, friendly_name: 'SLOT 2', vswitch }, 1),
    at('hyperv_nic_sriov_supported', { nic }, 1),
    at('hyperv_nic_sriov_enabled', { nic }, 1),
    at('hyperv_vport_info', { nic, vport: '3', vf: '2', vm: 'sql01', vm_id: ids.vm_id, vnic_id: ids.vnic_id }, 1),
    at('hyperv_vport_activated', { nic, vport: '3' }, 1),
    // Of the host, of which there is one
    ...(of === HV1
      ? []
      : [
          at('up', {}, 1),
          at('hyperv_host_iov_supported', {}, 1),
          at('hyperv_host_duplicate_ip_addresses', {}, 0),
          at('hyperv_cluster_node_state', { state: 'up' }, 1),
          at('hyperv_cluster_node_state', { state: 'paused' }, 0),
          at('hyperv_exporter_target_up', { target: `hv1${number}` }, 1),
          at('hyperv_exporter_target_info', { target: `hv1${number}`, code: '' }, 1),
          // A collector's. A cluster that is being updated is healthy.
          at('hyperv_cluster_rolling_update', {}, 1),
          at('hyperv_cluster_drift', { object: 'host', subject: '', property: 'build', severity: 'info' }, 1),
          at('hyperv_exporter_simulated', {}, 0),
          at('hyperv_exporter_journal_writable', {}, 1),
          at('hyperv_exporter_config_last_reload_successful', {}, 1),
          counts('hyperv_exporter_clock_timestamp_seconds', {}, 1),
          at('hyperv_exporter_tls_certificate_expiry_timestamp_seconds', {}, 365 * 24 * HOUR),
          at('hyperv_exporter_collector_success', collector, 1),
          at('hyperv_exporter_source_success', source, 1),
          at('hyperv_exporter_source_available', source, 1),
          counts('hyperv_exporter_source_last_success_timestamp_seconds', source, 1),
          at('hyperv_exporter_poll_interval_seconds', collector, 60),
          counts('hyperv_exporter_notifications_sent_total', alertmanager, 1),
          at('hyperv_exporter_notifications_errors_total', alertmanager, 0),
          at('hyperv_exporter_notifications_dropped_total', alertmanager, 0),
        ]),
  ];
}

const metricsOf = (expr: Expr): string[] => {
  const { node } = expr;
  if (node.kind === 'metric') return [node.name];
  return node.kind === 'range' ? [node.metric.name] : partsOf(expr).flatMap(metricsOf);
};
const keyOf = ({ name, labels }: Series): string =>
  JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** Alerts that count something over a whole host: what is on the same host is no stranger to them. */
const OVER_THE_HOST = new Set(['SriovHostIovUnsupported', 'SriovHostMassFallback', 'SriovStateUnknown']);
/** Alerts that count something over a cluster */
const OVER_THE_CLUSTER = new Set(['SriovClusterFallback', 'SriovFailoverVfShort', 'SriovClusterDrift']);
/** There is none of it */
const ABSENCE = new Set(['SriovExportersAbsent']);

/** The twins of a case, of those series that its alert reads. */
export function twinsOf({ alert, series }: RuleTest): Series[] {
  if (ABSENCE.has(alert)) return [];
  const twins = [
    AT_ANOTHER_SITE,
    ...(OVER_THE_CLUSTER.has(alert) ? [] : [ON_ANOTHER_HOST]),
    ...(OVER_THE_CLUSTER.has(alert) || OVER_THE_HOST.has(alert) ? [] : [ON_THE_SAME_HOST]),
  ];
  const read = new Set(
    ALERTS.filter(({ name }) => name === alert).flatMap(({ expr }) => metricsOf(expr(defaultThresholds))),
  );
  const own = new Set(series.map(keyOf));
  const minutes = Math.max(...series.map(({ values }) => values.length)) - 1;
  return twins.flatMap((twin) => healthy(twin, minutes)).filter((twin) => read.has(twin.name) && !own.has(keyOf(twin)));
}
