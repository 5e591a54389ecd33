import type { Guid, Host, VnicPath } from '../host/model.ts';

/** A Host with what only time can tell: since when, how often, and what is still settling. */
export interface TrackedHost {
  readonly host: Host;
  readonly now: number;
  readonly vnics: ReadonlyMap<Guid, TrackedVnic>;
  /** What changed with this document, oldest first */
  readonly transitions: readonly Transition[];
  readonly rates: Rates;
}

export type SettlingCause = 'migration' | 'vm_start' | 'nic_restart';

export interface TrackedVnic {
  /**
   * The path as published: `synthetic` and `assigned` only when two inventory documents in a row agree; until the
   * second one speaks the former known path stands, or `unknown` where there was none.
   */
  readonly path: VnicPath;
  /** When it took this path, Unix milliseconds; undefined while never known */
  readonly since?: number;
  readonly settling?: SettlingCause;
  /** Known transitions since the agent's start; a lower bound: what happens between polls is not seen */
  readonly transitionsTo: { readonly vf: number; readonly synthetic: number };
  /** Unix milliseconds of known changes of path within the last 24 h, newest last, bounded */
  readonly recentChanges: readonly number[];
  /** It was on its VF at some time within the last hour (for `loss`) */
  readonly lastOnVf?: number;
}

export interface Transition {
  readonly at: number;
  readonly kind:
    | 'vnic_path'
    | 'vm_state'
    | 'nic_state'
    | 'host_iov'
    | 'vswitch_iov'
    | 'vf_pool'
    | 'vnic_gone'
    | 'vnic_seen';
  /** id of the thing: vnicId, vmId, nic description, vswitchId; '' for the host */
  readonly subject: string;
  /** Names for people, as they were then */
  readonly names: {
    readonly vm?: string;
    readonly vnic?: string;
    readonly nic?: string;
    readonly vswitch?: string;
  };
  readonly before: string;
  readonly after: string;
}

/**
 * Rate windows from cumulative counters, for the advice and the alerts that need one. All in units per second,
 * undefined where the window is not filled or the counter was reset within it.
 */
export interface Rates {
  /** received packets per second on the synthetic path, mean over the last `seconds` (up to 24 h, coarse) */
  vnicReceivePackets(vnicId: Guid, seconds: number): number | undefined;
  vnicReceiveBytes(vnicId: Guid, seconds: number): number | undefined;
  vnicTransmitBytes(vnicId: Guid, seconds: number): number | undefined;
  /** guest CPU, in processors (1 = one virtual processor busy) */
  vmGuestCpu(vmId: Guid, seconds: number): number | undefined;
}
