import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board } from './board.ts';
import { reasonLink, UID, vmLink } from './links.ts';
import { bothWays, HOSTS, ON_NIC, pathOf, rate, share } from './promql.ts';
import { type PanelSpec, PATH_VALUES, POOL, steps, UP_DOWN, values, YES_NO } from './spec.ts';

const inventory: PanelSpec[] = [
  {
    kind: 'stat',
    title: 'SR-IOV',
    description: 'What Windows says of the platform (Get-VMHost IovSupport). Good: supported.',
    unit: 'none',
    width: 4,
    height: 5,
    mappings: values({ '1': ['supported', 'green'], '0': ['blocked', 'red'] }),
    queries: [{ expr: `hyperv_host_iov_supported{${HOSTS}}`, now: true }],
  },
  {
    kind: 'stat',
    title: 'Cluster node',
    description:
      'State of this host in its failover cluster (hyperv_cluster_node_state). A paused node is no target for virtual machines. Good: up; no data where there is no cluster.',
    unit: 'none',
    width: 4,
    height: 5,
    mappings: values({ '1': ['now', 'text'] }),
    queries: [{ expr: `hyperv_cluster_node_state{${HOSTS}} == 1`, legend: '{{state}}', now: true }],
    noValue: 'no cluster',
  },
  {
    kind: 'stat',
    title: 'Virtual NICs by path',
    description:
      'Running, connected, synthetic virtual NICs by where their traffic goes (hyperv_vswitch_vnics). Good: none synthetic or assigned, few unknown.',
    unit: 'none',
    width: 16,
    height: 5,
    queries: [{ expr: `sum by (path) (hyperv_vswitch_vnics{${HOSTS}})`, legend: '{{path}}', now: true }],
  },
  {
    kind: 'table',
    title: 'Machine',
    description:
      'Windows, model and firmware of the host (hyperv_host_info). Good: the same on all hosts of a cluster.',
    unit: 'none',
    width: 24,
    height: 4,
    queries: [{ expr: `hyperv_host_info{${HOSTS}}`, now: true }],
    columns: { Value: false },
  },
  {
    kind: 'table',
    title: 'What is wrong',
    description:
      'Why the host, a NIC or a vSwitch can give no VF (hyperv_host_iov_blocker, hyperv_nic_sriov_blocker, hyperv_vswitch_iov_blocker), and what else was found (hyperv_host_finding, hyperv_nic_finding, hyperv_vswitch_finding). Good: empty but for what is meant to be so, such as a vSwitch made without SR-IOV. Click a line for what it means and what to do.',
    unit: 'none',
    width: 12,
    height: 8,
    queries: [
      {
        expr: `group by (nic, vswitch, finding, severity) (${[
          ...['host_iov', 'nic_sriov', 'vswitch_iov'].map(
            (object) => `label_replace(hyperv_${object}_blocker{${HOSTS}} == 1, "finding", "$1", "reason", "(.+)")`,
          ),
          ...['host', 'nic', 'vswitch'].map((object) => `hyperv_${object}_finding{${HOSTS}} == 1`),
        ].join(' or ')})`,
        now: true,
      },
    ],
    columns: { Value: false },
    links: [reasonLink('finding')],
  },
  {
    kind: 'table',
    title: 'NICs',
    description:
      'Physical NICs with vSwitch and driver (Get-NetAdapter): link, and SR-IOV switched on (Get-NetAdapterSriov). A driver update may switch SR-IOV off. Good: up and yes on each NIC of an SR-IOV vSwitch.',
    unit: 'none',
    width: 12,
    height: 8,
    queries: ['up', 'sriov_enabled'].map((what) => ({
      expr: `max by (nic, friendly_name, vswitch, driver_version) (hyperv_nic_info{${HOSTS}} * ${ON_NIC} group_left () hyperv_nic_${what}{${HOSTS}})`,
      now: true,
    })),
    columns: {
      'Value #A': { title: 'link', mappings: UP_DOWN },
      'Value #B': { title: 'SR-IOV', mappings: YES_NO },
    },
  },
];

