import type { Guid, Host, Nic, Vnic, VSwitch } from '../host/model.ts';
import { poolOf } from '../host/pool.ts';
import { isComplete } from '../host/sources.ts';
import type { TrackedHost } from '../history/model.ts';
import { groupBy } from './group.ts';
import type { Capacity, Holder, MemberDifference, NicCapacity, VSwitchCapacity } from './model.ts';

const left = (limit: number | undefined, used: number | undefined): number | undefined => poolOf(limit, used).left;

/** The sum; undefined if a term is undefined. */
function sum(values: readonly (number | undefined)[] | undefined): number | undefined {
  let total = 0;
  for (const value of values ?? [undefined]) {
    if (value === undefined) return undefined;
    total += value;
  }
  return total;
}

/** The least of the values; undefined if one is unknown, unless another is 0, because nothing is less than 0. */
const least = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length || known.includes(0) ? Math.min(...known) : undefined;
};

/** What is left of a pool whose limit is 0 if it is not counted. */
const leftOfCounted = (limit: number | undefined, used: number | undefined): number | undefined =>
  limit === 0 ? undefined : left(limit, used);

/**
 * The limits of the VFs of a NIC: NumVFs, and the hardware limit MaxNumVFs. If more VFs than MaxNumVFs are allocated,
 * the driver reports a wrong MaxNumVFs, so it is ignored.
 */
export const vfLimits = ({ vfLimit, vfAllocated, vfHardwareLimit }: Nic): readonly (number | undefined)[] =>
  vfHardwareLimit !== undefined && vfAllocated !== undefined && vfAllocated > vfHardwareLimit
    ? [vfLimit]
    : [vfLimit, vfHardwareLimit];

/** Number of VFs that a NIC can assign: the least of its limits; undefined if NumVFs is unknown. */
const vfCapacity = (nic: Nic): number | undefined =>
  nic.vfLimit === undefined ? undefined : Math.min(...vfLimits(nic).filter((limit) => limit !== undefined));

/**
 * Finds how many VFs, vPorts, queue pairs and VM queues are left, how many VFs can still be assigned, and who holds
 * them. Pure.
 *
 * @param requested by vNIC id: whether IovWeight is above 0 and a VF is expected; undefined if the weight is unknown
 */
export function findCapacity(tracked: TrackedHost, requested: ReadonlyMap<Guid, boolean | undefined>): Capacity {
  const { host } = tracked;
  const holders = groupBy(holdersOf(host), (holder) => holder.nic);
  const nics = new Map(host.nics.map((nic) => [nic.description, nicCapacity(host, nic, holders.get(nic.description))]));
  const byDescription = new Map(host.nics.map((nic) => [nic.description, nic]));
  const vnics = groupBy(host.vnics, (vnic) => vnic.vswitchId);
  const vswitches = host.vswitches.map((vswitch): [Guid, VSwitchCapacity] => {
    const members = vswitch.memberNics?.map((name) => byDescription.get(name));
    const allDemand = demandOf(tracked, vnics.get(vswitch.id) ?? [], requested);
    const memberCapacity = vswitch.memberNics?.map((name) => nics.get(name));
    const limits = limitsOf(vswitch, memberCapacity);
    const fit = (pairs: number | undefined) =>
      least([
        limits.vfsLeft,
        limits.vportsLeft,
        pairs === undefined ? undefined : floorBy(limits.queuePairsLeft, pairs),
      ]);
    const { asked, ...demand } = allDemand;
    return [
      vswitch.id,
      {
        ...limits,
        ...demand,
        usable: fit(asked),
        whatIf: { 1: fit(1), 2: fit(2), 4: fit(4) },
        oversubscribedBy:
          vswitch.iovEnabled === true && vswitch.vfLimit !== undefined
            ? Math.max(0, demand.requested - vswitch.vfLimit)
            : undefined,
        unevenMembers: differences(vswitch, members),
        holders: (vswitch.physicalNics ?? vswitch.memberNics ?? []).flatMap((name) => nics.get(name)?.holders ?? []),
      },
    ];
  });
  return { nics, vswitches: new Map(vswitches) };
}

const floorBy = (value: number | undefined, by: number) => (value === undefined ? undefined : Math.floor(value / by));

function limitsOf(vswitch: VSwitch, members: readonly (NicCapacity | undefined)[] | undefined) {
  // Without IOV, the VF count of the vSwitch is 0 and does not describe the NIC.
  const iov = vswitch.iovEnabled === true;
  return {
    vfsLeft: iov ? left(vswitch.vfLimit, vswitch.vfInUse) : undefined,
    vportsLeft: sum(members?.map((member) => member?.vportsLeft)),
    queuePairsLeft: leftOfCounted(vswitch.queuePairLimit, vswitch.queuePairInUse),
    vmqsLeft: left(vswitch.vmqLimit, vswitch.vmqAllocated),
  };
}

