import { count, group, is, maxOverTime, metric, perHost, recorded } from '../expr/expr.ts';
import { HOST, HOUR, VNIC } from './define.ts';

/**
 * vNICs that ask for a VF, do not use one and are not settling. Expressions about such vNICs start from this metric
 * because it has few series, while the state metrics have one for every vNIC.
 */
const fallback = metric('hyperv_vnic_fallback');
/** The names that belong to a vNIC id. */
export const vnicInfo = metric('hyperv_vnic_info');
const IDS = perHost('vm', 'vm_id', 'vnic', 'vnic_id');

/**
 * The same vNICs with the label `vswitch`, so that an alert on the vSwitch can inhibit theirs. The value is 1 where the
 * host has assigned a VF that the guest does not use, else 0.
 */
export const offVf = recorded(
  'instance_vnic:hyperv_vnic_fallback:vf_assigned',
  metric('hyperv_vnic_vf_assigned').copying(['vswitch'], VNIC, vnicInfo.and(VNIC, fallback)),
);

const restarting = metric('hyperv_vnic_settling', is('cause', 'nic_restart'))
  .and(VNIC, metric('hyperv_vnic_vf_active').eq(0))
  .and(VNIC, metric('hyperv_vnic_vf_requested').eq(1));

/**
 * The number of vNICs of a host that ask for a VF, do not use one now and used one within the hour. vNICs whose NIC is
 * restarting count, since they lost their VF. vNICs that are migrating or starting do not.
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
