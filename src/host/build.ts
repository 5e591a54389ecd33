import type { Snapshot } from '../document/snapshot.ts';
import { atOnce, type Steps } from '../turn.ts';
import type { Host, Nic, VSwitch } from './model.ts';
import { buildLogEntries } from './log-entries.ts';
import { buildNics } from './nics.ts';
import { buildCluster, buildCpu, buildPlatform, buildProcesses } from './platform.ts';
import { sourceStates, Unmatched } from './sources.ts';
import { buildVfs, buildVmQueues, buildVPorts } from './vfs.ts';
import { buildVms } from './vms.ts';
import { indexVnics } from './vnic-index.ts';
import { buildVnics } from './vnics.ts';
import { buildVSwitches } from './vswitches.ts';

/**
 * Joins the rows of a snapshot into one Host: by GUID first, then by MAC, never by display name but for two counter
 * sets that have no other key. Pure; the order of rows does not matter; never throws on a parsed snapshot.
 */
export const buildHost = (snapshot: Snapshot): Host => atOnce(buildInSteps(snapshot));

/** The same, with pauses. */
export function* buildInSteps(snapshot: Snapshot): Steps<Host> {
  const unmatched = new Unmatched();
  const nics = buildNics(snapshot, unmatched);
  const vswitches = buildVSwitches(snapshot, nics, unmatched);
  const vms = buildVms(snapshot, unmatched);
  const vmById = new Map(vms.map((vm) => [vm.id, vm]));
  yield;
  const index = indexVnics(snapshot, vms, unmatched);
  yield;
  const vfs = buildVfs(snapshot, index, vmById, nics, unmatched);
  yield;
  const vports = buildVPorts(snapshot, index, vfs, unmatched);
  const queues = buildVmQueues(snapshot, index, vmById, unmatched);
  yield;
  const vnics = yield* buildVnics(snapshot, index, vswitches, { vfs, vports, queues }, unmatched);
  return {
    takenAt: inventoryTakenAt(snapshot),
    inventorySequence: snapshot.inventorySequence,
    platform: buildPlatform(snapshot),
    nics: withVSwitch(nics, vswitches),
    vswitches,
    vms,
    vnics,
    vfs,
    vports,
    vmQueues: queues,
    cpu: buildCpu(snapshot),
    processes: buildProcesses(snapshot),
    cluster: buildCluster(snapshot),
    logEntries: buildLogEntries(snapshot, index, vswitches),
    sources: sourceStates(snapshot),
    unmatched: unmatched.counts,
  };
}

/** The vNICs' own time, since paths are what inventory is for; else the latest of the sources that hold. */
function inventoryTakenAt({ inventory }: Snapshot): number | undefined {
  if (inventory.vm_network_adapter?.fresh === true) return inventory.vm_network_adapter.takenAt;
  const times = Object.values(inventory).flatMap((source) => (source.fresh ? [source.takenAt] : []));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Each NIC with the vSwitch that it carries, be it as a member of the LBFO team that the vSwitch sits on. */
function withVSwitch(nics: readonly Nic[], vswitches: readonly VSwitch[]): readonly Nic[] {
  const vswitchOf = new Map(
    vswitches.flatMap(({ id, memberNics = [], physicalNics = [] }) =>
      [...memberNics, ...physicalNics].map((nic) => [nic, id] as const),
    ),
  );
  const join = (nic: Nic): Nic => ({ ...nic, vswitchId: vswitchOf.get(nic.description) });
  return nics.map(join);
}
