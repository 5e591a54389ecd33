import type { Guid, VnicPath } from '../host/model.ts';
import type { TrackedHost } from '../history/model.ts';

/** What a VM has used up to one moment: cumulative, undefined where it can not be read. */
export interface Meter {
  /** Unix milliseconds */
  readonly at: number;
  /** The path that all its vNICs share; undefined where they differ or it is not known */
  readonly path: VnicPath | undefined;
  readonly processors: number | undefined;
  readonly hostProcessors: number | undefined;
  readonly guestSeconds: number | undefined;
  readonly rootSeconds: number | undefined;
  /** In and out together */
  readonly bytes: number | undefined;
  readonly bytesFrom: BytesFrom | undefined;
}

/**
 * Bytes over the VF do not pass the vSwitch: on the VF they come from the NIC vendor's counters or from the guest's own
 * exporter, or they are not visible from the host.
 */
export type BytesFrom = 'vSwitch counters' | 'VF counters of the NIC' | 'guest exporter' | 'simulated guest exporter';

export interface Price {
  readonly vm: string;
  readonly path: VnicPath | 'mixed';
  readonly seconds: number;
  /** Share of the VM's processors */
  readonly guestCpu?: number | undefined;
  /** Share of the host's logical processors */
  readonly rootCpu?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
  readonly bytesFrom?: BytesFrom | undefined;
  /** Guest CPU seconds for a gigabyte (10^9 bytes) moved */
  readonly guestSecondsPerGigabyte?: number | undefined;
}

/** Reads the meter of a VM. `bytes` are those of a guest exporter, where there is one; they count on either path. */
export function readMeter(
  { host, vnics }: TrackedHost,
  vmId: Guid,
  at: number,
  guest: { readonly bytes: number; readonly from: BytesFrom } | undefined,
): Meter {
  const vm = host.vms.find((one) => one.id === vmId);
  const own = host.vnics.filter((vnic) => vnic.vmId === vmId);
  const paths = new Set(own.map((vnic) => vnics.get(vnic.id)?.path ?? vnic.path));
  const [path] = paths;
  const single = paths.size === 1 ? path : undefined;
  const { rootGuestSeconds, rootHypervisorSeconds } = host.cpu;
  return {
    at,
    path: single,
    processors: vm?.processors,
    hostProcessors: host.platform.logicalProcessors,
    guestSeconds: vm?.cpu?.guestSeconds,
    rootSeconds: add(rootGuestSeconds, rootHypervisorSeconds),
    ...(guest === undefined ? visibleBytes(host, vmId, single) : { bytes: guest.bytes, bytesFrom: guest.from }),
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
    return { bytes: total(vnics.filter((vnic) => vnic.vmId === vmId)), bytesFrom: 'vSwitch counters' };
  if (path !== 'vf') return none;
  const bytes = total(vfs.filter((vf) => vf.vmId === vmId));
  return bytes === undefined ? none : { bytes, bytesFrom: 'VF counters of the NIC' };
}

const add = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

/** What lies between two readings. A counter that went back (a restart of the VM) is not known. */
export function priceOf(vm: string, first: Meter, last: Meter): Price {
  const seconds = (last.at - first.at) / 1000;
  const grown = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined || b < a || seconds <= 0 ? undefined : b - a;
  const guest = grown(first.guestSeconds, last.guestSeconds);
  const root = grown(first.rootSeconds, last.rootSeconds);
  const bytes = first.bytesFrom === last.bytesFrom ? grown(first.bytes, last.bytes) : undefined;
  return {
    vm,
    path: first.path !== undefined && first.path === last.path ? first.path : 'mixed',
    seconds,
    guestCpu: share(guest, last.processors, seconds),
    rootCpu: share(root, last.hostProcessors, seconds),
    bytesPerSecond: bytes === undefined ? undefined : bytes / seconds,
    bytesFrom: bytes === undefined ? undefined : last.bytesFrom,
    guestSecondsPerGigabyte:
      guest === undefined || bytes === undefined || bytes === 0 ? undefined : guest / (bytes / 1e9),
  };
}

const share = (used: number | undefined, processors: number | undefined, seconds: number): number | undefined =>
  used === undefined || processors === undefined || processors === 0 ? undefined : used / (processors * seconds);
