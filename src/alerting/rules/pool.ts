import { ALERT_SEVERITY } from '../../diagnosis/severity.ts';
import { is, isNot, metric } from '../expr/expr.ts';
import { figure, held, ifLabel, label, text } from '../text.ts';
import { MINUTE, VNIC, VPORT, VSWITCH, type RuleGroup } from './define.ts';
import { vnicInfo } from './vnics.ts';

/** VFs in use per vSwitch. */
export const inUse = metric('hyperv_vswitch_vf_in_use');
/** VFs that a vSwitch offers. */
export const limit = metric('hyperv_vswitch_vf_limit');
const left = limit.minus(inUse, VSWITCH);
const waiting = metric('hyperv_vswitch_vf_waiting').gt(0);
/** vNICs whose VF has fewer queue pairs than they ask for. Few vNICs, if any */
const clamped = metric('hyperv_vnic_finding', is('finding', 'queue_pairs_clamped'));

/** VFs, vPorts or queue pairs run out. */
export const poolGroup: RuleGroup = {
  name: 'sriov-pools',
  interval: 2 * MINUTE,
  records: [],
  alerts: [
    {
      name: 'SriovVfPoolNearExhaustion',
      severity: ALERT_SEVERITY.SriovVfPoolNearExhaustion,
      scope: 'host',
      for: 30 * MINUTE,
      summary: 'A vSwitch has few VFs left.',
      description: text`The vSwitch ${label('vswitch')} on ${label('instance')} has ${figure()} VFs left. The next virtual machines that start will run on the synthetic path.`,
      expr: (t) =>
        left
          .le(t.vf_pool_left)
          .and(VSWITCH, inUse.over(limit, VSWITCH).gt(t.vf_pool_ratio))
          .and(VSWITCH, limit.gt(t.vf_pool_left)),
    },
    {
      name: 'SriovVfPoolExhausted',
      severity: ALERT_SEVERITY.SriovVfPoolExhausted,
      scope: 'host',
      for: 10 * MINUTE,
      summary: 'A vSwitch has no VF left and virtual NICs wait for one.',
      description: text`All VFs of the vSwitch ${label('vswitch')} on ${label('instance')} are in use, and ${figure()} virtual NICs that ask for one are on the synthetic path. Set IovWeight to 0 on a virtual machine that does not need its VF, raise NumVFs (at the hardware limit, raise the number of VFs in the firmware of the NIC), or move a virtual machine to another host.`,
      expr: () => waiting.and(VSWITCH, inUse.ge(limit.gt(0), VSWITCH)),
    },
    {
      name: 'SriovQueuePairsExhausted',
      severity: ALERT_SEVERITY.SriovQueuePairsExhausted,
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'A vSwitch has VFs left, but too few queue pairs or vPorts for them.',
      description: text`On ${label('instance')}, vSwitch ${label('vswitch')}, ${ifLabel('vnic_id', text`the virtual NIC ${label('vnic')} of ${label('vm')} got ${figure()} queue pairs, fewer than it asked for`, text`VFs are left but no queue pairs or vPorts for them, and virtual NICs wait for a VF`)}. Check IovQueuePairsRequested of the virtual NICs.`,
      expr: () =>
        metric('hyperv_vswitch_vf_usable')
          .eq(0)
          .and(VSWITCH, left.gt(0))
          .and(VSWITCH, waiting)
          .or(metric('hyperv_vnic_queue_pairs_assigned').copying(['vswitch'], VNIC, vnicInfo.and(VNIC, clamped))),
    },
    {
      name: 'SriovVportNotActivated',
      severity: ALERT_SEVERITY.SriovVportNotActivated,
      scope: 'host',
      for: 10 * MINUTE,
      summary: 'The vPort of a virtual machine is not activated.',
      description: text`On ${label('instance')}, the vPort ${label('vport')} of the NIC ${label('nic')} for ${label('vm')} has not been activated for ${held}. The virtual machine cannot send traffic through it.`,
      expr: () =>
        metric('hyperv_vport_activated')
          .eq(0)
          .copying(['vm', 'vm_id', 'vnic_id'], VPORT, metric('hyperv_vport_info', isNot('vm_id', ''))),
    },
  ],
};
