import type { Row } from '../document/document.ts';
import type { Snapshot } from '../document/snapshot.ts';
import { toGuid } from './keys.ts';
import type { Guid, Traffic, Vf, Vm, VmQueue, Vnic, VPort, VSwitch } from './model.ts';
import { judge, kindOf } from './offload.ts';
import { hasSpoken, rowsOf, sortedBy, type Unmatched } from './sources.ts';
import { trafficOf } from './traffic.ts';
import type { VnicIdentity, VnicIndex } from './vnic-index.ts';
import { vnicSettings } from './vnic-settings.ts';

/** What the other objects show of the vNICs: each is a witness that a port lives. */
export interface Seen {
  readonly vfs: readonly Vf[];
  readonly vports: readonly VPort[];
  readonly queues: readonly VmQueue[];
  /** ids of vNICs whose MAC is in a filter of any vPort or queue, the default ones included */
  readonly filtered: ReadonlySet<Guid>;
}

/** The vNICs of VMs and of the management OS, all that is known of each joined to it. */
export function buildVnics(
  snapshot: Snapshot,
  index: VnicIndex,
  vswitches: readonly VSwitch[],
  seen: Seen,
  unmatched: Unmatched,
): readonly Vnic[] {
  const vswitchById = new Map(vswitches.map((vswitch) => [vswitch.id, vswitch]));
  const counters = countersByVnic(snapshot, index, unmatched);
  const instances = instancesByVnic(snapshot, index, unmatched);
  const settings = vnicSettings(snapshot, index, unmatched);
  const withVf = new Set(seen.vfs.map((vf) => vf.vnicId));
  const portSeen = new Set<Guid | undefined>([...withVf, ...seen.filtered, ...instances.keys()]);
  for (const { vnicId } of [...seen.vports, ...seen.queues]) portSeen.add(vnicId);
  const sourceWitnesses = {
    vmsKnown: hasSpoken(snapshot.inventory.vm),
    vswitchesKnown: snapshot.inventory.vm_switch?.fresh === true,
    portWitnessWaived: snapshot.inventory.vnic_instance?.status === 'unsupported',
  };

  const vnics = index.all.map((identity): Vnic => {
    const { id, row } = identity;
    const vswitchId = toGuid(row.switchId);
    const vswitch = vswitchId === undefined ? undefined : vswitchById.get(vswitchId);
    return {
      ...namesOf(identity, identity.vm),
      id,
      vswitchId,
      vswitchName: vswitch?.name ?? textOr(row.switchName),
      ...judge(identity, vswitch, {
        ...sourceWitnesses,
        portSeen: portSeen.has(id),
        vfSeen: withVf.has(id),
      }),
      ...(identity.identityOnly ? undefined : stateOf(row)),
      traffic: counters.get(id)?.traffic,
      counterInstance: counters.get(id)?.instance ?? instances.get(id),
      ...settings.get(id),
    };
  });
  return sortedBy(vnics, (vnic) => vnic.id);
}

const textOr = (text: string | undefined) => (text === '' ? undefined : text);

function namesOf(identity: VnicIdentity, vm: Vm | undefined) {
  return {
    name: identity.row.name ?? '',
    vmId: identity.vmId,
    vmName: identity.managementOs ? undefined : (vm?.name ?? textOr(identity.row.vmName)),
    kind: kindOf(identity.row),
    mac: identity.mac,
    identityOnly: identity.identityOnly,
  };
}

function stateOf(row: Row<'inventory', 'vm_network_adapter'>) {
  return {
    connected: row.connected,
    status: row.status,
    statusText: row.statusDescription,
    iovWeight: row.iovWeight,
    ipAddresses: row.ipAddresses,
  };
}

function countersByVnic(snapshot: Snapshot, index: VnicIndex, unmatched: Unmatched) {
  const source = snapshot.activity.counters_virtual_network_adapter;
  if (source?.fresh === true) unmatched.looked('activity', 'counters_virtual_network_adapter');
  const found = new Map<Guid, { readonly instance: string; readonly traffic: Traffic }>();
  for (const { instance, values } of rowsOf(source)) {
    if (instance === '_Total') continue;
    const vnic = index.byTrailingKey(instance);
    if (vnic) found.set(vnic.id, { instance, traffic: trafficOf(values) });
    else unmatched.add('activity', 'counters_virtual_network_adapter');
  }
  return found;
}

function instancesByVnic(snapshot: Snapshot, index: VnicIndex, unmatched: Unmatched): ReadonlyMap<Guid, string> {
  const source = snapshot.inventory.vnic_instance;
  if (source?.fresh === true) unmatched.looked('inventory', 'vnic_instance');
  const found = new Map<Guid, string>();
  for (const { instance } of rowsOf(source)) {
    if (instance === '_Total') continue;
    const vnic = index.byTrailingKey(instance);
    if (vnic) found.set(vnic.id, instance);
    else unmatched.add('inventory', 'vnic_instance');
  }
  return found;
}
