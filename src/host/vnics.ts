import type { Snapshot } from '../document/snapshot.ts';
import { eachInSteps, type Steps } from '../turn.ts';
import { isExternalInstance, toGuid } from './keys.ts';
import { livePorts, type Seen } from './live-ports.ts';
import type { Vnic, VSwitch } from './model.ts';
import { kindOf, pathStateOf } from './offload.ts';
import { hasSpoken, rowsOf, soleBy, sortedBy, type Unmatched } from './sources.ts';
import { trafficOf } from './traffic.ts';
import type { VnicIdentity, VnicIndex } from './vnic-index.ts';
import { vnicSettings } from './vnic-settings.ts';

/** The vNICs of VMs and of the management OS, all that is known of each joined to it. */
export function* buildVnics(
  snapshot: Snapshot,
  index: VnicIndex,
  vswitches: readonly VSwitch[],
  seen: Omit<Seen, 'instances'>,
  unmatched: Unmatched,
): Steps<readonly Vnic[]> {
  const vswitchById = new Map(vswitches.map((vswitch) => [vswitch.id, vswitch]));
  const counters = countersByVnic(snapshot, index, unmatched);
  const instances = instancesByVnic(snapshot, index, unmatched);
  yield;
  const settings = vnicSettings(snapshot, index, unmatched);
  yield;
  const withVf = new Set(seen.vfs.map((vf) => vf.vnicId));
  const live = livePorts(snapshot, index, { ...seen, instances: instances.keys() });
  const sourceWitnesses = {
    vmsKnown: hasSpoken(snapshot.inventory.vm),
    vswitchesKnown: snapshot.inventory.vm_switch?.fresh === true,
    portWitnessWaived: snapshot.inventory.vnic_instance?.status === 'unsupported',
  };

  yield;
  const vnicOf = (identity: VnicIdentity): Vnic => {
    const { id, row, vm, identityOnly, managementOs } = identity;
    const counter = counters.get(id);
    const vswitchId = toGuid(row.switchId);
    const vswitch = vswitchId === undefined ? undefined : vswitchById.get(vswitchId);
    const pathState = pathStateOf(identity, vswitch, {
      ...sourceWitnesses,
      portSeen: live.has(id),
      vfSeen: withVf.has(id),
    });
    const configured = settings.get(id);
    // The state in a held-over row is out of date and left out. Each property is listed by name: there are thousands
    // of vNICs, and objects made by spreading others cost several times as much to create and to read.
    const state = identityOnly ? undefined : row;
    return {
      id,
      name: row.name ?? '',
      vmId: identity.vmId,
      vmName: managementOs ? undefined : (vm?.name ?? textOr(row.vmName)),
      kind: kindOf(row),
      mac: identity.mac,
      identityOnly,
      vswitchId,
      vswitchName: vswitch?.name ?? textOr(row.switchName),
      pathApplies: pathState.pathApplies,
      path: pathState.path,
      unknownCause: pathState.unknownCause,
      offload: pathState.offload,
      connected: state?.connected,
      status: state?.status,
      statusText: state?.statusDescription,
      iovWeight: state?.iovWeight,
      ipAddresses: state?.ipAddresses,
      traffic: counter && trafficOf(counter.values),
      counterInstance: (counter ?? instances.get(id))?.instance,
      vlanMode: configured?.vlanMode,
      vlan: configured?.vlan,
      settings: configured?.settings,
    };
  };
  const vnics = yield* eachInSteps(index.all, vnicOf);
  yield;
  return sortedBy(vnics, (vnic) => vnic.id);
}

const textOr = (text: string | undefined) => (text === '' ? undefined : text);

/** A vNIC's instance, not the sum or the port of a vSwitch's NIC */
const isInstance = ({ instance }: { readonly instance: string }) =>
  instance !== '_Total' && !isExternalInstance(instance);

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
