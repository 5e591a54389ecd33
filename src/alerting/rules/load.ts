import { group, is, metric, perHost, rate, sum } from '../expr/expr.ts';
import { figure, label, text } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';
import { MINUTE, NIC, VM, VNIC, VSWITCH, type RuleGroup } from './define.ts';
import { offVf } from './vnics.ts';

export const received = rate(metric('hyperv_vnic_receive_packets_total'), 5 * MINUTE);
export const vnicInfo = metric('hyperv_vnic_info');
export const onVf = metric('hyperv_vnic_vf_active').eq(1);

/** Where VM queues carry the inbound load, that is on a vSwitch without IOV whose NIC has VMQ on, and none is free. */
export const starved = ({ vmq_starved_packets: packets }: Thresholds) =>
  received
    .and(VNIC, metric('hyperv_vnic_vmq_allocated').eq(0))
    .and(VNIC, metric('hyperv_vnic_vmq_weight').gt(0))
    .unless(VNIC, onVf)
    .copying(['vswitch'], VNIC, vnicInfo)
    .gt(packets)
    .and(VSWITCH, metric('hyperv_vswitch_iov_enabled').eq(0))
    .and(
      VSWITCH,
      group(perHost('nic', 'vswitch'), metric('hyperv_nic_info')).times(metric('hyperv_nic_vmq_enabled'), NIC).eq(1),
    )
    .and(VSWITCH, metric('hyperv_vswitch_vmq_allocated').ge(metric('hyperv_vswitch_vmq_limit').gt(0), VSWITCH));

/** Load that lands where it hurts: inbound packets without a queue, guest CPU on the synthetic path. */
export const loadGroup: RuleGroup = {
  name: 'sriov-load',
  interval: 2 * MINUTE,
  records: [],
  alerts: [
    {
      name: 'SriovVmqStarved',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      keepFiringFor: 5 * MINUTE,
      summary: 'A virtual NIC with heavy inbound traffic has no VM queue and none is free.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}) receives ${figure('humanize')} packets per second through the default queue, and every VM queue is taken. VM queues are first come, first served.`,
      expr: starved,
    },
    {
      name: 'SriovGuestCpuHighOnSynthetic',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      keepFiringFor: 5 * MINUTE,
      summary: 'A virtual machine burns its CPU on the synthetic path although it asks for a VF.',
      description: text`The guest CPU of ${label('vm')} on ${label('instance')} is at ${figure('percentage')} of its processors under heavy traffic over the synthetic path. On its VF it would cost less.`,
      expr: (t) => {
        const bytes = (direction: 'receive' | 'transmit') =>
          sum(perHost('vm', 'vm_id'), rate(metric(`hyperv_vnic_${direction}_bytes_total`), 5 * MINUTE));
        return sum(
          perHost('vm', 'vm_id'),
          rate(metric('hyperv_vm_cpu_seconds_total', is('state', 'guest')), 5 * MINUTE),
        )
          .over(metric('hyperv_vm_processors'), VM)
          .gt(t.guest_cpu_ratio)
          .and(VM, offVf)
          .and(VM, bytes('receive').plus(bytes('transmit'), VM).gt(t.synthetic_bytes));
      },
    },
  ],
};
