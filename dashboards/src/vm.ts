import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board } from './board.ts';
import { hostLink, reasonLink, UID } from './links.ts';
import { bothWays, each, HOST, HOSTS, join, joinOne, pathOf, ranked, rate, VM, VNIC } from './promql.ts';
import { comparison, now, OWN, VF } from './vm-comparison.ts';
import { type PanelSpec, PATH_VALUES, SEVERITIES, steps, values, YES_NO } from './spec.ts';

const path: PanelSpec[] = [
  {
    kind: 'timeline',
    title: 'Path over time',
    description:
      'For each virtual NIC and host: on its VF, VF not used by the guest, synthetic path, or no VF requested (hyperv_vnic_vf_active, hyperv_vnic_vf_assigned, hyperv_vnic_vf_requested). After a live migration the line of the next host continues. Good: green.',
    unit: 'none',
    width: 16,
    height: 8,
    mappings: PATH_VALUES,
    queries: [{ expr: pathOf(OWN), legend: '{{instance}} {{vnic}}' }],
    links: [hostLink('series')],
    noValue: 'not running',
  },
  {
    kind: 'table',
    title: 'Why not on the VF',
    description:
      'The primary reason (hyperv_vnic_fallback) for each virtual NIC that is off its VF. Good: empty. Click a row for the meaning of the reason and how to fix it.',
    unit: 'none',
    width: 8,
    height: 4,
    queries: [now(each('group', ['vnic', 'reason'], `hyperv_vnic_fallback{${OWN}}`))],
    columns: { Value: false },
    sort: [['vnic', 'up']],
    links: [reasonLink('reason')],
    noValue: 'Every vNIC that asks for a VF is on it.',
  },
  {
    kind: 'table',
    title: 'Other findings',
    description:
      'What else was found (hyperv_vnic_finding), the most severe first, and the SR-IOV status that Windows reports for the virtual machine (hyperv_vm_sriov_status). Good: empty. Click a row for the meaning.',
    unit: 'none',
    width: 8,
    height: 4,
    queries: [
      now(
        each(
          'max',
          ['vnic', 'finding', 'status'],
          [
            ...ranked((severity) => `hyperv_vnic_finding{severity="${severity}",${OWN}}`),
            `2 * hyperv_vm_sriov_status{${OWN}}`,
          ].join(' or '),
        ),
      ),
    ],
    columns: { Value: { title: 'severity', mappings: SEVERITIES } },
    sort: [['severity', 'down']],
    links: [reasonLink('finding')],
    noValue: 'Nothing else was found.',
  },
  {
    kind: 'stat',
    title: 'On this path for',
    description:
      'Time since the last change of path (hyperv_vnic_path_change_timestamp_seconds). An agent with storage remembers it over a restart. Good: long.',
    unit: 's',
    width: 4,
    height: 5,
    queries: [now(`time() - hyperv_vnic_path_change_timestamp_seconds{${OWN}}`, '{{vnic}}')],
    noValue: 'not running',
  },
  {
    kind: 'stat',
    title: 'Path changes in 24 h',
    description:
      'Path changes within the last day (hyperv_vnic_path_transitions_total). Changes between two polls are not seen. Good: a few, at starts and migrations.',
    unit: 'none',
    width: 4,
    height: 5,
    decimals: 0,
    queries: [
      now(each('sum', ['vnic', 'vnic_id'], `increase(hyperv_vnic_path_transitions_total{${OWN}}[24h])`), '{{vnic}}'),
    ],
    noValue: 'none seen',
  },
  {
    kind: 'stat',
    title: 'Queue pairs',
    description:
      'Queue pairs that the virtual machine has and asks for with its VFs (Get-VMNetworkAdapter). Good: the same number while on the VF.',
    unit: 'none',
    width: 4,
    height: 5,
    queries: [
      now(`sum(hyperv_vnic_queue_pairs_assigned{${OWN}})`, 'has'),
      now(`sum(hyperv_vnic_queue_pairs_requested{${OWN}})`, 'asks for'),
    ],
    noValue: 'unknown',
  },
  {
    kind: 'stat',
    title: 'VM queue and vRSS',
    description:
      'Whether each virtual NIC has a VM queue, and whether vRSS spreads its load over processors (Get-VMNetworkAdapter). Both matter on the synthetic path only. Good: yes for a busy virtual machine there.',
    unit: 'none',
    width: 4,
    height: 5,
    mappings: values({ '1': ['yes', 'green'], '0': ['no', 'text'] }),
    queries: [
      now(`hyperv_vnic_vmq_allocated{${OWN}}`, '{{vnic}} VM queue'),
      now(`hyperv_vnic_vrss_enabled{${OWN}}`, '{{vnic}} vRSS'),
    ],
    noValue: 'unknown',
  },
  {
    kind: 'table',
    title: 'Virtual NICs',
    description:
      'Each virtual NIC with vSwitch, MAC address and VLAN (hyperv_vnic_info), and whether it asks for a VF. Good: the intended vSwitch and VLAN. Click a row to open the host.',
    unit: 'none',
    width: 8,
    height: 5,
    queries: [
      now(
        each(
          'max',
          ['vnic', 'vswitch', 'mac', 'vlan'],
          joinOne(`hyperv_vnic_info{${OWN}}`, '*', VNIC, `(hyperv_vnic_iov_weight{${OWN}} > bool 0)`),
        ),
      ),
    ],
    columns: { Value: { title: 'asks for a VF', mappings: YES_NO } },
    sort: [['vnic', 'up']],
    links: [hostLink('row')],
    noValue: 'no vNIC',
  },
];

