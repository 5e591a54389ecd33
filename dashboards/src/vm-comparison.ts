import { each, HOST, HOSTS, join, VM } from './promql.ts';
import type { PanelSpec } from './spec.ts';

/** The VM on whatever host it runs */
export const OWN = `vm="$vm",${HOSTS}`;
/** A query of one value now */
export const now = (expr: string, legend?: string) => ({
  expr,
  now: true,
  ...(legend === undefined ? {} : { legend }),
});

/** Vendor counters carry no VM name, only the id that the board looks up for it. */
export const VF = `vm_id=~"$vm_id",${HOSTS}`;
/** Within a subquery the step is its own, not the panel's. */
const perSecond = (counter: string, match: string): string => `rate(${counter}{${match}}[5m])`;
/** CPU time that the hypervisor spends on the VM. Guest time is what the VM wants to do: it says nothing about a path. */
const HYPERVISOR = each('sum', VM, perSecond('hyperv_vm_cpu_seconds_total', `state="hypervisor",${OWN}`));
/** Busy processors of the root partition, which runs the vSwitch, on the host of the VM */
const ROOT = each('sum', HOST, perSecond('hyperv_root_cpu_seconds_total', HOSTS));
/** Bytes per second on either path: the vSwitch counts the synthetic one, the NIC vendor, if anyone, the VF. */
const BYTES = {
  0: each(
    'sum',
    VM,
    `${perSecond('hyperv_vnic_receive_bytes_total', OWN)} + ${perSecond('hyperv_vnic_transmit_bytes_total', OWN)}`,
  ),
  1: each(
    'sum',
    VM,
    `${perSecond('hyperv_vf_receive_bytes_total', VF)} + ${perSecond('hyperv_vf_transmit_bytes_total', VF)}`,
  ),
} as const;
/**
 * VMs whose vNICs that ask for a VF were all on one path for as long as the rates look back. A series that began
 * within that time would give too low a rate.
 */
const onPath = (active: 0 | 1) => {
  const extreme = active === 1 ? 'min' : 'max';
  const path = `hyperv_vnic_vf_active{${OWN}}`;
  const known = `${extreme}_over_time(${path}[5m]) and ${path} offset 5m and hyperv_vnic_vf_requested{${OWN}} == 1`;
  return `${each(extreme, VM, known)} == ${active}`;
};
/** Below 100 Mbit/s the CPU time of a path is lost among everything else that the host does. */
const FLOOR = 100e6 / 8;
/** When the VM was on one path with traffic worth comparing */
const busyOn = (active: 0 | 1) => join(`(${onPath(active)})`, 'and', VM, `${BYTES[active]} > ${FLOOR}`);
/** The mean of an expression, joined by this key, over the part of the board's time that the VM was busy on one path. */
const meanOn = (active: 0 | 1, expr: string, key: readonly string[] = VM) =>
  `avg(avg_over_time((${join(expr, 'and', key, `(${busyOn(active)})`)})[$__range:1m]))`;

/** Shown for a path that the VM was not on, not busy on, or on which nothing counts its bytes */
const NOT_COMPARED = 'no busy time seen';

/** The path, the host's CPU time and the traffic of this VM on either path, side by side */
export const comparison: readonly PanelSpec[] = [
  {
    kind: 'stat',
    title: 'Traffic by path',
    description:
      'Mean traffic of the VM on each path, over the time range of the board. The vSwitch counts the synthetic path; VF traffic is counted only where the NIC vendor has counters for it. Times with less than 100 Mbit/s are left out. Good: about the same on both paths; otherwise the CPU figures beside it cannot be compared.',
    unit: 'bps',
    width: 8,
    height: 5,
    queries: [
      now(`8 * ${meanOn(1, BYTES[1])}`, 'on the VF'),
      now(`8 * ${meanOn(0, BYTES[0])}`, 'on the synthetic path'),
    ],
    noValue: NOT_COMPARED,
  },
  {
    kind: 'stat',
    title: 'Hypervisor time by path',
    description:
      'Mean number of processors that the hypervisor spends on the VM on each path (Hyper-V Hypervisor Virtual Processor counters), over the same times as the traffic. Good: lower on the VF at the same traffic.',
    unit: 'none',
    width: 8,
    height: 5,
    decimals: 3,
    queries: [now(meanOn(1, HYPERVISOR), 'on the VF'), now(meanOn(0, HYPERVISOR), 'on the synthetic path')],
    noValue: NOT_COMPARED,
  },
  {
    kind: 'stat',
    title: 'Root partition time by path',
    description:
      'Mean number of busy processors in the root partition of the host while the VM is on each path (Hyper-V Hypervisor Root Virtual Processor counters), over the same times as the traffic. The root partition works for all VMs of the host. Good: lower on the VF at the same traffic, with the other VMs quiet.',
    unit: 'none',
    width: 8,
    height: 5,
    decimals: 2,
    queries: [now(meanOn(1, ROOT, HOST), 'on the VF'), now(meanOn(0, ROOT, HOST), 'on the synthetic path')],
    noValue: NOT_COMPARED,
  },
];
