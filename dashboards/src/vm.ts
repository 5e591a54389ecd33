import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board } from './board.ts';
import { hostLink, reasonLink, UID } from './links.ts';
import { bothWays, HOSTS, ON_HOST, ON_VM, ON_VNIC, pathOf, rate } from './promql.ts';
import { BY_VM, comparison, now, VF, VM } from './vm-comparison.ts';
import { type PanelSpec, PATH_VALUES, steps, values, YES_NO } from './spec.ts';

const path: PanelSpec[] = [
  {
    kind: 'timeline',
    title: 'Path over time',
    description:
      'Per virtual NIC and host: on its VF, assigned but not used, synthetic, or not asked for (hyperv_vnic_vf_active, hyperv_vnic_vf_assigned, hyperv_vnic_vf_requested). A live migration goes on in the line of the next host. Good: green.',
    unit: 'none',
    width: 16,
    height: 8,
    mappings: PATH_VALUES,
    queries: [{ expr: `max by (cluster, instance, vnic, vnic_id) (${pathOf(VM)})`, legend: '{{instance}} {{vnic}}' }],
    links: [hostLink('series')],
  },
  {
    kind: 'table',
    title: 'Why not on the VF',
    description:
      'The primary reason (hyperv_vnic_fallback) of each virtual NIC that is off its VF. Good: empty. Click it for what it means and what to do.',
    unit: 'none',
    width: 8,
    height: 4,
    queries: [now(`group by (instance, vnic, reason) (hyperv_vnic_fallback{${VM}} == 1)`)],
    columns: { Value: false },
    links: [reasonLink('reason')],
  },
  {
    kind: 'table',
    title: 'What else was found',
    description:
      'Findings beside the primary reason (hyperv_vnic_finding), and what Windows itself says of the virtual machine (hyperv_vm_sriov_status). Good: empty. Click a finding for what it means.',
    unit: 'none',
    width: 8,
    height: 4,
    queries: [
      now(
        `group by (instance, vnic, finding, severity) (hyperv_vnic_finding{${VM}} == 1) or group by (instance, status) (hyperv_vm_sriov_status{${VM}} == 1)`,
      ),
    ],
    columns: { Value: false },
    links: [reasonLink('finding')],
  },
  {
    kind: 'stat',
    title: 'On this path for',
    description:
      'Time since the last change of path (hyperv_vnic_path_change_timestamp_seconds); survives a restart of the agent where it has storage. Good: long.',
    unit: 's',
    width: 4,
    height: 5,
    queries: [now(`time() - max by (vnic, vnic_id) (hyperv_vnic_path_change_timestamp_seconds{${VM}})`, '{{vnic}}')],
  },
  {
    kind: 'stat',
    title: 'Path changes in 24 h',
    description:
      'Changes of path seen in a day (hyperv_vnic_path_transitions_total), a lower bound. Good: a few, at starts and migrations.',
    unit: 'none',
    width: 4,
    height: 5,
    decimals: 0,
    queries: [now(`sum by (vnic, vnic_id) (increase(hyperv_vnic_path_transitions_total{${VM}}[24h]))`, '{{vnic}}')],
  },
  {
    kind: 'stat',
    title: 'Queue pairs',
    description:
      'Queue pairs that it has and asks for with its VF (Get-VMNetworkAdapter). Good: equal while on the VF.',
    unit: 'none',
    width: 4,
    height: 5,
    queries: [
      now(`sum(hyperv_vnic_queue_pairs_assigned{${VM}})`, 'has'),
      now(`sum(hyperv_vnic_queue_pairs_requested{${VM}})`, 'asks for'),
    ],
  },
  {
    kind: 'stat',
    title: 'Queues off the VF',
    description:
      'Whether its virtual NICs hold a VM queue, and spread load over processors by vRSS (Get-VMNetworkAdapter). Matters off the VF only. Good: yes for a busy virtual machine there.',
    unit: 'none',
    width: 4,
    height: 5,
    mappings: values({ '1': ['yes', 'green'], '0': ['no', 'text'] }),
    queries: [
      now(`max by (vnic, vnic_id) (hyperv_vnic_vmq_allocated{${VM}})`, '{{vnic}} VM queue'),
      now(`max by (vnic, vnic_id) (hyperv_vnic_vrss_enabled{${VM}})`, '{{vnic}} vRSS'),
    ],
  },
  {
    kind: 'table',
    title: 'Virtual NICs',
    description:
      'Where each virtual NIC is, with MAC address and VLAN (hyperv_vnic_info), and whether it asks for a VF. Good: the vSwitch and VLAN that you mean.',
    unit: 'none',
    width: 8,
    height: 5,
    queries: [
      now(
        `max by (instance, vnic, vswitch, mac, vlan) (hyperv_vnic_info{${VM}} * ${ON_VNIC} group_left () (hyperv_vnic_iov_weight{${VM}} > bool 0))`,
      ),
    ],
    columns: { Value: { title: 'asks for a VF', mappings: YES_NO } },
    links: [hostLink('row')],
  },
];