const load: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'CPU of the VM',
    description:
      'Share of the processors of the virtual machine that is used by the guest, and by the hypervisor for it (Hyper-V Hypervisor Virtual Processor counters). Good: below the line.',
    unit: 'percentunit',
    width: 12,
    height: 8,
    min: 0,
    thresholds: steps([null, 'green'], [t.guest_cpu_ratio, 'red']),
    queries: [
      {
        expr: joinOne(rate('hyperv_vm_cpu_seconds_total', OWN), '/', VM, `hyperv_vm_processors{${OWN}}`),
        legend: '{{instance}} {{state}}',
      },
    ],
    noValue: 'no CPU counters',
  },
  {
    kind: 'timeseries',
    title: 'CPU of the root partition',
    description:
      'Busy processors of the root partition on the host of the virtual machine (Hyper-V Hypervisor Root Virtual Processor counters). Traffic on the synthetic path costs time there. Good: no step where the path above turns red.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      {
        expr: join(
          each('sum', HOST, rate('hyperv_root_cpu_seconds_total', HOSTS)),
          'and',
          HOST,
          `hyperv_vm_running{${OWN}}`,
        ),
        legend: '{{instance}}',
      },
    ],
    noValue: 'no CPU counters',
  },
  {
    kind: 'timeseries',
    title: 'Traffic by path over time',
    description:
      'Bits per second over the synthetic path (vSwitch counters), and over the VF where the NIC vendor has counters for it. On the VF the synthetic path carries almost nothing, which is normal. Good: the VF carries the traffic.',
    unit: 'bps',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: `8 * ${rate('hyperv_vnic_receive_bytes_total', OWN)}`, legend: '{{instance}} {{vnic}} synthetic, in' },
      {
        expr: `8 * ${rate('hyperv_vnic_transmit_bytes_total', OWN)}`,
        legend: '{{instance}} {{vnic}} synthetic, out',
      },
      { expr: `8 * ${each('sum', HOST, rate('hyperv_vf_receive_bytes_total', VF))}`, legend: '{{instance}} VF, in' },
      { expr: `8 * ${each('sum', HOST, rate('hyperv_vf_transmit_bytes_total', VF))}`, legend: '{{instance}} VF, out' },
    ],
    noValue: 'no traffic counters',
  },
  {
    kind: 'timeseries',
    title: 'Packets on the synthetic path',
    description:
      'Packets per second over the synthetic path in both directions, and dropped packets (Hyper-V Virtual Network Adapter counters). Good: none dropped.',
    unit: 'pps',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: bothWays('vnic', 'packets', OWN), legend: '{{instance}} {{vnic}}' },
      { expr: bothWays('vnic', 'dropped_packets', OWN), legend: '{{instance}} {{vnic}} dropped' },
    ],
    noValue: 'no packet counters',
  },
  {
    kind: 'timeseries',
    title: 'CPU wait and remote memory',
    description:
      'Virtual processors that wait for a logical processor, and processors used on a remote NUMA node (Hyper-V Hypervisor Virtual Processor counters). Both slow a guest down on either path. Good: near zero.',
    unit: 'none',
    width: 24,
    height: 7,
    min: 0,
    queries: [
      { expr: each('sum', HOST, rate('hyperv_vm_cpu_wait_seconds_total', OWN)), legend: '{{instance}} waiting' },
      { expr: each('sum', HOST, rate('hyperv_vm_cpu_remote_seconds_total', OWN)), legend: '{{instance}} remote' },
    ],
    noValue: 'no CPU counters',
  },
];

/** One VM: is it on its VF, why not, and what does it use? */
export const vm = () =>
  board({
    uid: UID.vm,
    title: 'SR-IOV / VM',
    description: 'One virtual machine: its path over time, why it is not on its VF, its traffic and its CPU time.',
    of: 'vm',
    rows: [
      { title: 'Path', panels: path },
      { title: 'Synthetic path and VF compared', panels: comparison },
      { title: 'Load over time', panels: load },
    ],
  });
