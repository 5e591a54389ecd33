import { windows } from '../document/enumerations.ts';
import { vfCounterSets } from '../document/queries/index.ts';
import type { Snapshot } from '../document/snapshot.ts';
import { coreOfMask, nicLabel, toGuid, toMac } from './keys.ts';
import type { Guid, Nic, Traffic, Vf, Vm, VmQueue, VPort } from './model.ts';
import { rowsOf, soleBy, sortedBy, type Unmatched } from './sources.ts';
import type { VnicIdentity, VnicIndex } from './vnic-index.ts';

/** NDIS_DEFAULT_VPORT_ID and the default receive queue: what has no vPort or queue of its own is filtered there. */
const DEFAULT_ID = 0;
const { VPortState, ReceiveQueueState } = windows;

/** Whether a state is the wanted one; undefined where it was not read or is Windows' own value for "not known". */
const isIn = (state: number | undefined, wanted: number, unknown: number) =>
  state === undefined || state === unknown ? undefined : state === wanted;

const keyOf = (nic: string, id: number) => `${nic}\n${String(id).padStart(10, '0')}`;

/** The allocated VFs, each with its owner: by the GUIDs in VmNicID, else by MAC. */
export function buildVfs(
  snapshot: Snapshot,
  index: VnicIndex,
  vms: ReadonlyMap<Guid, Vm>,
  nics: readonly Nic[],
  unmatched: Unmatched,
): readonly Vf[] {
  const part = 'inventory';
  const source = 'net_adapter_sriov_vf';
  if (snapshot.inventory[source]?.fresh === true) unmatched.looked(part, source);
  const vfs = new Map<string, Vf>();
  for (const row of rowsOf(snapshot.inventory[source])) {
    const vmId = toGuid(row.vmID);
    const mac = toMac(row.currentMacAddress) ?? toMac(row.permanentMacAddress);
    const vnic = index.byTrailingKey(row.vmNicID) ?? index.byMac(mac, vmId);
    if (!vnic) unmatched.add(part, source);
    vfs.set(keyOf(row.interfaceDescription, row.functionID), {
      nic: row.interfaceDescription,
      functionId: row.functionID,
      ...ownerOf(vnic, vmId, row.vmFriendlyName, vms),
      mac,
      vportIds: row.vPortID,
    });
  }
  const traffic = vendorTraffic(snapshot, [...vfs.values()], nics, unmatched);
  const withTraffic = (vf: Vf): Vf => ({ ...vf, traffic: traffic.get(keyOf(vf.nic, vf.functionId)) });
  return sortedBy([...vfs.values()].map(withTraffic), (vf) => keyOf(vf.nic, vf.functionId));
}

function ownerOf(
  vnic: VnicIdentity | undefined,
  vmId: Guid | undefined,
  name: string | undefined,
  vms: ReadonlyMap<Guid, Vm>,
) {
  const itsVm = vnic?.vmId ?? vmId;
  const named = name === '' ? undefined : name;
  return {
    vmId: itsVm,
    vnicId: vnic?.id,
    vmName:
      vnic?.managementOs === true ? undefined : ((itsVm === undefined ? undefined : vms.get(itsVm)?.name) ?? named),
  };
}

/** The vPorts: those of a VF belong to its owner, the PF's own to the one vNIC in their filters. */
export function buildVPorts(
  snapshot: Snapshot,
  index: VnicIndex,
  vfs: readonly Vf[],
  unmatched: Unmatched,
): readonly VPort[] {
  const source = snapshot.inventory.net_adapter_vport;
  if (source?.fresh === true) unmatched.looked('inventory', 'net_adapter_vport');
  const vfByFunction = new Map(vfs.map((vf) => [keyOf(vf.nic, vf.functionId), vf]));
  const vports = new Map<string, VPort>();
  for (const row of rowsOf(source)) {
    const { interfaceDescription: nic, vPortID: vportId, functionID } = row;
    const vf = functionID === undefined ? undefined : vfByFunction.get(keyOf(nic, functionID));
    const macs = vportId === DEFAULT_ID ? [] : (row.filterMacAddresses ?? []);
    const vnic = vf ? undefined : soleVnic(macs, undefined, index);
    if (!vf && !vnic && macs.length > 0) unmatched.add('inventory', 'net_adapter_vport');
    vports.set(keyOf(nic, vportId), {
      nic,
      vportId,
      functionId: vf?.functionId,
      vmId: vf ? vf.vmId : vnic?.vmId,
      vnicId: vf ? vf.vnicId : vnic?.id,
      vmName: vf ? vf.vmName : (vnic?.vm?.name ?? undefined),
      activated: isIn(row.vPortState, VPortState.Activated, VPortState.Undefined),
      queuePairs: row.numQueuePairs,
    });
  }
  return sortedBy(vports.values(), (vport) => keyOf(vport.nic, vport.vportId));
}

