import { windows } from '../document/enumerations.ts';
import { all } from '../tristate.ts';
import type { VSwitch } from './model.ts';
import type { UnknownCause, VnicKind, VnicOffload, VnicPath } from './model.ts';
import type { VnicIdentity, VnicRow } from './vnic-index.ts';

/** What must be known, besides the vNIC's own row, before its offload state is used. */
export interface Witnesses {
  /** Get-VM answered in the latest inventory document */
  readonly vmsKnown: boolean;
  /** Get-VMSwitch answered, in this document or one that still holds */
  readonly vswitchesKnown: boolean;
  /** This Windows lacks the counter set whose instances prove that a port is live */
  readonly portWitnessWaived: boolean;
  /** A VF, vPort or queue row, or a counter instance, of the latest document shows that this vNIC's port lives */
  readonly portSeen: boolean;
  /** Get-NetAdapterSriovVf shows a VF of this vNIC */
  readonly vfSeen: boolean;
}

export interface PathState {
  readonly pathApplies?: boolean;
  readonly path: VnicPath;
  readonly unknownCause?: UnknownCause;
  readonly offload?: VnicOffload;
}

/** The kind of a vNIC; undefined if the row does not say it. */
export function kindOf(row: VnicRow): VnicKind | undefined {
  if (row.isManagementOs === true) return 'management_os';
  if (row.isLegacy === true) return 'legacy';
  return row.isManagementOs === false && row.isLegacy === false ? 'synthetic' : undefined;
}

/**
 * Where a vNIC's traffic goes and what is known of its offloads. While its port is missing (start, stop, migration)
 * Get-VMNetworkAdapter is assumed to return defaults instead of nulls, which look like a fallback; so nothing of
 * that row is believed before a witness of a live port is found.
 */
export function pathStateOf(vnic: VnicIdentity, vswitch: VSwitch | undefined, witnesses: Witnesses): PathState {
  const { vm, row } = vnic;
  if (vnic.identityOnly) return { path: 'unknown', unknownCause: 'held_over' };
  const kind = kindOf(row);
  if (kind === 'management_os' || kind === 'legacy') return { pathApplies: false, path: 'unknown' };
  const vmKnown = witnesses.vmsKnown && vm?.identityOnly === false;
  const running = vmKnown && vm.state !== undefined ? vm.state === 'running' : undefined;
  const pathApplies = all(running, vmKnown ? vm.real : undefined, row.connected, kind === undefined ? undefined : true);
  if (pathApplies === false) return { pathApplies, path: 'unknown' };

  const unknown = (unknownCause: UnknownCause): PathState => ({ pathApplies, path: 'unknown', unknownCause });
  if (!witnesses.vmsKnown) return unknown('source_missing');
  if (running === undefined) return unknown('vm_unknown');
  if (pathApplies === undefined) return unknown('field_missing');
  if (vm?.migrating === undefined) return unknown('field_missing');
  if (vm.migrating) return unknown('vm_in_motion');
  if (!witnesses.vswitchesKnown) return unknown('source_missing');
  if (vswitch === undefined || vswitch.identityOnly) return unknown('vswitch_unknown');
  const hasStatus = row.status?.some((code) => code !== windows.VMNetworkAdapterOperationalStatus.Unknown) === true;
  if (!witnesses.portWitnessWaived && !witnesses.portSeen && !hasStatus) return unknown('no_live_port');
  const path = pathOf(row, witnesses.vfSeen);
  return { pathApplies, ...path, ...(path.unknownCause === 'contradiction' ? undefined : { offload: offloadOf(row) }) };
}

/**
 * VF path truth, from the vNIC's own row: active beats assigned beats asked for. A VF that the row knows nothing of
 * means that the row shows the defaults of a missing port.
 */
function pathOf(row: VnicRow, vfSeen: boolean): { path: VnicPath; unknownCause?: UnknownCause } {
  if (row.vfDataPathActive === true) return { path: 'vf' };
  if (vfSeen && row.iovUsage === 0) return { path: 'unknown', unknownCause: 'contradiction' };
  if (row.iovWeight === 0) return { path: 'not_requested' };
  if (row.iovWeight === undefined || row.iovUsage === undefined || row.vfDataPathActive === undefined) {
    return { path: 'unknown', unknownCause: 'field_missing' };
  }
  return { path: row.iovUsage > 0 ? 'assigned' : 'synthetic' };
}

function offloadOf(row: VnicRow): VnicOffload {
  return {
    vfAssigned: positive(row.iovUsage),
    vfActive: row.vfDataPathActive,
    queuePairsRequested: row.iovQueuePairsRequested,
    queuePairsAssigned: row.iovQueuePairsAssigned,
    vmqWeight: row.vmqWeight,
    vmqAllocated: positive(row.vmqUsage),
    vrssEnabled: row.vrssEnabled,
    vmmqEnabled: row.vmmqEnabled,
    vmmqQueuePairs: row.vmmqQueuePairs,
    vmmqQueuePairsRequested: row.vmmqQueuePairsRequested,
  };
}

/** Usage is "resources in use": documented no further than that 0 means none. */
const positive = (value: number | undefined) => (value === undefined ? undefined : value > 0);
