import type { ReasonId } from './model.ts';
import { addressFindings, addressHostFindings } from './reasons/addresses.ts';
import { logHostFindings, logVnicFindings } from './reasons/event-log.ts';
import { guestFirst, guestReasons } from './reasons/guest.ts';
import { hostFindings, hostReasons } from './reasons/host.ts';
import { lastReasons } from './reasons/last.ts';
import { nicFindings, nicReasons } from './reasons/nic.ts';
import { policyFindings, policyReasons, suspicions } from './reasons/policy.ts';
import { poolReasons, poolVnicFindings, poolVSwitchFindings } from './reasons/pool.ts';
import type { Reason } from './reasons/reason.ts';
import { stateReasons } from './reasons/state.ts';
import { statusFindings } from './reasons/status.ts';
import { timeFindings, timeHostFindings } from './reasons/time.ts';
import { vmqNicFindings, vmqVnicFindings, vmqVSwitchFindings } from './reasons/vmq.ts';
import { vswitchFindings, vswitchMemberReasons, vswitchReasons } from './reasons/vswitch.ts';

/**
 * The reason table. It is the only source of docs/reasons.md, of the texts on the page and in `explain`, and of the
 * label values of hyperv_vnic_fallback and every _finding and _blocker metric. Reasons are checked from top to bottom:
 * the first one that holds is the primary reason of a vNIC.
 */
export const REASONS: readonly Reason[] = [
  ...stateReasons,
  ...guestFirst,
  ...hostReasons,
  ...vswitchMemberReasons,
  ...nicReasons,
  ...vswitchReasons,
  ...policyReasons,
  ...poolReasons,
  ...guestReasons,
  ...suspicions,
  ...lastReasons,
  ...hostFindings,
  ...timeHostFindings,
  ...nicFindings,
  ...vswitchFindings,
  ...policyFindings,
  ...poolVSwitchFindings,
  ...poolVnicFindings,
  ...timeFindings,
  ...vmqNicFindings,
  ...vmqVSwitchFindings,
  ...vmqVnicFindings,
  ...logHostFindings,
  ...logVnicFindings,
  ...addressHostFindings,
  ...addressFindings,
  ...statusFindings,
];

const byId = new Map(REASONS.map((reason) => [reason.id, reason]));

/** The reason with an id; undefined if the table has no such id (an older journal may contain one). */
export const reasonById = (id: ReasonId): Reason | undefined => byId.get(id);
