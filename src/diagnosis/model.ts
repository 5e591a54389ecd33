import type { Guid } from '../host/model.ts';
import type { Step } from './powershell.ts';

export type Severity = 'critical' | 'warning' | 'info';

/** An id of the reason table (reasons.ts). Plain text here so that the table alone lists them. */
export type ReasonId = string;

/** One thing found, with the facts that a text about it needs. */
export interface Finding {
  readonly id: ReasonId;
  readonly severity: Severity;
  /** One sentence with this host's names and numbers */
  readonly detail: string;
  /** The command that fixes it, with this host's names; what it interrupts is the row's impact */
  readonly command?: string;
  /** A command that shows more, changes nothing on the host and fixes nothing */
  readonly inspect?: string;
  /** The steps that fix it, where one command does not */
  readonly plan?: readonly PrintedStep[];
}

/** A step of a plan, with this host's names. */
export interface PrintedStep {
  readonly text: string;
  readonly command?: string;
}

export interface VnicDiagnosis {
  /**
   * Why it is not on its VF: the first broken step while in fallback, or why that is no fault (VM off, not
   * requested, …: then `fallback` is false and the severity info). Undefined when it is on its VF, settling or unknown.
   */
  readonly reason?: Finding;
  /** In fallback: wants a VF (and is expected to have one), is known not to be on it, and is not settling */
  readonly fallback: boolean;
  /** weight > 0 and expected by configuration; undefined where the weight is not known */
  readonly vfRequested?: boolean;
  /** What else is wrong, beside the reason */
  readonly findings: readonly Finding[];
}

/** A VM queue that would serve another vNIC better. */
export interface VmqAdvice {
  readonly vswitchId: Guid;
  /** Holds a queue and receives little */
  readonly holder: VmqParty;
  /** Receives much and has none */
  readonly starved: VmqParty;
  /** One sentence that names both */
  readonly text: string;
  /** Takes the queue away and gives it to the other */
  readonly plan: readonly Step[];
}
export interface VmqParty {
  readonly vnicId: Guid;
  readonly vm: string;
  readonly vnic: string;
  /** mean over 24 hours */
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
  /** of the VF's vPort */
  readonly queuePairs?: number;
}

/** In what the members of a SET team differ: a vNIC's luck then depends on the member it lands on. */
export type MemberDifference = 'sriov_enabled' | 'sriov_support' | 'vf_limit';

export interface Capacity {
  readonly nics: ReadonlyMap<string, NicCapacity>;
  readonly vswitches: ReadonlyMap<Guid, VSwitchCapacity>;
}

/** What is left; each undefined where a term is not known. */
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
  /** Running vNICs known to want a VF */
  readonly requested: number;
  /** of those, known to be without one and not settling */
  readonly waiting: number;
  /** The most queue pairs that a waiting vNIC asks for, 1 where none waits */
  readonly queuePairsPerVf: number;
  /** How many more VFs can be handed out: min(VFs, vPorts, floor(queue pairs / queuePairsPerVf)) */
  readonly usable?: number;
  /** the same if every further VF asked for 1, 2 or 4 queue pairs */
  readonly whatIf: Readonly<Record<1 | 2 | 4, number | undefined>>;
  /** known running vNICs by path; always all five */
  readonly byPath: Readonly<Record<'vf' | 'assigned' | 'synthetic' | 'not_requested' | 'unknown', number>>;
  /** How many running vNICs want a VF beyond all that there are; undefined where the limit is not known */
  readonly oversubscribedBy?: number;
  readonly unevenMembers: readonly MemberDifference[];
  readonly holders: readonly Holder[];
}

/** Which vNICs are expected to have a VF where their weight asks for one. Made from `expect_vf`. */
export type ExpectVf = (vnic: { readonly vmName?: string; readonly vswitchName?: string }) => boolean;
