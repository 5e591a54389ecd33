import type { Row } from '../document/document.ts';
import type { Snapshot } from '../document/snapshot.ts';
import { toGuid, toMac, trailingVnicKey, vnicKey, type VnicKey } from './keys.ts';
import type { Guid, Mac, Vm } from './model.ts';
import { rowsOf, type Unmatched } from './sources.ts';

export type VnicRow = Row<'inventory', 'vm_network_adapter'>;

/** A vNIC as far as joins need it. */
export interface VnicIdentity {
  readonly id: Guid;
  readonly nicId: Guid;
  /** undefined for the management OS */
  readonly vm?: Vm;
  readonly vmId?: Guid;
  readonly mac?: Mac;
  readonly managementOs: boolean;
  readonly identityOnly: boolean;
  readonly row: VnicRow;
}

/** Finds the vNIC that a row of another source is about. */
export interface VnicIndex {
  readonly all: readonly VnicIdentity[];
  /** by GUIDs */
  byKey(key: VnicKey | undefined): VnicIdentity | undefined;
  /** by counter instance or VmNicID, which end in the GUIDs */
  byTrailingKey(text: string | undefined): VnicIdentity | undefined;
  /**
   * by MAC, among vNICs of running VMs (and of `vmId` where given) and of the management OS; undefined where two
   * share it, since either would be a guess.
   */
  byMac(mac: Mac | undefined, vmId?: Guid): VnicIdentity | undefined;
}

/** Finds the vNIC that a row of another source belongs to. Rows that belong to none are counted in `unmatched`. */
export function indexVnics(snapshot: Snapshot, vms: readonly Vm[], unmatched: Unmatched): VnicIndex {
  const all = identities(snapshot, new Map(vms.map((vm) => [vm.id, vm])), unmatched);
  const byNicId = groupBy(all, (vnic) => vnic.nicId);
  const live = all.filter(
    (vnic) => !vnic.identityOnly && (vnic.managementOs || (vnic.vm?.state === 'running' && vnic.vm.real)),
  );
  const byMac = groupBy(live, (vnic) => vnic.mac);

  const byKey = (key: VnicKey | undefined) => {
    if (key === undefined) return undefined;
    return sole(
      byNicId.get(key.nicId),
      (vnic) => vnic.managementOs || (key.vmId !== undefined && vnic.vmId === key.vmId),
    );
  };
  return {
    all,
    byKey,
    byTrailingKey: (text) => byKey(trailingVnicKey(text)),
    byMac: (mac, vmId) => sole(byMac.get(mac ?? ''), (vnic) => vmId === undefined || vnic.vmId === vmId),
  };
}

/** The one item that fits; undefined if none or more than one does. */
function sole<T>(items: readonly T[] = [], fits: (item: T) => boolean): T | undefined {
  let found: T | undefined;
  for (const item of items) {
    if (!fits(item)) continue;
    if (found !== undefined) return undefined;
    found = item;
  }
  return found;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string | undefined): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

function identities(snapshot: Snapshot, vms: ReadonlyMap<Guid, Vm>, unmatched: Unmatched): readonly VnicIdentity[] {
  const source = snapshot.inventory.vm_network_adapter;
  const found = new Map<string, { row: VnicRow; key: VnicKey; vmId: Guid | undefined; identityOnly: boolean }>();
  const take = (rows: readonly VnicRow[], identityOnly: boolean) => {
    for (const row of rows) {
      // The connection of a vSwitch's own NIC
      if (row.isExternalAdapter === true) continue;
      const key = vnicKey(row.id);
      const vmId = row.isManagementOs === true ? undefined : (key.vmId ?? toGuid(row.vmId));
      const whole = `${vmId ?? ''}--${key.nicId}`;
      if (!found.has(whole)) found.set(whole, { row, key, vmId, identityOnly });
      else if (!identityOnly) unmatched.add('inventory', 'vm_network_adapter');
    }
  };
  take(rowsOf(source), false);
  take(source?.heldOver ?? [], true);

  const holders = groupBy([...found.values()], (entry) => entry.key.nicId);
  return [...found].map(([whole, { row, key, vmId, identityOnly }]) => ({
    // A copied VM may keep the GUIDs of its vNICs: then only both GUIDs together tell one from the other.
    id: (holders.get(key.nicId)?.length ?? 0) > 1 ? whole : key.nicId,
    nicId: key.nicId,
    vm: vmId === undefined ? undefined : vms.get(vmId),
    vmId,
    mac: toMac(row.macAddress),
    managementOs: row.isManagementOs === true,
    identityOnly,
    row,
  }));
}
