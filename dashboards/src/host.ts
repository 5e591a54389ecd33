import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board } from './board.ts';
import { reasonLink, UID, vmLink } from './links.ts';
import {
  bothWays,
  each,
  HOST,
  HOSTS,
  joinOne,
  NIC,
  pathOf,
  ranked,
  rate,
  share,
  top,
  topBy,
  topOver,
  VNIC,
} from './promql.ts';
import { type PanelSpec, PATH_VALUES, POOL, steps, UP_DOWN, values, YES_NO } from './spec.ts';

const VPORT = ['nic', 'vport'];

const inventory: PanelSpec[] = [
  {
    kind: 'stat',
    title: 'SR-IOV',
    description:
      'Whether the platform supports SR-IOV, as Windows reports it (Get-VMHost IovSupport). Good: supported.',
    unit: 'none',
    width: 4,
    height: 5,
    mappings: values({ '1': ['supported', 'green'], '0': ['not supported', 'red'] }),
    queries: [{ expr: `hyperv_host_iov_supported{${HOSTS}}`, now: true }],
    noValue: 'unknown',
  },
  {
    kind: 'stat',
    title: 'Cluster node',
    description:
      'State of this host in its failover cluster (hyperv_cluster_node_state). Virtual machines do not move to a paused node. Good: up.',
    unit: 'none',
    width: 4,
    height: 5,
    mappings: values({ '1': ['now', 'text'] }),
    queries: [{ expr: `hyperv_cluster_node_state{${HOSTS}} == 1`, legend: '{{state}}', now: true }],
    noValue: 'not in a cluster',
  },
  {
    kind: 'stat',
    title: 'vNICs by path',
    description:
      'Running, connected, synthetic virtual NICs by the path of their traffic (hyperv_vswitch_vnics). Good: none synthetic or assigned, few unknown.',
    unit: 'none',
    width: 16,
    height: 5,
    queries: [{ expr: each('sum', ['path'], `hyperv_vswitch_vnics{${HOSTS}}`), legend: '{{path}}', now: true }],
    noValue: 'no vSwitch',
  },
  {
    kind: 'table',
    title: 'Machine',
    description:
      'Windows version, model and firmware of the host (hyperv_host_info). Good: the same on all hosts of a cluster.',
    unit: 'none',
    width: 24,
    height: 4,
    queries: [{ expr: `hyperv_host_info{${HOSTS}}`, now: true }],
    columns: { Value: false },
    sort: [['instance', 'up']],
    noValue: 'unknown',
  },
  {
    kind: 'table',
    title: 'What is wrong',
    description:
      'Why the host, a NIC or a vSwitch cannot give a VF (hyperv_host_iov_blocker, hyperv_nic_sriov_blocker, hyperv_vswitch_iov_blocker), and everything else that was found (hyperv_host_finding, hyperv_nic_finding, hyperv_vswitch_finding), the most severe first. Good: empty, except for what is intended, such as a vSwitch created without SR-IOV. Click a row for the meaning and how to fix it.',
    unit: 'none',
    width: 12,
    height: 8,
    queries: [
      {
        expr: each(
          'max',
          ['nic', 'vswitch', 'finding'],
          [
            ...['host_iov', 'nic_sriov', 'vswitch_iov'].map(
              (object) => `4 * label_replace(hyperv_${object}_blocker{${HOSTS}}, "finding", "$1", "reason", "(.+)")`,
            ),
            ...['host', 'nic', 'vswitch'].flatMap((object) =>
              ranked((severity) => `hyperv_${object}_finding{severity="${severity}",${HOSTS}}`),
            ),
          ].join(' or '),
        ),
        now: true,
      },
    ],
    columns: {
      Value: {
        title: 'severity',
        mappings: values({
          '4': ['blocks SR-IOV', 'red'],
          '3': ['critical', 'red'],
          '2': ['warning', 'orange'],
          '1': ['info', 'blue'],
        }),
      },
    },
    sort: [['severity', 'down']],
    links: [reasonLink('finding')],
    noValue: 'Nothing is wrong.',
  },
  {
    kind: 'table',
    title: 'NICs',
    description:
      'Physical NICs with vSwitch and driver (Get-NetAdapter), whether the link is up, and whether SR-IOV is enabled (Get-NetAdapterSriov). A driver update can disable it. Good: up and yes on each NIC of a vSwitch with SR-IOV.',
    unit: 'none',
    width: 12,
    height: 8,
    queries: ['up', 'sriov_enabled'].map((what) => ({
      expr: each(
        'max',
        ['nic', 'friendly_name', 'vswitch', 'driver_version'],
        joinOne(`hyperv_nic_info{${HOSTS}}`, '*', NIC, `hyperv_nic_${what}{${HOSTS}}`),
      ),
      now: true,
    })),
    columns: {
      'Value #A': { title: 'link', mappings: UP_DOWN },
      'Value #B': { title: 'SR-IOV', mappings: YES_NO },
    },
    sort: [
      ['link', 'up'],
      ['SR-IOV', 'up'],
    ],
    noValue: 'no NIC',
  },
];