const pool = (title: string, description: string, used: string, limit: string, label: string): PanelSpec => ({
  kind: 'bars',
  title,
  description,
  unit: 'percentunit',
  width: 6,
  height: 7,
  min: 0,
  max: 1,
  thresholds: POOL,
  queries: [{ expr: share(`${used}{${HOSTS}}`, `${limit}{${HOSTS}}`), legend: `{{${label}}}`, now: true }],
});

const pools: PanelSpec[] = [
  pool(
    'VFs by NIC',
    'VFs allocated of those that each NIC may hand out as it is set (Get-NetAdapterSriov). Good: below the colour change.',
    'hyperv_nic_vf_allocated',
    'hyperv_nic_vf_limit',
    'nic',
  ),
  pool(
    'vPorts by NIC',
    'vPorts active of those that each NIC has (Get-NetAdapterSriov). They can end before the VFs do. Good: below the colour change.',
    'hyperv_nic_vport_active',
    'hyperv_nic_vport_limit',
    'nic',
  ),
  pool(
    'Queue pairs by vSwitch',
    'Queue pairs in use of those that the vSwitch has (Get-VMSwitch). Several pairs a VF can end them first. Good: below the colour change.',
    'hyperv_vswitch_queue_pair_in_use',
    'hyperv_vswitch_queue_pair_limit',
    'vswitch',
  ),
  pool(
    'VM queues by vSwitch',
    'VM queues handed out of those that the vSwitch has (Get-VMSwitch). They matter on vSwitches without SR-IOV. Good: below the colour change there.',
    'hyperv_vswitch_vmq_allocated',
    'hyperv_vswitch_vmq_limit',
    'vswitch',
  ),
];

const vnics: PanelSpec[] = [
  {
    kind: 'timeline',
    title: 'Path of each virtual NIC',
    description:
      'On its VF, assigned but not used, synthetic, or not asked for (hyperv_vnic_vf_active, hyperv_vnic_vf_assigned, hyperv_vnic_vf_requested). A gap is a state that was not known. Good: green; two or three changes at a start are normal.',
    unit: 'none',
    width: 24,
    height: 12,
    mappings: PATH_VALUES,
    queries: [{ expr: `max by (vm, vm_id, vnic, vnic_id) (${pathOf(HOSTS)})`, legend: '{{vm}} {{vnic}}' }],
    links: [vmLink('series')],
  },
  {
    kind: 'table',
    title: 'In fallback, and why',
    description:
      'Virtual NICs off their VF with the primary reason (hyperv_vnic_fallback). Good: empty. Click a line for its virtual machine, or for what to do.',
    unit: 'none',
    width: 12,
    height: 9,
    queries: [{ expr: `group by (vm, vnic, reason) (hyperv_vnic_fallback{${HOSTS}} == 1)`, now: true }],
    columns: { Value: false },
    links: [vmLink('row'), reasonLink('reason')],
  },
  {
    kind: 'table',
    title: 'vPorts',
    description:
      'Every vPort with its owner (Get-NetAdapterVPort) and its queue pairs. Good: each vPort of a virtual machine is activated.',
    unit: 'none',
    width: 12,
    height: 9,
    queries: ['activated', 'queue_pairs'].map((what) => ({
      expr: `max by (nic, vport, vf, vm) (hyperv_vport_info{${HOSTS}} * on (cluster, instance, nic, vport) group_left () hyperv_vport_${what}{${HOSTS}})`,
      now: true,
    })),
    columns: { 'Value #A': { title: 'activated', mappings: YES_NO }, 'Value #B': 'queue pairs' },
    links: [vmLink('row')],
  },
  {
    kind: 'table',
    title: 'VM queues and their processors',
    description:
      'VM queues with their owner and the logical processor that serves each (Get-NetAdapterVmqQueue). A NIC with SR-IOV on has none: its queues are vPorts. Good: spread over processors, busy virtual machines not on one.',
    unit: 'none',
    width: 24,
    height: 8,
    queries: [
      { expr: `group by (nic, queue, vm, mac) (hyperv_vmq_queue_info{${HOSTS}})`, now: true },
      { expr: `group by (nic, queue, core) (hyperv_vmq_queue_core{${HOSTS}})`, now: true },
    ],
    columns: { 'Value #A': false, 'Value #B': false },
    links: [vmLink('row')],
  },
];