function demandOf(tracked: TrackedHost, vnics: readonly Vnic[], requested: ReadonlyMap<Guid, boolean | undefined>) {
  const byPath = { vf: 0, assigned: 0, synthetic: 0, not_requested: 0, unknown: 0 };
  let asking = 0;
  let waiting = 0;
  let queuePairsPerVf = 1;
  /** A waiting vNIC requests an unknown number of queue pairs, so how many more VFs fit is unknown, too. */
  let pairsUnknown = false;
  for (const vnic of vnics) {
    if (vnic.pathApplies === false || vnic.kind === 'management_os' || vnic.kind === 'legacy') continue;
    const trackedVnic = tracked.vnics.get(vnic.id);
    const path = vnic.pathApplies === true ? (trackedVnic?.path ?? 'unknown') : 'unknown';
    byPath[path] += 1;
    if (requested.get(vnic.id) !== true || path === 'unknown') continue;
    asking += 1;
    if (path !== 'synthetic' || trackedVnic?.settling !== undefined) continue;
    waiting += 1;
    const pairs = vnic.offload?.queuePairsRequested;
    if (pairs === undefined) pairsUnknown = true;
    else queuePairsPerVf = Math.max(queuePairsPerVf, pairs);
  }
  return { byPath, requested: asking, waiting, queuePairsPerVf, asked: pairsUnknown ? undefined : queuePairsPerVf };
}

function nicCapacity(host: Host, nic: Nic, holders: readonly Holder[] = []): NicCapacity {
  const complete = (source: string) => isComplete(host.sources.get(source));
  const pairs = complete('net_adapter_vport')
    ? sum(host.vports.filter((vport) => vport.nic === nic.description).map((vport) => vport.queuePairs))
    : undefined;
  const queues = complete('net_adapter_vmq_queue')
    ? host.vmQueues.filter((queue) => queue.nic === nic.description).length
    : undefined;
  return {
    vfsLeft: left(vfCapacity(nic), nic.vfAllocated),
    vportsLeft: leftOfCounted(nic.vportLimit, nic.vportActive),
    queuePairsLeft: leftOfCounted(nic.queuePairLimit, pairs),
    vmqsLeft: left(nic.vmq?.queueLimit, queues),
    holders,
  };
}

function holdersOf(host: Host): readonly Holder[] {
  const pairs = new Map(host.vports.map((vport) => [`${vport.nic}/${vport.vportId}`, vport.queuePairs]));
  const holder = (pool: Holder['pool'], id: number, of: Omit<Holder, 'pool' | 'id'>): Holder => ({
    pool,
    nic: of.nic,
    id,
    vmId: of.vmId,
    vmName: of.vmName,
    vnicId: of.vnicId,
    queuePairs: of.queuePairs,
  });
  return [
    ...host.vfs.map((vf) =>
      holder('vf', vf.functionId, {
        ...vf,
        queuePairs: sum(vf.vportIds?.map((id) => pairs.get(`${vf.nic}/${id}`))),
      }),
    ),
    ...host.vmQueues
      .filter((queue) => queue.vmId !== undefined || queue.vnicId !== undefined)
      .map((queue) => holder('vmq', queue.queueId, queue)),
  ].sort((a, b) =>
    a.pool === b.pool ? (a.nic === b.nic ? a.id - b.id : a.nic < b.nic ? -1 : 1) : a.pool < b.pool ? 1 : -1,
  );
}

/** The properties in which the members of a SET team are known to differ. */
function differences(vswitch: VSwitch, members: readonly (Nic | undefined)[] | undefined): readonly MemberDifference[] {
  if (vswitch.teaming !== 'set' || members === undefined) return [];
  const differ = (read: (nic: Nic) => unknown) =>
    new Set(members.flatMap((nic) => (nic === undefined ? [] : [read(nic)])).filter((value) => value !== undefined))
      .size > 1;
  const found: MemberDifference[] = [];
  if (differ((nic) => nic.sriovEnabled)) found.push('sriov_enabled');
  if (differ((nic) => nic.sriovSupport ?? (nic.sriovCapable === false ? 'none' : undefined)))
    found.push('sriov_support');
  if (differ((nic) => nic.vfLimit)) found.push('vf_limit');
  return found;
}
