import { windows } from '../../document/enumerations.ts';
import { reassignVf } from '../plans.ts';
import { when } from '../../tristate.ts';
import { IMPACT } from '../impact.ts';
import { SOURCE, type VnicReason } from './reason.ts';
import { vnicName } from './state.ts';
import { vnicReasons } from './reason.ts';

const reason = vnicReasons({ topic: 'guest', step: 'guest', kind: 'reason' });

const { VMNetworkAdapterOperationalStatus: Status } = windows;
const NO_NETVSC: ReadonlySet<number> = new Set([Status.NoContact, Status.LostCommunication, Status.ProtocolVersion]);

/** Checked before host and NIC: a guest without its network driver has no network path at all. */
export const guestFirst: readonly VnicReason[] = [
  reason({
    id: 'guest_netvsc_down',
    alert: 'SriovStateUnknown',
    meaning: "The guest's network driver (NetVSC) does not respond, so it cannot bind a VF.",
    condition: `Status contains NoContact (${Status.NoContact}), LostCommunication (${Status.LostCommunication}) or ProtocolVersion (${Status.ProtocolVersion})`,
    remedy:
      'In the guest, check that the integration services run, that the network device is enabled, and that the guest does not hang.',
    impact: IMPACT.none,
    source: SOURCE.getVnic,
    holds: ({ vnic }) => when(vnic.status, (codes) => codes.some((code) => NO_NETVSC.has(code))),
    detail: (facts) =>
      `The guest of ${vnicName(facts)} does not respond (status ${(facts.vnic.status ?? []).join(', ')}).`,
  }),
];

/** The guest does not use the VF that it has. */
export const guestReasons: readonly VnicReason[] = [
  reason({
    id: 'guest_vf_driver_inactive',
    alert: 'SriovVfNotUsedByGuest',
    meaning:
      'A VF is assigned, but the guest does not use it. The VF driver is missing, failed or too old, or the device is disabled.',
    condition: 'IovUsage is above 0 and VFDataPathActive is false for longer than the settling time',
    remedy:
      "Install the NIC vendor's VF driver in the guest, and enable the device if it is disabled. If that does not help, check the NIC driver of the host. Reassigning the VF makes the guest try again.",
    impact: IMPACT.vfReassigned,
    source: SOURCE.vfDriver,
    holds: ({ path }) => path === 'assigned',
    detail: (facts) => `${vnicName(facts)} has a VF that its guest does not use.`,
    plan: reassignVf,
  }),
];
