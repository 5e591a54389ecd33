import type { Examined } from '../report/vnic-rows.ts';

/** What is left of a vSwitch with IOV. Undefined: the NIC does not count it, and so it limits nothing. */
export interface Pool {
  readonly vfs: number;
  readonly vports?: number | undefined;
  readonly queuePairs?: number | undefined;
}

/** A running VM with vNICs that ask for a VF. */
export interface VmDemand {
  readonly id: string;
  readonly name: string;
  /** For each of these vNICs the vSwitch that it needs, by name, and the queue pairs that it asks for */
  readonly vnics: readonly { readonly vswitch: string; readonly queuePairs: number }[];
}

/** A host of a cluster, as far as its VFs are concerned. */
export interface Node {
  /** As in the collector's configuration */
  readonly name: string;
  /** `unknown`: not reachable, or its data are too old. `paused`: it takes no VM. */
  readonly state: 'up' | 'paused' | 'unknown';
  readonly vms: readonly VmDemand[];
  /** By vSwitch name, those with IOV whose VFs are known */
  readonly pools: ReadonlyMap<string, Pool>;
}

/** A host as its cluster needs it. @param view undefined where the host was never read */
export function nodeOf(name: string, view: Examined | undefined): Node {
  if (view === undefined || view.tracked.host.takenAt === undefined)
    return { name, state: 'unknown', vms: [], pools: new Map() };
  const { host } = view.tracked;
  const vms = new Map<string, { name: string; vnics: { vswitch: string; queuePairs: number }[] }>();
  for (const vnic of host.vnics) {
    const asks = vnic.pathApplies !== false && view.diagnosis.vnics.get(vnic.id)?.vfRequested === true;
    if (!asks || vnic.vmId === undefined || vnic.vswitchName === undefined) continue;
    const vm = vms.get(vnic.vmId) ?? { name: vnic.vmName ?? vnic.vmId, vnics: [] };
    vms.set(vnic.vmId, vm);
    vm.vnics.push({ vswitch: vnic.vswitchName, queuePairs: vnic.offload?.queuePairsRequested ?? 1 });
  }
  const pools = host.vswitches.flatMap(({ id, name: vswitch, iovEnabled }): [string, Pool][] => {
    const left = view.diagnosis.capacity.vswitches.get(id);
    if (iovEnabled !== true || left?.vfsLeft === undefined) return [];
    return [[vswitch, { vfs: left.vfsLeft, vports: left.vportsLeft, queuePairs: left.queuePairsLeft }]];
  });
  const paused = host.cluster?.state === 'paused' || host.cluster?.draining === true;
  return {
    name,
    state: paused ? 'paused' : 'up',
    vms: [...vms].map(([id, vm]) => ({ id, ...vm })),
    pools: new Map(pools),
  };
}
