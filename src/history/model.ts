import type { Guid, Host, VnicPath } from '../host/model.ts';

/** A Host with what one document alone does not show: since when, how often, and what is still settling. */
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
   * The published path. `synthetic` and `assigned` are published once two inventory documents in a row agree. Until
   * then the last known path stays, or `unknown` where there was none.
   */
  readonly path: VnicPath;
  /** When it moved to this path, Unix milliseconds; undefined while the path was never known */
  readonly since?: number;
  /** The move to this path was seen; otherwise it may be on it for longer: `since` is when it was first read */
  readonly sinceSeen?: boolean;
  readonly settling?: SettlingCause;
  /** Transitions seen since the agent started. A lower bound: changes between two polls are not seen. */
  readonly transitionsTo: { readonly vf: number; readonly synthetic: number };
  /** When its path changed within the last 24 h, Unix milliseconds, newest last; at most 500 */
  readonly recentChanges: readonly number[];
  /** When it was last seen on its VF, if within the last hour (for `loss`) */
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
  /** Id of the object: vnicId, vmId, NIC description or vswitchId; '' for the host */
  readonly subject: string;
  /** Names at that time, for display, and the id of the VM that a vNIC belongs to: names may be shared */
  readonly names: {
    readonly vm?: string;
    readonly vmId?: string;
    readonly vnic?: string;
    readonly nic?: string;
    readonly vswitch?: string;
  };
  readonly before: string;
  readonly after: string;
}

/**
 * Rates of cumulative counters per second, for the VM queue advice and the alerts. Undefined where the counter has not
 * been read for the whole window or was reset within it.
 */
export interface Rates {
  /** received packets per second on the synthetic path, mean over the last `seconds` (up to 24 h, coarse) */
  vnicReceivePackets(vnicId: Guid, seconds: number): number | undefined;
  vnicReceiveBytes(vnicId: Guid, seconds: number): number | undefined;
  vnicTransmitBytes(vnicId: Guid, seconds: number): number | undefined;
  /** guest CPU, in processors (1 = one virtual processor busy) */
  vmGuestCpu(vmId: Guid, seconds: number): number | undefined;
}
