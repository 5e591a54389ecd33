import type { ClusterAnswers } from './answers.ts';
import type { Steps } from '../turn.ts';
import { failoverInSteps, Room } from './failover.ts';
import type { Node, Pool, VmDemand } from './node.ts';

/** A host as a place for a VM. */
export interface Place {
  readonly host: string;
  readonly current: boolean;
  /** Every vNIC that asks for a VF would get one here */
  readonly fits: boolean;
  /** Why it does not: one sentence each */
  readonly against: readonly string[];
  /** vNICs of the cluster without a VF in the worst failure of one host, with the VM here; undefined unless it fits */
  readonly worstFailover?: number | undefined;
  /** VFs that would be left on the vSwitches that the VM needs */
  readonly vfsLeft?: number | undefined;
}

const countBySwitch = ({ vnics }: VmDemand): ReadonlyMap<string, { vnics: number; queuePairs: number }> => {
  const counts = new Map<string, { vnics: number; queuePairs: number }>();
  for (const { vswitch, queuePairs } of vnics) {
    const count = counts.get(vswitch) ?? { vnics: 0, queuePairs: 0 };
    counts.set(vswitch, { vnics: count.vnics + 1, queuePairs: count.queuePairs + queuePairs });
  }
  return counts;
};

const changed = (value: number | undefined, by: number) => (value === undefined ? undefined : Math.max(0, value + by));

/** A host without the VM, or with it: `by` is 1 where its VFs come back. */
function changePools({ pools }: Node, vm: VmDemand, by: 1 | -1): ReadonlyMap<string, Pool> {
  const result = new Map(pools);
  for (const [vswitch, { vnics, queuePairs }] of countBySwitch(vm)) {
    const pool = result.get(vswitch);
    if (pool === undefined) continue;
    result.set(vswitch, {
      vfs: Math.max(0, pool.vfs + by * vnics),
      vports: changed(pool.vports, by * vnics),
      queuePairs: changed(pool.queuePairs, by * queuePairs),
    });
  }
  return result;
}

/** The cluster after a VM has moved. It is taken to hold a VF for each vNIC that asks for one. */
function moved(nodes: readonly Node[], vm: VmDemand, to: string): readonly Node[] {
  return nodes.map((node): Node => {
    const isHere = node.vms.some(({ id }) => id === vm.id);
    if (node.name === to) return isHere ? node : { ...node, vms: [...node.vms, vm], pools: changePools(node, vm, -1) };
    if (!isHere) return node;
    return { ...node, vms: node.vms.filter(({ id }) => id !== vm.id), pools: changePools(node, vm, 1) };
  });
}

function* against(node: Node, vm: VmDemand): Generator<string> {
  if (node.state === 'unknown') yield 'the host is not reachable or its data are too old';
  if (node.state === 'paused') yield 'the host is paused or being drained';
  if (node.state === 'unknown') return;
  for (const [vswitch, need] of countBySwitch(vm)) {
    const pool = node.pools.get(vswitch);
    if (pool === undefined) yield `no vSwitch ${vswitch} with IOV`;
    else if (pool.vfs < need.vnics) yield `${vswitch}: ${pool.vfs} VFs left, ${need.vnics} needed`;
    else if (pool.vports !== undefined && pool.vports < need.vnics)
      yield `${vswitch}: ${pool.vports} vPorts left, ${need.vnics} needed`;
    else if (pool.queuePairs !== undefined && pool.queuePairs < need.queuePairs)
      yield `${vswitch}: ${pool.queuePairs} queue pairs left, ${need.queuePairs} needed`;
  }
}

/** vNICs without a VF in the worst failure of one host. */
function* worstOf(nodes: readonly Node[]): Steps<number> {
  let worst = 0;
  for (const { name, state } of nodes) {
    if (state === 'unknown') continue;
    const { shortfall } = yield* failoverInSteps(name, nodes);
    worst = Math.max(
      worst,
      [...shortfall.values()].reduce((sum, each) => sum + each, 0),
    );
  }
  return worst;
}

/**
 * The hosts of a cluster as places for a VM, the best first: where it gets all its VFs, where the failure of a host then
 * does the least harm, where most VFs are left. It advises; nothing is moved. Pure.
 * @param vm as it is on the host where it runs
 */
export function* placesFor(vm: VmDemand, nodes: readonly Node[]): Steps<readonly Place[]> {
  const places: Place[] = [];
  for (const node of nodes) places.push(yield* placeOn(node, vm, nodes));
  return places.toSorted(
    (a, b) =>
      Number(b.fits) - Number(a.fits) ||
      (a.worstFailover ?? 0) - (b.worstFailover ?? 0) ||
      (b.vfsLeft ?? 0) - (a.vfsLeft ?? 0) ||
      (a.host < b.host ? -1 : 1),
  );
}

function* placeOn(node: Node, vm: VmDemand, nodes: readonly Node[]): Steps<Place> {
  const current = node.vms.some(({ id }) => id === vm.id);
  const free = current ? { ...node, pools: changePools(node, vm, 1) } : node;
  const reasons = [...against(free, vm)];
  const fits = reasons.length === 0 && new Room(free).take(vm).length === 0;
  if (!fits) return { host: node.name, current, fits, against: reasons };
  const after = moved(nodes, vm, node.name);
  const pools = after.find(({ name }) => name === node.name)?.pools;
  const needed = new Set(vm.vnics.map(({ vswitch }) => vswitch));
  const vfsLeft = [...needed].reduce((sum, vswitch) => sum + (pools?.get(vswitch)?.vfs ?? 0), 0);
  return { host: node.name, current, fits, against: [], worstFailover: yield* worstOf(after), vfsLeft };
}

/** A VM with the hosts of its cluster as places for it. */
export interface Placement {
  readonly vm: string;
  readonly vmId: string;
  readonly cluster: string;
  readonly places: readonly Place[];
}

/** The VMs of one name with their places. */
export interface Placements {
  readonly vms: readonly Placement[];
  /** How many more VMs have the name: their places are found by their ids */
  readonly more: number;
}

/** Of how many VMs of one name the places are found: each takes a failover of every host with the VM on every other. */
export const MAX_PLACED = 10;

/**
 * The places of the VMs of this name, or of the one with this id, that run and ask for a VF.
 * @param wanted name in full, or id
 */
export function* placementsOf(
  wanted: string,
  clusters: readonly Pick<ClusterAnswers, 'cluster' | 'nodes'>[],
): Steps<Placements> {
  const vms: Placement[] = [];
  let more = 0;
  for (const { cluster, nodes } of clusters) {
    // A VM in live migration is seen on two hosts.
    const found = new Map(
      nodes.flatMap((node) =>
        node.vms
          .filter(({ id, name }) => id === wanted.toLowerCase() || name === wanted)
          .map((vm) => [vm.id, vm] as const),
      ),
    );
    for (const vm of found.values())
      if (vms.length < MAX_PLACED) vms.push({ vm: vm.name, vmId: vm.id, cluster, places: yield* placesFor(vm, nodes) });
      else more += 1;
    yield;
  }
  return { vms, more };
}
