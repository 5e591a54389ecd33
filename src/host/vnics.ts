import type { Row } from '../document/document.ts';
import type { Snapshot } from '../document/snapshot.ts';
import { toGuid } from './keys.ts';
import { livePorts, type Seen } from './live-ports.ts';
import type { Vm, Vnic, VSwitch } from './model.ts';
import { judge, kindOf } from './offload.ts';
import { hasSpoken, rowsOf, soleBy, sortedBy, type Unmatched } from './sources.ts';
import { trafficOf } from './traffic.ts';
import type { VnicIdentity, VnicIndex } from './vnic-index.ts';
import { vnicSettings } from './vnic-settings.ts';

/** The vNICs of VMs and of the management OS, all that is known of each joined to it. */
export function buildVnics(
  snapshot: Snapshot,
  index: VnicIndex,
  vswitches: readonly VSwitch[],
  seen: Omit<Seen, 'instances'>,
  unmatched: Unmatched,
): readonly Vnic[] {
  const vswitchById = new Map(vswitches.map((vswitch) => [vswitch.id, vswitch]));
  const counters = countersByVnic(snapshot, index, unmatched);
  const instances = instancesByVnic(snapshot, index, unmatched);
  const settings = vnicSettings(snapshot, index, unmatched);
  const withVf = new Set(seen.vfs.map((vf) => vf.vnicId));
  const live = livePorts(snapshot, index, { ...seen, instances: instances.keys() });
  const sourceWitnesses = {
    vmsKnown: hasSpoken(snapshot.inventory.vm),
    vswitchesKnown: snapshot.inventory.vm_switch?.fresh === true,
    portWitnessWaived: snapshot.inventory.vnic_instance?.status === 'unsupported',
  };

  const vnics = index.all.map((identity): Vnic => {
    const { id, row } = identity;
    const counter = counters.get(id);
    const vswitchId = toGuid(row.switchId);
    const vswitch = vswitchId === undefined ? undefined : vswitchById.get(vswitchId);
    return {
      ...namesOf(identity, identity.vm),
      id,
      vswitchId,
      vswitchName: vswitch?.name ?? textOr(row.switchName),
      ...judge(identity, vswitch, {
        ...sourceWitnesses,
        portSeen: live.has(id),
        vfSeen: withVf.has(id),
      }),
      ...(identity.identityOnly ? undefined : stateOf(row)),
      traffic: counter && trafficOf(counter.values),
      counterInstance: (counter ?? instances.get(id))?.instance,
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

const isInstance = (row: { readonly instance: string }) => row.instance !== '_Total';

function countersByVnic(snapshot: Snapshot, index: VnicIndex, unmatched: Unmatched) {
  const source = snapshot.activity.counters_virtual_network_adapter;
  if (source?.fresh === true) unmatched.looked('activity', 'counters_virtual_network_adapter');
  return soleBy(
    rowsOf(source).filter(isInstance),
    ({ instance }) => index.byTrailingKey(instance)?.id,
    () => unmatched.add('activity', 'counters_virtual_network_adapter'),
  );
}

function instancesByVnic(snapshot: Snapshot, index: VnicIndex, unmatched: Unmatched) {
  const source = snapshot.inventory.vnic_instance;
  if (source?.fresh === true) unmatched.looked('inventory', 'vnic_instance');
  return soleBy(
    rowsOf(source).filter(isInstance),
    ({ instance }) => index.byTrailingKey(instance)?.id,
    () => unmatched.add('inventory', 'vnic_instance'),
  );
}