/** The one vNIC that all MACs belong to. */
function soleVnic(macs: readonly string[], vmId: Guid | undefined, index: VnicIndex): VnicIdentity | undefined {
  if (macs.length === 1) return index.byMac(toMac(macs[0]), vmId);
  const found = new Set(macs.map((mac) => index.byMac(toMac(mac), vmId)));
  const [vnic] = found;
  return found.size === 1 ? vnic : undefined;
}

/** The VM queues of NICs that are not in SR-IOV mode. */
export function buildVmQueues(
  snapshot: Snapshot,
  index: VnicIndex,
  vms: ReadonlyMap<Guid, Vm>,
  unmatched: Unmatched,
): readonly VmQueue[] {
  const source = snapshot.inventory.net_adapter_vmq_queue;
  if (source?.fresh === true) unmatched.looked('inventory', 'net_adapter_vmq_queue');
  const queues = new Map<string, VmQueue>();
  for (const row of rowsOf(source)) {
    const vmId = toGuid(row.vmID);
    const macs = row.queueID === DEFAULT_ID ? [] : (row.filterMacAddresses ?? []);
    const vnic = soleVnic(macs, vmId, index);
    if (!vnic && macs.length > 0) unmatched.add('inventory', 'net_adapter_vmq_queue');
    queues.set(keyOf(row.interfaceDescription, row.queueID), {
      nic: row.interfaceDescription,
      queueId: row.queueID,
      ...ownerOf(vnic, vmId, row.vmFriendlyName, vms),
      mac: macs.length === 1 ? toMac(macs[0]) : undefined,
      running: isIn(row.state, ReceiveQueueState.Running, ReceiveQueueState.Undefined),
      core: coreOfMask(row.processorGroup, row.processorAffinityMask),
    });
  }
  return sortedBy(queues.values(), (queue) => keyOf(queue.nic, queue.queueId));
}

/**
 * Traffic of VFs from the NIC vendors' counter sets, by VF. How their instances are named is not documented: taken to
 * hold the NIC's description or connection name and the VF's number (docs/unverified.md, winof2-counters).
 */
function vendorTraffic(snapshot: Snapshot, vfs: readonly Vf[], nics: readonly Nic[], unmatched: Unmatched) {
  const known = new Set(vfs.map((vf) => keyOf(vf.nic, vf.functionId)));
  const traffic = new Map<string, Traffic>();
  for (const [source, { traffic: counters }] of vfCounterSets) {
    const rows = snapshot.activity[source];
    if (rows?.fresh === true) unmatched.looked('activity', source);
    const byVf = soleBy(
      rowsOf(rows).filter(({ instance }) => instance !== '_Total'),
      ({ instance }) => {
        const key = vfKeyOf(instance, nics);
        return key !== undefined && known.has(key) ? key : undefined;
      },
      () => unmatched.add('activity', source),
    );
    const valueOf = (values: Readonly<Record<string, number | undefined>>, counter: string | undefined) =>
      counter === undefined ? undefined : values[counter];
    for (const [key, { values }] of byVf)
      traffic.set(key, {
        receiveBytes: valueOf(values, counters.receiveBytes),
        transmitBytes: valueOf(values, counters.transmitBytes),
        receivePackets: valueOf(values, counters.receivePackets),
        transmitPackets: valueOf(values, counters.transmitPackets),
      });
  }
  return traffic;
}

function vfKeyOf(instance: string, nics: readonly Nic[]): string | undefined {
  const number = /\bVF[ _#]*(\d{1,5})\b/i.exec(instance)?.[1];
  if (number === undefined) return undefined;
  let best: { readonly nic: string; readonly length: number } | undefined;
  for (const nic of nics) {
    for (const name of [nic.description, nicLabel(nic.description), nic.friendlyName ?? '']) {
      // The longest name that fits: "… Adapter" is part of "… Adapter #2".
      if (name !== '' && instance.includes(name) && name.length > (best?.length ?? 0)) {
        best = { nic: nic.description, length: name.length };
      }
    }
  }
  return best && keyOf(best.nic, Number(number));
}
