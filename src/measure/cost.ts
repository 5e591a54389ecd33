import type { GuestDevice } from './guest/devices.ts';
import type { Guid, VnicPath } from '../host/model.ts';
import type { TrackedHost } from '../history/model.ts';

/** What the guest's own exporter said, and when: Unix milliseconds. */
export interface GuestReading {
  readonly at: number;
  readonly from: 'guest exporter' | 'simulated guest exporter';
  readonly devices: readonly GuestDevice[];
}

/**
 * Bytes over the VF do not pass the vSwitch: on the VF they come from the NIC vendor's counters or from the guest's own
 * exporter, or they are not visible from the host.
 */
export const BYTES_FROM = [
  'vSwitch counters',
  'VF counters of the NIC',
  'guest exporter',
  'simulated guest exporter',
] as const;
export type BytesFrom = (typeof BYTES_FROM)[number];

/** What a VM has used up to one moment: cumulative, undefined where it cannot be read. */
export interface Meter {
  /** When the counters were read, Unix milliseconds */
  readonly at: number;
  /** The path that all its vNICs share; undefined where they differ or it is not known */
  readonly path: VnicPath | undefined;
  readonly processors: number | undefined;
  readonly hostProcessors: number | undefined;
  readonly guestSeconds: number | undefined;
  readonly rootSeconds: number | undefined;
  /** In and out together, where the host sees them */
  readonly bytes: number | undefined;
  readonly bytesFrom: BytesFrom | undefined;
  readonly macs: readonly string[];
  readonly guest: GuestReading | undefined;
}

export interface TrafficCost {
  readonly vm: string;
  readonly path: VnicPath | 'mixed';
  readonly seconds: number;
  readonly processors?: number | undefined;
  readonly hostProcessors?: number | undefined;
  /** Share of the VM's processors, 0 to 1 */
  readonly guestCpu?: number | undefined;
  /** Share of the host's logical processors that the management OS uses, for all VMs together */
  readonly rootCpu?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
  readonly bytesFrom?: BytesFrom | undefined;
  /** Guest CPU seconds for a gigabyte (10^9 bytes) moved */
  readonly guestSecondsPerGigabyte?: number | undefined;
}

/** Reads the meter of a VM. What a guest's exporter says counts on either path. Pure. */
export function readMeter(tracked: TrackedHost, vmId: Guid, guest: GuestReading | undefined): Meter {
  const { host, vnics, now } = tracked;
  const vm = host.vms.find(({ id }) => id === vmId);
  const own = host.vnics.filter((vnic) => vnic.vmId === vmId && vnic.pathApplies !== false);
  const paths = new Set(own.map((vnic) => vnics.get(vnic.id)?.path ?? vnic.path));
  const [path] = paths;
  const single = paths.size === 1 ? path : undefined;
  const { rootGuestSeconds, rootHypervisorSeconds } = host.cpu;
  return {
    at: host.sources.get('counters_virtual_processor')?.takenAt ?? now,
    path: single,
    processors: vm?.processors,
    hostProcessors: host.platform.logicalProcessors,
    guestSeconds: vm?.cpu?.guestSeconds,
    rootSeconds: add(rootGuestSeconds, rootHypervisorSeconds),
    ...(guest === undefined ? visibleBytes(host, vmId, single) : { bytes: undefined, bytesFrom: guest.from }),
    macs: own.flatMap(({ mac }) => mac ?? []),
    guest,
  };
}

