import { vfCounterSets } from '../document/queries/index.ts';
import type { TrackedHost } from '../history/model.ts';
import type { Guid, Host, Vnic, VnicPath } from '../host/model.ts';
import { createRing, type RingPoint, type SavedRing } from './ring.ts';

const MINUTE = 60_000;

/** Paths by the number that stands for each in the ring. */
const PATHS: readonly VnicPath[] = ['vf', 'assigned', 'synthetic', 'not_requested', 'unknown'];
/** No path to determine: the VM does not run, or the vNIC is not connected */
const NO_PATH = PATHS.length;

export interface Point<T> {
  /** Unix milliseconds */
  readonly at: number;
  readonly value: T | undefined;
}

/** Values over time, oldest first; a moment at which a value was not known has a point without it. */
export interface HostTrend {
  /** vNICs that have a path, by path */
  readonly paths: readonly Point<Readonly<Record<VnicPath, number>>>[];
  /** Busy share of the root partition's virtual processors, 0 to 1 */
  readonly rootCpu: readonly Point<number>[];
}

export interface VSwitchTrend {
  readonly vfs: readonly Point<{ readonly used: number; readonly limit: number }>[];
  readonly vmQueues: readonly Point<{ readonly used: number; readonly limit: number }>[];
}

export interface VnicTrend {
  /** undefined where it was not read; `none` while the VM did not run or the vNIC was not connected */
  readonly path: readonly Point<VnicPath | 'none'>[];
  /** Bytes per second, both directions, mean over the step */
  readonly syntheticBytes: readonly Point<number>[];
  /** The same on the VF, where the NIC's vendor has counters for it */
  readonly vfBytes: readonly Point<number>[];
}

/** The last hours of a host in memory: what the charts of the pages show. */
export interface Trends {
  /** Records the moment; call it after each poll of any part. */
  observe(tracked: TrackedHost): void;
  host(): HostTrend;
  vswitch(id: Guid): VSwitchTrend;
  vnic(id: Guid): VnicTrend;
  /** Guest CPU in processors: 1 is one virtual processor busy */
  vmCpu(id: Guid): readonly Point<number>[];
  /** Bytes per second on the VF of a vNIC at the last poll, both directions; undefined where they are not counted */
  vfBytes(vnicId: Guid): number | undefined;
  /** Bytes that the values take now */
  bytes(): number;
  save(): SavedTrends;
  /** Takes over what a former run saved. */
  restore(saved: SavedTrends, now: number): void;
}

/** The rings, by the name that they have in the saved file. */
export const TREND_RINGS = ['host', 'vswitches', 'vnics', 'vms'] as const;
export type SavedTrends = Readonly<Record<(typeof TREND_RINGS)[number], SavedRing>>;

/** The host itself, in a ring of rows by id */
const HOST_ID = '';

/** 12 hours each minute for the host and its vSwitches, 6 hours each two minutes for vNICs and VMs. */
export const TREND_SHAPES = {
  host: { step: MINUTE, steps: 720, columns: PATHS.length + 1, ids: 1 },
  vswitches: { step: MINUTE, steps: 720, columns: 4, ids: 64 },
  vnics: { step: 2 * MINUTE, steps: 180, columns: 3, ids: 4096 },
  vms: { step: 2 * MINUTE, steps: 180, columns: 1, ids: 2048 },
} as const;

/** The recorded hours of one host, empty. Each new view adds its step; reading and saving never change it. */
export function createTrends(): Trends {
  const rings = {
    host: createRing(TREND_SHAPES.host),
    vswitches: createRing(TREND_SHAPES.vswitches),
    vnics: createRing(TREND_SHAPES.vnics),
    vms: createRing(TREND_SHAPES.vms),
  };
  const rootCpu = rateOfOne();
  const ratesNow = ratesOfVfs();
  let onVf: ReadonlyMap<Guid, number> = new Map();
  /** The inventory that vNICs and VMs were last recorded from */
  let sequence: number | undefined;

  return {
    observe({ host, now, vnics, rates }) {
      const cpu = rootCpuOf(host);
      const share = cpu === undefined ? undefined : rootCpu(cpu.at, cpu.seconds, cpu.processors);
      rings.host.record(now, [[HOST_ID, [...countsOf(host, vnics), share]]]);
      rings.vswitches.record(
        now,
        host.vswitches.map((vswitch) => [
          vswitch.id,
          [vswitch.vfInUse, vswitch.vfLimit, vswitch.vmqAllocated, vswitch.vmqLimit],
        ]),
      );
      onVf = ratesNow(host);
      // Once a step, and again with each inventory in it. Without an inventory nothing is known of VMs and vNICs.
      const { inventorySequence } = host;
      if (host.takenAt === undefined || (inventorySequence === sequence && !rings.vnics.isNewStep(now))) return;
      sequence = inventorySequence;
      const seconds = TREND_SHAPES.vnics.step / 1000;
      rings.vnics.record(
        now,
        host.vnics
          .filter(({ kind }) => kind !== 'management_os')
          .map((vnic) => [
            vnic.id,
            [
              pathNumber(vnic, vnics.get(vnic.id)?.path),
              sum(rates.vnicReceiveBytes(vnic.id, seconds), rates.vnicTransmitBytes(vnic.id, seconds)),
              onVf.get(vnic.id),
            ],
          ]),
      );
      rings.vms.record(
        now,
        host.vms.map((vm) => [vm.id, [rates.vmGuestCpu(vm.id, seconds)]]),
      );
    },
    host() {
      const points = rings.host.points(HOST_ID);
      return {
        paths: points.map(({ at, values }) => ({ at, value: numbersByPath(values) })),
        rootCpu: column(points, PATHS.length),
      };
    },
    vswitch(id) {
      const points = rings.vswitches.points(id);
      const pool = (from: number) =>
        points.map(({ at, values }) => {
          const [used = Number.NaN, limit = Number.NaN] = values.slice(from, from + 2);
          return { at, value: Number.isNaN(used) || Number.isNaN(limit) ? undefined : { used, limit } };
        });
      return { vfs: pool(0), vmQueues: pool(2) };
    },
    vnic(id) {
      const points = rings.vnics.points(id);
      return {
        path: points.map(({ at, values: [number = Number.NaN] }) => ({
          at,
          value: number === NO_PATH ? ('none' as const) : PATHS[number],
        })),
        syntheticBytes: column(points, 1),
        vfBytes: column(points, 2),
      };
    },
    vmCpu: (id) => column(rings.vms.points(id), 0),
    vfBytes: (id) => onVf.get(id),
    bytes: () => Object.values(rings).reduce((total, ring) => total + ring.size() * Float32Array.BYTES_PER_ELEMENT, 0),
    save: () => mapRings((name) => rings[name].save()),
    restore(saved, now) {
      for (const name of TREND_RINGS) rings[name].restore(saved[name], now);
    },
  };
}

