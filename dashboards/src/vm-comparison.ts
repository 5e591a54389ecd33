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

const CPU_SHARE = (range: string) =>
  `sum ${BY_VM} (rate(hyperv_vm_cpu_seconds_total{${VM}}[${range}])) / ${ON_VM} (sum ${BY_VM} (hyperv_vm_processors{${VM}}) > 0)`;
/** Bytes per second on either path: the vSwitch counts the synthetic one, the NIC vendor, if anyone, the VF. */
const SYNTHETIC = (range: string) =>
  `sum ${BY_VM} (rate(hyperv_vnic_receive_bytes_total{${VM}}[${range}]) + rate(hyperv_vnic_transmit_bytes_total{${VM}}[${range}]))`;
/** Vendor counters carry no VM name: the running VM's id leads to them. */
export const ofVm = (expr: string) => `sum ${BY_VM} (${expr}) and ${ON_VM} hyperv_vm_running{${VM}}`;
const OVER_VF = (range: string) =>
  ofVm(
    `rate(hyperv_vf_receive_bytes_total{${HOSTS}}[${range}]) + rate(hyperv_vf_transmit_bytes_total{${HOSTS}}[${range}])`,
  );
/** VMs whose vNICs that ask for a VF were all on one path for as long as the rates beside it look back */
const onPath = (active: 0 | 1) => {
  const extreme = active === 1 ? 'min' : 'max';
  return `${extreme} ${BY_VM} (${extreme}_over_time(hyperv_vnic_vf_active{${VM}}[5m]) and ${ON_VNIC} hyperv_vnic_vf_requested{${VM}} == 1) == ${active}`;
};
/** The mean over the board's time, of the time that was spent on one path alone. */
const meanOn = (active: 0 | 1, expr: string) =>
  `avg(avg_over_time(((${expr}) and ${ON_VM} (${onPath(active)}))[$__range:1m]))`;

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
    queries: [now(meanOn(1, CPU_SHARE('5m')), 'on the VF'), now(meanOn(0, CPU_SHARE('5m')), 'on the synthetic path')],
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
      now(`8 * ${meanOn(1, OVER_VF('5m'))}`, 'on the VF'),
      now(`8 * ${meanOn(0, SYNTHETIC('5m'))}`, 'on the synthetic path'),
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
    queries: [
      now(
        meanOn(
          1,
          `1e9 * sum ${BY_VM} (rate(hyperv_vm_cpu_seconds_total{${VM}}[5m])) / ${ON_VM} (${OVER_VF('5m')} > 0)`,
        ),
        'on the VF',
      ),
      now(
        meanOn(
          0,
          `1e9 * sum ${BY_VM} (rate(hyperv_vm_cpu_seconds_total{${VM}}[5m])) / ${ON_VM} (${SYNTHETIC('5m')} > 0)`,
        ),
        'on the synthetic path',
      ),
    ],
    noValue: 'not counted',
  },
];