const eachWay = (object: 'nic' | 'vswitch', what: string) => `sum by (${object}) (${bothWays(object, what, HOSTS)})`;

const load: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Where the processors go',
    description:
      'Busy logical processors by state, and the root partition alone (Hyper-V Hypervisor counters). Fallback shows as root time. Good: room left below the number of processors.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      {
        expr: `sum by (state) (${rate('hyperv_host_cpu_seconds_total', `state!="idle",${HOSTS}`)})`,
        legend: 'host {{state}}',
      },
      { expr: `sum(${rate('hyperv_root_cpu_seconds_total', HOSTS)})`, legend: 'root partition' },
      { expr: `max(hyperv_host_logical_processors{${HOSTS}})`, legend: 'logical processors' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Synthetic traffic against NIC and VF traffic',
    description:
      'Bits per second through the vSwitch (its counters see the synthetic path only), through the NICs (Get-NetAdapterStatistics), and over VFs where the NIC vendor counts them. Whether a NIC counts VF traffic depends on its driver. Good: little through the vSwitch.',
    unit: 'bps',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: `8 * ${eachWay('vswitch', 'bytes')}`, legend: 'vSwitch {{vswitch}}' },
      { expr: `8 * ${eachWay('nic', 'bytes')}`, legend: 'NIC {{nic}}' },
      { expr: `8 * sum by (nic) (${bothWays('vf', 'bytes', HOSTS)})`, legend: 'VFs of {{nic}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Dropped and faulty packets',
    description:
      'Packets per second that NICs (Get-NetAdapterStatistics) and vSwitches (Hyper-V Virtual Switch counters) drop, and those with errors. Good: none.',
    unit: 'pps',
    width: 12,
    height: 7,
    min: 0,
    queries: [
      { expr: eachWay('nic', 'dropped_packets'), legend: 'NIC {{nic}} dropped' },
      { expr: eachWay('nic', 'error_packets'), legend: 'NIC {{nic}} errors' },
      { expr: eachWay('vswitch', 'dropped_packets'), legend: 'vSwitch {{vswitch}} dropped' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Path changes',
    description:
      'Changes of path within the last half an hour, by virtual NIC with any (hyperv_vnic_path_transitions_total), a lower bound: what happens between two polls is not seen. Good: none outside starts and migrations; above the line a virtual NIC is flapping.',
    unit: 'none',
    width: 12,
    height: 7,
    min: 0,
    thresholds: steps([null, 'green'], [t.flapping_changes, 'red']),
    queries: [
      {
        expr: `sum by (vm, vnic) (increase(hyperv_vnic_path_transitions_total{${HOSTS}}[30m])) > 0`,
        legend: '{{vm}} {{vnic}}',
      },
    ],
    links: [vmLink('series')],
  },
];

/** Everything about one host. */
export const host = () =>
  board({
    uid: UID.host,
    title: 'SR-IOV / Host',
    description: 'What one Hyper-V host can do, what its pools hold, where its virtual NICs are, and what it costs.',
    of: 'host',
    rows: [
      { title: 'The host', panels: inventory },
      { title: 'Pools', panels: pools },
      { title: 'Virtual NICs', panels: vnics },
      { title: 'Load', panels: load },
    ],
  });