/** How many vNICs are on each path; undefined where one number was not known. */
function numbersByPath(values: readonly number[]): Readonly<Record<VnicPath, number>> | undefined {
  const numbers: Record<VnicPath, number> = { vf: 0, assigned: 0, synthetic: 0, not_requested: 0, unknown: 0 };
  for (const [index, path] of PATHS.entries()) {
    const number = values[index] ?? 0;
    if (Number.isNaN(number)) return undefined;
    numbers[path] = number;
  }
  return numbers;
}

/** One value per ring, made by its name. */
export const mapRings = <T>(
  make: (name: (typeof TREND_RINGS)[number]) => T,
): Readonly<Record<keyof SavedTrends, T>> => ({
  host: make('host'),
  vswitches: make('vswitches'),
  vnics: make('vnics'),
  vms: make('vms'),
});

const column = (points: readonly RingPoint[], index: number): readonly Point<number>[] =>
  points.map(({ at, values }) => {
    const value = values[index] ?? Number.NaN;
    return { at, value: Number.isNaN(value) ? undefined : value };
  });

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

/** How many vNICs are on each path, in the order of PATHS; undefined while the vNICs are not known. */
function countsOf(host: Host, tracked: TrackedHost['vnics']): readonly (number | undefined)[] {
  if (host.takenAt === undefined) return PATHS.map(() => undefined);
  const counts = PATHS.map(() => 0);
  for (const vnic of host.vnics) {
    if (vnic.pathApplies !== true) continue;
    const at = PATHS.indexOf(tracked.get(vnic.id)?.path ?? vnic.path);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

const pathNumber = (vnic: Vnic, published: VnicPath | undefined): number | undefined => {
  if (vnic.pathApplies === false) return NO_PATH;
  return vnic.identityOnly ? undefined : PATHS.indexOf(published ?? vnic.path);
};

/** CPU seconds of the root partition, guest and hypervisor time of its virtual processors together. */
function rootCpuOf({ cpu, sources }: Host) {
  const state = sources.get('counters_root_virtual_processor');
  const { rootGuestSeconds: guest, rootHypervisorSeconds: hypervisor, rootInstances: processors } = cpu;
  if (state?.fresh !== true || guest === undefined || processors === undefined || processors === 0) return undefined;
  return { at: state.takenAt, seconds: guest + (hypervisor ?? 0), processors };
}

/** Mean rate of a cumulative value between two readings, per `per` of it; what went down was reset. */
function rateOfOne() {
  let last: { readonly at: number; readonly value: number; readonly rate: number | undefined } | undefined;
  return (at: number, value: number, per: number): number | undefined => {
    if (last !== undefined && at === last.at) return last.rate;
    const rate =
      last === undefined || at <= last.at || value < last.value
        ? undefined
        : ((value - last.value) * 1000) / (at - last.at) / per;
    last = { at, value, rate };
    return rate;
  };
}

/** Bytes per second on the VF of each vNIC, between two readings of the vendor's counters. */
function ratesOfVfs() {
  const rateOf = new Map<Guid, ReturnType<typeof rateOfOne>>();
  return (host: Host): ReadonlyMap<Guid, number> => {
    const found = new Map<Guid, number>();
    const at = vfCountersReadAt(host);
    const seen = new Set<Guid>();
    for (const { vnicId, traffic } of host.vfs) {
      const bytes = sum(traffic?.receiveBytes, traffic?.transmitBytes);
      if (vnicId === undefined || bytes === undefined || at === undefined) continue;
      seen.add(vnicId);
      const rate = rateOf.get(vnicId) ?? rateOfOne();
      rateOf.set(vnicId, rate);
      const value = rate(at, bytes, 1);
      if (value !== undefined) found.set(vnicId, value);
    }
    for (const id of rateOf.keys()) if (!seen.has(id)) rateOf.delete(id);
    return found;
  };
}

function vfCountersReadAt({ sources }: Host): number | undefined {
  const times = vfCounterSets.flatMap(([source]) => {
    const state = sources.get(source);
    return state?.fresh === true ? [state.takenAt] : [];
  });
  return times.length === 0 ? undefined : Math.max(...times);
}