function visibleBytes(
  { vnics, vfs }: TrackedHost['host'],
  vmId: Guid,
  path: VnicPath | undefined,
): Pick<Meter, 'bytes' | 'bytesFrom'> {
  const none = { bytes: undefined, bytesFrom: undefined };
  const total = (
    all: readonly { readonly traffic?: { readonly receiveBytes?: number; readonly transmitBytes?: number } }[],
  ) =>
    all.length === 0
      ? undefined
      : all.map(({ traffic }) => add(traffic?.receiveBytes, traffic?.transmitBytes)).reduce(add);
  if (path === 'synthetic' || path === 'assigned' || path === 'not_requested')
    return {
      bytes: total(vnics.filter((vnic) => vnic.vmId === vmId && vnic.pathApplies !== false)),
      bytesFrom: 'vSwitch counters',
    };
  if (path !== 'vf') return none;
  const bytes = total(vfs.filter((vf) => vf.vmId === vmId));
  return bytes === undefined ? none : { bytes, bytesFrom: 'VF counters of the NIC' };
}

const add = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

/** What lies between two readings of one VM. A counter that went back (a restart of the VM) is not known. Pure. */
export function trafficCost(vm: string, first: Meter, last: Meter): TrafficCost {
  const seconds = (last.at - first.at) / 1000;
  const guest = grown(first.guestSeconds, last.guestSeconds);
  const rate = byteRate(first, last);
  return {
    vm,
    path: first.path !== undefined && first.path === last.path ? first.path : 'mixed',
    seconds,
    processors: last.processors,
    hostProcessors: last.hostProcessors,
    guestCpu: share(guest, last.processors, seconds),
    rootCpu: share(grown(first.rootSeconds, last.rootSeconds), last.hostProcessors, seconds),
    bytesPerSecond: rate,
    bytesFrom: rate === undefined ? undefined : last.bytesFrom,
    guestSecondsPerGigabyte:
      guest === undefined || rate === undefined || rate === 0 || seconds <= 0
        ? undefined
        : guest / seconds / (rate / 1e9),
  };
}

const grown = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined || b < a ? undefined : b - a;

const share = (used: number | undefined, processors: number | undefined, seconds: number): number | undefined =>
  used === undefined || processors === undefined || processors === 0 || seconds <= 0
    ? undefined
    : used / (processors * seconds);

function byteRate(first: Meter, last: Meter): number | undefined {
  if (first.bytesFrom !== last.bytesFrom) return undefined;
  const [from, to] = [first.guest, last.guest];
  const bytes =
    from === undefined || to === undefined ? grown(first.bytes, last.bytes) : guestBytes(from, to, last.macs);
  const seconds = from === undefined || to === undefined ? last.at - first.at : to.at - from.at;
  return bytes === undefined || seconds <= 0 ? undefined : (bytes * 1000) / seconds;
}

/** Names of a guest's devices that are no way out of it. */
const INNER = /loopback|isatap|teredo|^lo$/i;
const VF = /virtual function/i;

/**
 * What a guest moved between two readings. Synthetic NIC and VF of a vNIC have one MAC, and Linux counts the VF's bytes
 * on both: of the devices of one MAC the one that grew most counts. Where the exporter gives no MACs, the names tell.
 */
function guestBytes(first: GuestReading, last: GuestReading, macs: readonly string[]): number | undefined {
  const before = new Map(first.devices.map(({ device, bytes }) => [device, bytes]));
  const growth = last.devices.flatMap(({ device, mac, bytes }) => {
    const by = grown(before.get(device), bytes);
    return by === undefined ? [] : [{ device, mac, by }];
  });
  const ofMac = macs.flatMap((mac) => {
    const sameMac = growth.filter((device) => device.mac === mac);
    return sameMac.length === 0 ? [] : [Math.max(...sameMac.map(({ by }) => by))];
  });
  if (ofMac.length > 0) return ofMac.reduce((sum, by) => sum + by, 0);
  // A MAC that is not one of this VM's means another machine's exporter.
  const named = growth.filter(({ device, mac }) => mac === undefined && !INNER.test(device));
  if (named.length === 0) return undefined;
  const sum = (devices: readonly { readonly by: number }[]) => devices.reduce((total, { by }) => total + by, 0);
  return Math.max(
    sum(named.filter(({ device }) => VF.test(device))),
    sum(named.filter(({ device }) => !VF.test(device))),
  );
}
