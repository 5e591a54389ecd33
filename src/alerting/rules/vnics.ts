import { count, group, is, maxOverTime, metric, perHost, recorded } from '../expr/expr.ts';
import { HOST, HOUR, VNIC } from './define.ts';

/**
 * vNICs that ask for a VF and are known to be off it, not settling. There are few of them: what is asked of virtual
 * NICs off their VF starts from here, and not from the state of every virtual NIC.
 */
const fallback = metric('hyperv_vnic_fallback');
export const vnicInfo = metric('hyperv_vnic_info');
const IDS = perHost('vm', 'vm_id', 'vnic', 'vnic_id');

/** The same with their vSwitch, so that an alert on that can inhibit them. 1 where the VF is assigned and the guest does not use it. */
export const offVf = recorded(
  'instance_vnic:hyperv_vnic_fallback:vf_assigned',
  metric('hyperv_vnic_vf_assigned').copying(['vswitch'], VNIC, vnicInfo.and(VNIC, fallback)),
);

const restarting = metric('hyperv_vnic_settling', is('cause', 'nic_restart'))
  .and(VNIC, metric('hyperv_vnic_vf_active').eq(0))
  .and(VNIC, metric('hyperv_vnic_vf_requested').eq(1));

/**
 * vNICs that ask for a VF, are off it now and were on it within the hour. Those whose NIC restarts are among them: that
 * is a loss, too. Those that migrate or start are not.
 */
export const lost = recorded(
  'instance:hyperv_vnic_vf_lost:count',
  count(
    HOST,
    group(IDS, fallback)
      .or(group(IDS, restarting))
      .and(VNIC, maxOverTime(metric('hyperv_vnic_vf_active'), HOUR).eq(1)),
  ),
);
