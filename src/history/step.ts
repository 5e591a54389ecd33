import type { Guid, Host } from '../host/model.ts';
import { atOnce, eachInSteps, type Steps } from '../turn.ts';
import {
  type CpuInstances,
  emptyHostObjects,
  type HostObjects,
  hostCpuWithoutShrunkSums,
  stepHostObjects,
} from './host-objects.ts';
import type { TrackedHost, TrackedVnic, Transition } from './model.ts';
import { stepPaths, type VnicHistory } from './paths.ts';
import { emptyRates, observeHost, ratesOf, type RateState } from './rates.ts';
import { nicsRestarted, settlingCause } from './settling.ts';
import { stepVms, type VmHistory, withoutShrunkSums } from './vms.ts';

/** All state that is kept from poll to poll. Immutable: step() returns a new one. */
export interface History {
  /** inventorySequence of the latest document in it */
  readonly sequence?: number;
  /** When that document was read on the host, Unix milliseconds */
  readonly takenAt?: number;
  /** This process has added an inventory document: differences from now on are changes that it has seen */
  readonly watching: boolean;
  readonly vnics: ReadonlyMap<Guid, VnicHistory>;
  readonly vms: ReadonlyMap<Guid, VmHistory>;
  readonly objects: HostObjects;
  readonly cpuInstances: CpuInstances;
  readonly rates: RateState;
}

/** The history of a host before its first poll. */
export const emptyHistory = (): History => ({
  watching: false,
  vnics: new Map(),
  vms: new Map(),
  objects: emptyHostObjects(),
  cpuInstances: {},
  rates: emptyRates(),
});

/**
 * Adds a Host to the history: since when, how often, what is settling, rates. Pure. Call it after each poll of any part;
 * only a new inventory document (a new inventorySequence with newly read vNICs) changes paths.
 *
 * @param now the source's clock, Unix milliseconds; "since" uses the document's own time
 * @param speed of the host: the times to settle are divided by it. 1 for a real host
 */
export const step = (former: History, host: Host, now: number, speed?: number): Stepped =>
  atOnce(stepInSteps(former, host, now, speed));

interface Stepped {
  readonly history: History;
  readonly tracked: TrackedHost;
}

/** The same, with pauses. */
export function* stepInSteps(former: History, host: Host, now: number, speed = 1): Steps<Stepped> {
  const { history: folded, transitions } = isNewDocument(former, host)
    ? yield* foldDocument(notAfter(former, host.takenAt), host, host.takenAt)
    : { history: former, transitions: [] };
  const vmStep = withoutShrunkSums(folded.vms, host);
  yield;
  const cpuStep = hostCpuWithoutShrunkSums(folded.cpuInstances, host.cpu);
  const seen: Host = { ...vmStep.host, cpu: cpuStep.cpu };
  const history: History = {
    ...folded,
    vms: vmStep.vms,
    cpuInstances: cpuStep.instances,
    rates: observeHost(folded.rates, seen),
  };
  yield;
  return { history, tracked: yield* track(history, seen, now, transitions, speed) };
}

/** A document without vNICs leaves the earlier rows in place; the same rows a second time do not confirm a path. */
function isNewDocument(former: History, host: Host): host is Host & { readonly takenAt: number } {
  return host.takenAt !== undefined && host.inventorySequence !== former.sequence && host.takenAt !== former.takenAt;
}

/**
 * The history with no time later than `at`, which is earlier than that of its last document if the clock was set back:
 * ages would be negative, and what settles would do so until the clock has reached the former time again.
 */
function notAfter(former: History, at: number): History {
  if (former.takenAt === undefined || former.takenAt <= at) return former;
  const bounded = (time: number | undefined) => time && Math.min(time, at);
  /** When it really began is not known any more. */
  const since = <T extends { readonly since: number }>(path: T | undefined) =>
    path && path.since > at ? { ...path, since: at, seen: false } : path;
  const vnics = [...former.vnics].map(([id, vnic]): [Guid, VnicHistory] => [
    id,
    {
      ...vnic,
      seen: Math.min(vnic.seen, at),
      last: since(vnic.last),
      published: since(vnic.published),
      recentChanges: vnic.recentChanges.map((time) => Math.min(time, at)),
      lastOnVf: bounded(vnic.lastOnVf),
    },
  ]);
  const vms = [...former.vms].map(([id, vm]): [Guid, VmHistory] => [
    id,
    { ...vm, arrived: bounded(vm.arrived), start: bounded(vm.start) },
  ]);
  const nics = [...former.objects.nics].map(
    ([name, nic]) => [name, { ...nic, restarted: bounded(nic.restarted) }] as const,
  );
  return {
    ...former,
    takenAt: at,
    vnics: new Map(vnics),
    vms: new Map(vms),
    objects: { ...former.objects, nics: new Map(nics) },
  };
}

function* foldDocument(
  former: History,
  host: Host,
  at: number,
): Steps<{ readonly history: History; readonly transitions: readonly Transition[] }> {
  const { watching } = former;
  const paths = yield* stepPaths(former.vnics, host, at, watching);
  yield;
  const vms = stepVms(former.vms, host, at, watching, former.takenAt);
  const { objects, transitions } = stepHostObjects(former.objects, host, at, watching);
  const history: History = {
    ...former,
    sequence: host.inventorySequence,
    takenAt: at,
    watching: true,
    vnics: paths.vnics,
    vms: vms.vms,
    objects,
  };
  yield;
  return { history, transitions: [...transitions, ...vms.transitions, ...paths.transitions] };
}

const LOSS_SPAN = 3_600_000;

function* track(
  history: History,
  host: Host,
  now: number,
  transitions: readonly Transition[],
  speed: number,
): Steps<TrackedHost> {
  const vms = new Map(host.vms.map((vm) => [vm.id, vm]));
  const restarted = nicsRestarted(host, history.objects);
  const vnics = yield* eachInSteps(host.vnics, (vnic): [Guid, TrackedVnic] => {
    const vnicHistory = history.vnics.get(vnic.id);
    const vm = vnic.vmId === undefined ? undefined : vms.get(vnic.vmId);
    const vmHistory = vnic.vmId === undefined ? undefined : history.vms.get(vnic.vmId);
    const trackedVnic = {
      path: vnic.path === 'unknown' ? 'unknown' : (vnicHistory?.published?.path ?? 'unknown'),
      since: vnicHistory?.published?.since,
      sinceSeen: vnicHistory?.published?.seen,
      settling: settlingCause(vnic, vm, vmHistory, restarted, host, now, speed),
      transitionsTo: vnicHistory?.transitionsTo ?? { vf: 0, synthetic: 0 },
      recentChanges: vnicHistory?.recentChanges ?? [],
      lastOnVf:
        vnicHistory?.lastOnVf !== undefined && vnicHistory.lastOnVf > now - LOSS_SPAN
          ? vnicHistory.lastOnVf
          : undefined,
    };
    return [vnic.id, trackedVnic];
  });
  return { host, now, vnics: new Map(vnics), transitions, rates: ratesOf(history.rates) };
}
