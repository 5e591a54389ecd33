import { atOnce, type Steps } from '../turn.ts';
import type { Node, Pool, VmDemand } from './node.ts';

/** What would happen if a host failed now. */
export interface Failover {
  readonly host: string;
  /** By vSwitch name: vNICs that ask for a VF and would have none. Every vSwitch that is asked for is in it. */
  readonly shortfall: ReadonlyMap<string, number>;
  /** VMs that would have too few VFs wherever they are started */
  readonly short: readonly { readonly id: string; readonly name: string; readonly without: number }[];
  /** False where a host of the cluster is not known: its VFs count as none, so the shortfall may be smaller */
  readonly complete: boolean;
}

/** The pools of a host while VMs are placed on it. */
export class Room {
  readonly name: string;
  readonly #pools: Map<string, { vfs: number; vports: number; queuePairs: number }>;

  constructor({ name, pools }: Pick<Node, 'name' | 'pools'>) {
    this.name = name;
    this.#pools = new Map([...pools].map(([vswitch, pool]) => [vswitch, numbers(pool)]));
  }

  /** Takes a VF for each vNIC that can have one. Returns the vSwitches of those that cannot. */
  take({ vnics }: VmDemand): readonly string[] {
    return vnics.flatMap(({ vswitch, queuePairs }) => {
      const pool = this.#pools.get(vswitch);
      if (pool === undefined || pool.vfs < 1 || pool.vports < 1 || pool.queuePairs < queuePairs) return [vswitch];
      pool.vfs -= 1;
      pool.vports -= 1;
      pool.queuePairs -= queuePairs;
      return [];
    });
  }

  copy(): Room {
    return new Room({ name: this.name, pools: this.#pools });
  }
}

const numbers = ({ vfs, vports = Infinity, queuePairs = Infinity }: Pool) => ({
  vfs: Math.max(0, vfs),
  vports: Math.max(0, vports),
  queuePairs: Math.max(0, queuePairs),
});

const pairsOf = ({ vnics }: VmDemand): number => vnics.reduce((sum, { queuePairs }) => sum + queuePairs, 0);
const bySize = (a: VmDemand, b: VmDemand): number =>
  b.vnics.length - a.vnics.length || pairsOf(b) - pairsOf(a) || (a.id < b.id ? -1 : 1);

/** VMs that are placed in one step: each is tried on up to 63 hosts */
const VMS_IN_STEP = 8;

/**
 * What the failure of a host would leave without a VF: its VMs are placed on the others by first fit, the biggest first,
 * each on one host, as the cluster does. A VM that fits nowhere goes where most of its vNICs get a VF. Paused hosts and
 * those that are not known take none. Pure.
 */
export const failoverOf = (host: string, nodes: readonly Node[]): Failover => atOnce(failoverInSteps(host, nodes));

/** The same, with a pause after every few VMs. */
export function* failoverInSteps(host: string, nodes: readonly Node[]): Steps<Failover> {
  const failing = nodes.find(({ name }) => name === host);
  const rooms = nodes.filter(({ name, state }) => name !== host && state === 'up').map((node) => new Room(node));
  const shortfall = new Map<string, number>();
  const short: Failover['short'][number][] = [];
  for (const [index, vm] of (failing?.vms ?? []).toSorted(bySize).entries()) {
    if (index % VMS_IN_STEP === 0) yield;
    for (const { vswitch } of vm.vnics) shortfall.set(vswitch, shortfall.get(vswitch) ?? 0);
    let best: Room | undefined;
    let least = Infinity;
    for (const room of rooms) {
      const without = room.copy().take(vm).length;
      if (without < least) [best, least] = [room, without];
      if (least === 0) break;
    }
    const without = best === undefined ? vm.vnics.map(({ vswitch }) => vswitch) : best.take(vm);
    for (const vswitch of without) shortfall.set(vswitch, (shortfall.get(vswitch) ?? 0) + 1);
    if (without.length > 0) short.push({ id: vm.id, name: vm.name, without: without.length });
  }
  return { host, shortfall, short, complete: nodes.every(({ name, state }) => name === host || state !== 'unknown') };
}

/** The failover of each host that is known. */
export function* failoversInSteps(nodes: readonly Node[]): Steps<readonly Failover[]> {
  const found: Failover[] = [];
  for (const { name, state } of nodes) if (state !== 'unknown') found.push(yield* failoverInSteps(name, nodes));
  return found;
}