const pool = (title: string, description: string, used: string, limit: string, label: string): PanelSpec => ({
  kind: 'bars',
  title,
  description: `${description} Good: below the colour change.`,
  unit: 'percentunit',
  width: 6,
  height: 7,
  min: 0,
  max: 1,
  thresholds: POOL,
  queries: [{ expr: share(`${used}{${HOSTS}}`, `${limit}{${HOSTS}}`), legend: `{{${label}}}`, now: true }],
  noValue: 'none',
});

const pools: PanelSpec[] = [
  pool(
    'VFs by NIC',
    'VFs allocated as a share of the VFs that the NIC is configured for (Get-NetAdapterSriov).',
    'hyperv_nic_vf_allocated',
    'hyperv_nic_vf_limit',
    'nic',
  ),
  pool(
    'vPorts by NIC',
    'Active vPorts as a share of the vPorts of the NIC (Get-NetAdapterSriov). They can run out before the VFs do.',
    'hyperv_nic_vport_active',
    'hyperv_nic_vport_limit',
    'nic',
  ),
  pool(
    'Queue pairs by vSwitch',
    'Queue pairs in use as a share of those of the vSwitch (Get-VMSwitch). They run out before the VFs do when VFs take several each.',
    'hyperv_vswitch_queue_pair_in_use',
    'hyperv_vswitch_queue_pair_limit',
    'vswitch',
  ),
  pool(
    'VM queues by vSwitch',
    'VM queues allocated as a share of those of the vSwitch (Get-VMSwitch). They matter on vSwitches without SR-IOV.',
    'hyperv_vswitch_vmq_allocated',
    'hyperv_vswitch_vmq_limit',
    'vswitch',
  ),
];

/** 1 while a vNIC asks for a VF and is off it */
const OFF = `hyperv_vnic_vf_requested{${HOSTS}} - hyperv_vnic_vf_active{${HOSTS}}`;

const vnics: PanelSpec[] = [
  {
    kind: 'timeline',
    title: 'Path of each vNIC',
    description:
      'On its VF, VF not used by the guest, synthetic path, or no VF requested (hyperv_vnic_vf_active, hyperv_vnic_vf_assigned, hyperv_vnic_vf_requested). Virtual NICs that were off their VF within the time range come first; "Show the worst" sets the number. A gap means that the path was not known. Good: green; two or three changes when a virtual machine starts are normal.',
    unit: 'none',
    width: 24,
    height: 12,
    mappings: PATH_VALUES,
    queries: [
      {
        expr: topOver(VNIC, pathOf(HOSTS), OFF),
        legend: '{{vm}} {{vnic}}',
      },
    ],
    links: [vmLink('series')],
    noValue: 'no running vNIC',
  },
  {
    kind: 'table',
    title: 'In fallback, and why',
    description:
      'Virtual NICs off their VF with the primary reason (hyperv_vnic_fallback). Good: empty. Click a row for the virtual machine, or for the meaning of the reason and how to fix it.',
    unit: 'none',
    width: 12,
    height: 9,
    queries: [{ expr: top(each('group', ['vm', 'vnic', 'reason'], `hyperv_vnic_fallback{${HOSTS}}`)), now: true }],
    columns: { Value: false },
    sort: [
      ['reason', 'up'],
      ['vm', 'up'],
    ],
    links: [vmLink('row'), reasonLink('reason')],
    noValue: 'Every vNIC that asks for a VF is on it.',
  },
  {
    kind: 'table',
    title: 'vPorts',
    description:
      'Each vPort with its owner (Get-NetAdapterVPort), whether it is activated, and its queue pairs. Good: each vPort of a virtual machine is activated.',
    unit: 'none',
    width: 12,
    height: 9,
    queries: ['activated', 'queue_pairs'].map((what) => ({
      expr: topBy(
        `-1 * hyperv_vport_activated{${HOSTS}}`,
        VPORT,
        joinOne(`hyperv_vport_info{${HOSTS}}`, '*', VPORT, `hyperv_vport_${what}{${HOSTS}}`),
      ),
      now: true,
    })),
    columns: {
      vm_id: false,
      vnic_id: false,
      'Value #A': { title: 'activated', mappings: YES_NO },
      'Value #B': 'queue pairs',
    },
    sort: [
      ['activated', 'up'],
      ['vm', 'up'],
    ],
    links: [vmLink('row')],
    noValue: 'no vPort',
  },
  {
    kind: 'table',
    title: 'VM queues and their processors',
    description:
      'Each VM queue with its owner and the logical processor that serves it (Get-NetAdapterVmqQueue). A NIC with SR-IOV enabled has none, because its queues are vPorts. Good: spread over the processors, busy virtual machines on different ones.',
    unit: 'none',
    width: 24,
    height: 8,
    queries: [
      { expr: top(each('group', ['nic', 'queue', 'vm', 'mac'], `hyperv_vmq_queue_info{${HOSTS}}`)), now: true },
      { expr: top(`hyperv_vmq_queue_core{${HOSTS}}`), now: true },
    ],
    columns: { 'Value #A': false, 'Value #B': false },
    sort: [
      ['core', 'up'],
      ['vm', 'up'],
    ],
    links: [vmLink('row')],
    noValue: 'no VM queue',
  },
];

