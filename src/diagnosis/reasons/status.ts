import { windows } from '../../document/enumerations.ts';
import { all, when } from '../../tristate.ts';
import type { ReasonId } from '../model.ts';
import { IMPACT, type Impact } from '../impact.ts';
import { guestReasons } from './guest.ts';
import { hostReasons } from './host.ts';
import { nicReasons } from './nic.ts';
import { policyReasons, suspicions } from './policy.ts';
import { poolReasons } from './pool.ts';
import { vswitchMemberReasons, vswitchReasons } from './vswitch.ts';
import { SOURCE, type VnicReason } from './reason.ts';
import { vnicName } from './state.ts';
import { vnicReasons } from './reason.ts';

const reason = vnicReasons({ topic: 'status', step: 'vnic', kind: 'finding' });

const ids = (reasons: readonly { readonly id: ReasonId }[]): readonly ReasonId[] => reasons.map(({ id }) => id);

const { VMOperationalStatus: Status } = windows;

/**
 * VMOperationalStatus codes of Get-VM about SR-IOV. A code belongs to the VM, so it is a hint for each of its vNICs
 * that asks for a VF.
 */
const code = (
  id: string,
  number: number,
  follows: readonly ReasonId[],
  meaning: string,
  remedy: string,
  impact: Impact,
): VnicReason =>
  reason({
    id,
    follows,
    meaning: `Hyper-V reports for the VM: ${meaning}`,
    condition: `OperationalStatus of the VM contains ${number}, and the vNIC asks for a VF and is not on it`,
    remedy,
    impact,
    source: SOURCE.getVm,
    holds: ({ vm, requested, path }) =>
      all(
        path === 'synthetic' || path === 'assigned',
        requested,
        when(vm?.sriovStatus, (codes) => codes.includes(number)),
      ),
    detail: (facts) => `Hyper-V reports ${number} for the VM of ${vnicName(facts)}: ${meaning}`,
  });

/** Status codes that Hyper-V reports for a vNIC. */
export const statusFindings: readonly VnicReason[] = [
  code(
    'vm_status_no_iommu',
    Status.NoIommu,
    [...ids(hostReasons), 'nic_no_iommu'],
    'the host has no usable IOMMU.',
    'Turn on VT-d or AMD-Vi in the BIOS.',
    IMPACT.firmware,
  ),
  code(
    'vm_status_no_iov_in_nic',
    Status.NoIovSupportInNic,
    ids(nicReasons),
    'the NIC does not support SR-IOV.',
    'Check the NIC with Get-NetAdapterSriov.',
    IMPACT.none,
  ),
  code(
    'vm_status_vswitch_not_iov',
    Status.SwitchNotInIovMode,
    ids([...vswitchMemberReasons, ...vswitchReasons]),
    'the vSwitch is not in IOV mode.',
    'Recreate the vSwitch with IOV.',
    IMPACT.vswitchRecreated,
  ),
  code(
    'vm_status_blocked_by_policy',
    Status.IovBlockedByPolicy,
    ids([...policyReasons, ...suspicions]),
    'a policy blocks SR-IOV.',
    'Check ACLs, extensions and isolation of the vNIC.',
    IMPACT.none,
  ),
  code(
    'vm_status_no_resources',
    Status.IovNoAvailResources,
    ids(poolReasons),
    'no SR-IOV resources are left.',
    'Free VFs, vPorts or queue pairs.',
    IMPACT.syntheticPath,
  ),
  code(
    'vm_status_guest_drivers_needed',
    Status.IovGuestDriversNeeded,
    ids(guestReasons),
    'the guest needs drivers.',
    "Install the NIC vendor's VF driver in the guest.",
    IMPACT.none,
  ),
];
