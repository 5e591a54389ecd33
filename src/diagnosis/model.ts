import type { Guid } from '../host/model.ts';
import type { Step } from './powershell.ts';

/** The worst first. */
export const SEVERITIES = ['critical', 'warning', 'info'] as const;
/** How bad a finding or an alert is. */
export type Severity = (typeof SEVERITIES)[number];

/** An id of the reason table (reasons.ts). A plain string here, so that only the table lists the ids. */
export type ReasonId = string;

/** One finding, with the texts for this host. */
export interface Finding {
  readonly id: ReasonId;
  readonly severity: Severity;
  /** One sentence with this host's names and numbers */
  readonly detail: string;
  /** The command that fixes it, with this host's names; the reason has its impact */
  readonly command?: string;
  /** A command that shows details and changes nothing */
  readonly inspect?: string;
  /** The steps that fix it, if it takes more than one command */
  readonly plan?: readonly PrintedStep[];
}

/** A step of a plan, with this host's names. */
export interface PrintedStep {
  readonly text: string;
  readonly command?: string;
}

export interface VnicDiagnosis {
  /**
   * Why the vNIC is not on a VF: the first broken step while in fallback, or why this is not a fault (VM off, not
   * requested, …; then `fallback` is false and the severity is info). Undefined if it is on its VF, settling or
   * unknown.
   */
  readonly reason?: Finding;
  /** In fallback: the vNIC asks for a VF, is expected to have one, is known not to be on it, and is not settling */
  readonly fallback: boolean;
  /** IovWeight is above 0 and the configuration expects a VF; undefined if the weight is unknown */
  readonly vfRequested?: boolean;
  /** Findings in addition to the reason */
  readonly findings: readonly Finding[];
}

/** Advice to move a VM queue from an idle vNIC to a busy one. */
export interface VmqAdvice {
  readonly vswitchId: Guid;
  /** The vNIC that holds a queue and receives little traffic */
  readonly holder: VmqParty;
  /** The vNIC that receives much traffic and has no queue */
  readonly starved: VmqParty;
  /** One sentence that names both */
  readonly text: string;
  /** The steps that move the queue */
  readonly plan: readonly Step[];
}
export interface VmqParty {
  readonly vnicId: Guid;
  readonly vm: string;
  readonly vnic: string;
  /** Mean over 24 hours */
  readonly receivePacketsPerSecond: number;
}

/** Who holds a VF or a VM queue. */
export interface Holder {
  readonly pool: 'vf' | 'vmq';
  /** Nic.description */
  readonly nic: string;
  /** FunctionID of the VF, or QueueID */
  readonly id: number;
  readonly vmId?: Guid;
  readonly vmName?: string;
  readonly vnicId?: Guid;
  /** Queue pairs of the vPort of the VF */
  readonly queuePairs?: number;
}

/** A property in which the members of a SET team differ. Whether a vNIC gets a VF then depends on its team member. */
export type MemberDifference = 'sriov_enabled' | 'sriov_support' | 'vf_limit';

export interface Capacity {
  readonly nics: ReadonlyMap<string, NicCapacity>;
  readonly vswitches: ReadonlyMap<Guid, VSwitchCapacity>;
}

/** What is left of each pool; undefined if a value that it depends on is unknown. */
export interface NicCapacity {
  readonly vfsLeft?: number;
  readonly vportsLeft?: number;
  readonly queuePairsLeft?: number;
  readonly vmqsLeft?: number;
  readonly holders: readonly Holder[];
}

export interface VSwitchCapacity {
  readonly vfsLeft?: number;
  readonly vportsLeft?: number;
  readonly queuePairsLeft?: number;
  readonly vmqsLeft?: number;
  /** Running vNICs known to ask for a VF */
  readonly requested: number;
  /** Of those, vNICs known to have no VF and not settling */
  readonly waiting: number;
  /** The largest number of queue pairs that a waiting vNIC asks for; 1 if none waits */
  readonly queuePairsPerVf: number;
  /** How many more VFs can be assigned: min(VFs, vPorts, floor(queue pairs / queuePairsPerVf)) */
  readonly usable?: number;
  /** The same if every further VF had 1, 2 or 4 queue pairs */
  readonly whatIf: Readonly<Record<1 | 2 | 4, number | undefined>>;
  /** Number of known running vNICs by path; always has all five keys */
  readonly byPath: Readonly<Record<'vf' | 'assigned' | 'synthetic' | 'not_requested' | 'unknown', number>>;
  /** How many more running vNICs ask for a VF than there are VFs; undefined if the limit is unknown */
  readonly oversubscribedBy?: number;
  readonly unevenMembers: readonly MemberDifference[];
  readonly holders: readonly Holder[];
}

/** Whether a vNIC is expected to have a VF if its IovWeight asks for one. Made from the setting `expect_vf`. */
export type ExpectVf = (vnic: { readonly vmName?: string; readonly vswitchName?: string }) => boolean;