const eachWay = (object: 'nic' | 'vswitch', what: string) => each('sum', [object], bothWays(object, what, HOSTS));

const load: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'CPU',
    description:
      'Busy logical processors by state, and the part of them that the root partition uses (Hyper-V Hypervisor counters). Traffic on the synthetic path costs time in the root partition. Good: well below the number of processors.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      {
        expr: rate('hyperv_host_cpu_seconds_total', `state!="idle",${HOSTS}`),
        legend: 'host {{state}}',
      },
      { expr: each('sum', HOST, rate('hyperv_root_cpu_seconds_total', HOSTS)), legend: 'root partition' },
      { expr: `hyperv_host_logical_processors{${HOSTS}}`, legend: 'logical processors' },
    ],
    noValue: 'no CPU counters',
  },
  {
    kind: 'timeseries',
    title: 'Traffic of vSwitches, NICs and VFs',
    description:
      'Bits per second through the vSwitches, whose counters see the synthetic path only, through the NICs (Get-NetAdapterStatistics), and over VFs where the NIC vendor has counters for them. Whether the counters of a NIC include VF traffic depends on its driver. Good: little traffic through the vSwitches.',
    unit: 'bps',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: `8 * ${eachWay('vswitch', 'bytes')}`, legend: 'vSwitch {{vswitch}}' },
      { expr: `8 * ${eachWay('nic', 'bytes')}`, legend: 'NIC {{nic}}' },
      { expr: `8 * ${each('sum', NIC, bothWays('vf', 'bytes', HOSTS))}`, legend: 'VFs of {{nic}}' },
    ],
    noValue: 'no traffic counters',
  },
  {
    kind: 'timeseries',
    title: 'Dropped packets and errors',
    description:
      'Packets per second that NICs (Get-NetAdapterStatistics) and vSwitches (Hyper-V Virtual Switch counters) drop, and packets with errors. Good: none.',
    unit: 'pps',
    width: 12,
    height: 7,
    min: 0,
    queries: [
      { expr: eachWay('nic', 'dropped_packets'), legend: 'NIC {{nic}} dropped' },
      { expr: eachWay('nic', 'error_packets'), legend: 'NIC {{nic}} errors' },
      { expr: eachWay('vswitch', 'dropped_packets'), legend: 'vSwitch {{vswitch}} dropped' },
    ],
    noValue: 'no packet counters',
  },
  {
    kind: 'timeseries',
    title: 'Path changes',
    description:
      'Path changes within the last half hour, by virtual NIC, where there are any (hyperv_vnic_path_transitions_total). Changes between two polls are not seen, so the real number may be higher. Good: none, except when virtual machines start or migrate. A virtual NIC above the line is flapping.',
    unit: 'none',
    width: 12,
    height: 7,
    min: 0,
    thresholds: steps([null, 'green'], [t.flapping_changes, 'red']),
    queries: [
      {
        expr: top(`${each('sum', ['vm', 'vnic'], `increase(hyperv_vnic_path_transitions_total{${HOSTS}}[30m])`)} > 0`),
        legend: '{{vm}} {{vnic}}',
      },
    ],
    links: [vmLink('series')],
    noValue: 'No vNIC changed its path.',
  },
  {
    kind: 'timeseries',
    title: 'Refusals in the event log',
    description:
      'Entries of the Windows event log within the last 24 hours (hyperv_host_event_log_entries): a VF or a VM queue was refused, or the processors of a team for VM queues overlap. Good: none. They name vNICs and NICs: read them with Get-WinEvent.',
    unit: 'none',
    width: 24,
    height: 6,
    min: 0,
    queries: [{ expr: `hyperv_host_event_log_entries{${HOSTS}}`, legend: '{{event}}' }],
    noValue: 'The event log is not readable.',
  },
];

/** Everything about one host */
export const host = () =>
  board({
    uid: UID.host,
    title: 'SR-IOV / Host',
    description: 'What is wrong on one Hyper-V host, what its pools hold, the path of each virtual NIC, and its load.',
    of: 'host',
    top: 100,
    rows: [
      { title: 'The host', panels: inventory },
      { title: 'Pools', panels: pools },
      { title: 'Virtual NICs', panels: vnics },
      { title: 'Load', panels: load },
    ],
  });
