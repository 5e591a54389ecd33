import { ALERT_SEVERITY } from '../../diagnosis/severity.ts';
import { is, metric, perHost, rate, recorded, sum } from '../expr/expr.ts';
import { figure, label, text } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';
import { MINUTE, recordOf, VM, VNIC, VSWITCH, type RuleGroup } from './define.ts';
import { offVf, vnicInfo } from './vnics.ts';

/** Packets received per second by each vNIC, over five minutes. */
export const received = rate(metric('hyperv_vnic_receive_packets_total'), 5 * MINUTE);

const VM_NAMED = perHost('vm', 'vm_id');

/** vSwitches without IOV whose VM queues are all in use while a vNIC that asks for one has none. Few vSwitches, if any */
const exhausted = metric('hyperv_vswitch_finding', is('finding', 'vmq_exhausted'));

/** Packets per second that go through the default queue, for each vNIC that asks for a VM queue where none is free. */
export const receivedWithoutQueue = recorded(
  'instance_vnic:hyperv_vnic_receive_packets_without_queue:rate5m',
  received
    .copying(['vswitch'], VNIC, vnicInfo.and(VSWITCH, exhausted))
    .and(VNIC, metric('hyperv_vnic_vmq_allocated').eq(0))
    .and(VNIC, metric('hyperv_vnic_vmq_weight').gt(0)),
);

/** vSwitch ports that receive more packets a second without a VM queue than the threshold allows. */
export const starved = ({ vmq_starved_packets: packets }: Thresholds) => receivedWithoutQueue.gt(packets);

/** High load on a slow path: inbound packets without a VM queue, and guest CPU on the synthetic path. */
export const loadGroup: RuleGroup = {
  name: 'sriov-load',
  interval: 2 * MINUTE,
  records: [recordOf(receivedWithoutQueue, 'SriovVmqStarved and SriovVmqHeldByIdleVm')],
  alerts: [
    {
      name: 'SriovVmqStarved',
      severity: ALERT_SEVERITY.SriovVmqStarved,
      scope: 'host',
      for: 15 * MINUTE,
      keepFiringFor: 5 * MINUTE,
      summary: 'A virtual NIC with heavy inbound traffic has no VM queue and none is free.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}) receives ${figure('humanize')} packets per second through the default queue, because every VM queue is in use. Hyper-V allocates VM queues first come, first served.`,
      expr: starved,
    },
    {
      name: 'SriovGuestCpuHighOnSynthetic',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      keepFiringFor: 5 * MINUTE,
      summary: 'A virtual machine that asks for a VF has high guest CPU on the synthetic path.',
      description: text`The virtual machine ${label('vm')} on ${label('instance')} uses ${figure('percentage')} of its virtual processors, with heavy traffic over the synthetic path. The same traffic uses less CPU on the VF.`,
      expr: (t) => {
        const bytes = (direction: 'receive' | 'transmit') =>
          sum(VM_NAMED, rate(metric(`hyperv_vnic_${direction}_bytes_total`), 5 * MINUTE).and(VNIC, offVf));
        const guest = rate(metric('hyperv_vm_cpu_seconds_total', is('state', 'guest')), 5 * MINUTE);
        return sum(VM_NAMED, guest.and(VM, offVf))
          .over(metric('hyperv_vm_processors'), VM)
          .gt(t.guest_cpu_ratio)
          .and(VM, bytes('receive').plus(bytes('transmit'), VM).gt(t.synthetic_bytes));
      },
    },
  ],
};
