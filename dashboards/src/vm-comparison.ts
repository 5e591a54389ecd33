import { HOSTS, ON_VM, ON_VNIC } from './promql.ts';
import type { PanelSpec } from './spec.ts';

/** The VM on whatever host it is. */
export const VM = `vm="$vm",${HOSTS}`;
export const BY_VM = 'by (cluster, instance, vm_id)';
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
const CPU = `sum ${BY_VM} (${perSecond('hyperv_vm_cpu_seconds_total', VM)})`;
const CPU_SHARE = `${CPU} / ${ON_VM} (sum ${BY_VM} (hyperv_vm_processors{${VM}}) > 0)`;
/** Bytes per second on either path: the vSwitch counts the synthetic one, the NIC vendor, if anyone, the VF. */
const BYTES = {
  0: `sum ${BY_VM} (${perSecond('hyperv_vnic_receive_bytes_total', VM)} + ${perSecond('hyperv_vnic_transmit_bytes_total', VM)})`,
  1: `sum ${BY_VM} (${perSecond('hyperv_vf_receive_bytes_total', VF)} + ${perSecond('hyperv_vf_transmit_bytes_total', VF)})`,
} as const;
/** VMs whose vNICs that ask for a VF were all on one path for as long as the rates beside it look back */
const onPath = (active: 0 | 1) => {
  const extreme = active === 1 ? 'min' : 'max';
  return `${extreme} ${BY_VM} (${extreme}_over_time(hyperv_vnic_vf_active{${VM}}[5m]) and ${ON_VNIC} hyperv_vnic_vf_requested{${VM}} == 1) == ${active}`;
};
/** The mean over the board's time, of the time that was spent on one path alone. */
const meanOn = (active: 0 | 1, expr: string) =>
  `avg(avg_over_time(((${expr}) and ${ON_VM} (${onPath(active)}))[$__range:1m]))`;

/** CPU over bytes, each as its mean, where both are known */
const perGigabyte = (active: 0 | 1) =>
  `1e9 * ${meanOn(active, `${CPU} and ${ON_VM} ${BYTES[active]} > 0`)} / ${meanOn(active, `${BYTES[active]} > 0`)}`;

/** What a VF saves this VM: its CPU and traffic on either path, side by side */
export const comparison: readonly PanelSpec[] = [
  {
    kind: 'stat',
    title: 'CPU, synthetic path against VF',
    description:
      'Mean share of its processors that the virtual machine used while it was on either path, over the time shown (Hyper-V Hypervisor Virtual Processor counters). Good: lower on the VF at the same traffic; no data for a path that it was not on.',
    unit: 'percentunit',
    width: 8,
    height: 5,
    decimals: 1,
    queries: [now(meanOn(1, CPU_SHARE), 'on the VF'), now(meanOn(0, CPU_SHARE), 'on the synthetic path')],
    noValue: 'not on this path',
  },
  {
    kind: 'stat',
    title: 'Traffic, synthetic path against VF',
    description:
      'Mean traffic while it was on either path, over the time shown: vSwitch counters for the synthetic path, the NIC vendor’s for the VF where there are any. Good: the CPU beside it is compared at like traffic.',
    unit: 'bps',
    width: 8,
    height: 5,
    queries: [
      now(`8 * ${meanOn(1, BYTES[1])}`, 'on the VF'),
      now(`8 * ${meanOn(0, BYTES[0])}`, 'on the synthetic path'),
    ],
    noValue: 'not counted',
  },
  {
    kind: 'stat',
    title: 'CPU seconds per gigabyte',
    description:
      'What a gigabyte costs this virtual machine on either path, over the time shown (its CPU counters over its traffic counters). The VF value exists only where the NIC vendor counts VF bytes. Good: lower on the VF; the difference is what it would save.',
    unit: 's',
    width: 8,
    height: 5,
    decimals: 2,
    queries: [now(perGigabyte(1), 'on the VF'), now(perGigabyte(0), 'on the synthetic path')],
    noValue: 'not counted',
  },
];