const cost: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'CPU of the VM',
    description:
      'Share of its processors spent in the guest and in the hypervisor for it (Hyper-V Hypervisor Virtual Processor counters). Compare it with the path above. Good: lower on the VF at the same traffic, below the line.',
    unit: 'percentunit',
    width: 12,
    height: 8,
    min: 0,
    thresholds: steps([null, 'green'], [t.guest_cpu_ratio, 'red']),
    queries: [
      {
        expr: `sum by (cluster, instance, vm_id, state) (${rate('hyperv_vm_cpu_seconds_total', VM)}) / ${ON_VM} group_left () sum ${BY_VM} (hyperv_vm_processors{${VM}})`,
        legend: '{{instance}} {{state}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'CPU of the root partition',
    description:
      'Busy processors of the root partition of its host (Hyper-V Hypervisor Root Virtual Processor counters), where the synthetic path is paid for, too. Good: no step where the path above turns red.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      {
        expr: `sum by (cluster, instance) (${rate('hyperv_root_cpu_seconds_total', HOSTS)}) and ${ON_HOST} hyperv_vm_running{${VM}}`,
        legend: '{{instance}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Traffic on either path',
    description:
      'Bits per second over the synthetic path (vSwitch counters) and over the VF (vendor counters, where the NIC has them). On the VF the first is near zero: that is normal. Good: the VF carries it.',
    unit: 'bps',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: `8 * sum by (vnic) (${rate('hyperv_vnic_receive_bytes_total', VM)})`, legend: '{{vnic}} synthetic, in' },
      {
        expr: `8 * sum by (vnic) (${rate('hyperv_vnic_transmit_bytes_total', VM)})`,
        legend: '{{vnic}} synthetic, out',
      },
      { expr: `8 * sum(${rate('hyperv_vf_receive_bytes_total', VF)})`, legend: 'VF, in' },
      { expr: `8 * sum(${rate('hyperv_vf_transmit_bytes_total', VF)})`, legend: 'VF, out' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Packets, synthetic path',
    description:
      'Packets per second over the synthetic path, both ways, and those dropped (Hyper-V Virtual Network Adapter counters). Good: no drops.',
    unit: 'pps',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: `sum by (vnic) (${bothWays('vnic', 'packets', VM)})`, legend: '{{vnic}}' },
      { expr: `sum by (vnic) (${bothWays('vnic', 'dropped_packets', VM)})`, legend: '{{vnic}} dropped' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Waiting and remote memory',
    description:
      'Processors on which it waited for a logical processor, and share of a processor spent on a remote NUMA node (Hyper-V Hypervisor Virtual Processor counters): other causes of a slow guest than its path. Good: near zero.',
    unit: 'none',
    width: 24,
    height: 7,
    min: 0,
    queries: [
      { expr: `sum by (instance) (${rate('hyperv_vm_cpu_wait_seconds_total', VM)})`, legend: '{{instance}} waiting' },
      { expr: `sum by (instance) (${rate('hyperv_vm_cpu_remote_seconds_total', VM)})`, legend: '{{instance}} remote' },
    ],
  },
];

/** One VM: is it on its VF, why not, and what does it cost? */
export const vm = () =>
  board({
    uid: UID.vm,
    title: 'SR-IOV / VM',
    description: 'One virtual machine: its path over time, why it is not on its VF, and its CPU beside it.',
    of: 'vm',
    rows: [
      { title: 'Path', panels: path },
      { title: 'Synthetic path against VF', panels: comparison },
      { title: 'Cost over time', panels: cost },
    ],
  });
