import type { Guid, Host, Vnic, VnicPath } from '../host/model.ts';
import type { Transition } from './model.ts';
import { UPTIME_TOLERANCE, vmStart } from './vms.ts';

/** Changes of path are kept for a day, and not more of them than a page can show. */
const CHANGES_SPAN = 24 * 3_600_000;
const CHANGES_MAX = 500;
/** A vNIC that no document has shown for a day is forgotten: its identity is not held over longer either. */
export const FORGET_AFTER = 24 * 3_600_000;

/** What is remembered of a vNIC between documents. */
export interface VnicHistory {
  readonly names: Transition['names'];
  /** When a document last showed it, Unix milliseconds */
  readonly seen: number;
  /** The path of the latest document that knew it, and since when documents agree on it (or on "off the VF") */
  readonly last?: { readonly path: VnicPath; readonly since: number };
  /** The path off its VF that the latest document itself knew: the next one that agrees publishes it */
  readonly offInLatest?: VnicPath;
  readonly published?: { readonly path: VnicPath; readonly since: number };
  readonly transitionsTo: { readonly vf: number; readonly synthetic: number };
  readonly recentChanges: readonly number[];
  readonly lastOnVf?: number;
}

/** Wants a VF and is off it: synthetic and assigned are one state for "since when", as traffic takes one path. */
const isOff = (path: VnicPath) => path === 'synthetic' || path === 'assigned';
const samePlace = (a: VnicPath, b: VnicPath) => a === b || (isOff(a) && isOff(b));

const newVnic = (names: Transition['names'], at: number): VnicHistory => ({
  names,
  seen: at,
  transitionsTo: { vf: 0, synthetic: 0 },
  recentChanges: [],
});

export interface PathStep {
  readonly vnics: ReadonlyMap<Guid, VnicHistory>;
  readonly transitions: readonly Transition[];
}

/**
 * Folds one new inventory document, read at `at`, into the vNICs' histories.
 *
 * A known change of path counts at once; it is published (TrackedVnic.path) at once for `vf` and `not_requested`, and
 * for a path off the VF when two documents in a row say so (publish). Unknown never counts and ends nothing: "since" goes on
 * where the path is the same after it. A VM that is known to be off, or restarted in between, starts anew.
 *
 * @param watching an earlier document was seen by this process: only then is something new, gone or changed
 */
export function stepPaths(former: ReadonlyMap<Guid, VnicHistory>, host: Host, at: number, watching: boolean): PathStep {
  const vms = new Map(host.vms.map((vm) => [vm.id, vm]));
  const vnics = new Map<Guid, VnicHistory>();
  const transitions: Transition[] = [];
  const tell = (kind: Transition['kind'], subject: Guid, its: VnicHistory, before: string, after: string) => {
    if (watching) transitions.push({ at, kind, subject, names: its.names, before, after });
  };

  for (const vnic of host.vnics) {
    const before = former.get(vnic.id);
    const names = { vm: vnic.vmName, vnic: vnic.name, vswitch: vnic.vswitchName };
    const base = before ? { ...before, names, seen: at } : newVnic(names, at);
    const vm = vnic.vmId === undefined ? undefined : vms.get(vnic.vmId);
    const now = stepVnic(forgetIfRestarted(base, vm && vmStart(host, vm)), vnic, at, watching);
    vnics.set(vnic.id, now);
    if (!before) tell('vnic_seen', vnic.id, now, '', vnic.path);
    if (before?.last && now.last && before.last.path !== now.last.path) {
      tell('vnic_path', vnic.id, now, before.last.path, now.last.path);
    }
  }

  // Only a whole answer says that what is not in it is gone.
  const source = host.sources.get('vm_network_adapter');
  const whole = source?.fresh === true && source.status === 'ok';
  for (const [id, its] of former) {
    if (vnics.has(id)) continue;
    if (whole) tell('vnic_gone', id, its, its.published?.path ?? 'unknown', '');
    else if (its.seen > at - FORGET_AFTER) vnics.set(id, { ...its, offInLatest: undefined });
  }
  return { vnics, transitions };
}

const forget = (its: VnicHistory): VnicHistory => ({
  ...its,
  last: undefined,
  published: undefined,
  offInLatest: undefined,
});

function forgetIfRestarted(its: VnicHistory, start: number | undefined): VnicHistory {
  return its.last && start !== undefined && start > its.last.since + UPTIME_TOLERANCE ? forget(its) : its;
}

function stepVnic(its: VnicHistory, vnic: Vnic, at: number, watching: boolean): VnicHistory {
  if (vnic.judged === false) return forget(its);
  const { path } = vnic;
  if (path === 'unknown') return { ...its, offInLatest: undefined };

  const moved = its.last === undefined || !samePlace(its.last.path, path);
  const last = { path, since: moved || !its.last ? at : its.last.since };
  // Across a restart of the agent the change is known but not counted: counters start at 0 with the process.
  const counted = moved && its.last !== undefined && watching && (path === 'vf') !== (its.last.path === 'vf');
  return {
    ...its,
    last,
    offInLatest: isOff(path) ? path : undefined,
    published: publish(its, last),
    transitionsTo: counted ? count(its.transitionsTo, path) : its.transitionsTo,
    recentChanges: counted
      ? [...its.recentChanges.filter((when) => when > at - CHANGES_SPAN), at].slice(-CHANGES_MAX)
      : its.recentChanges,
    lastOnVf: path === 'vf' ? at : its.lastOnVf,
  };
}

/**
 * Off the VF only when two documents in a row agree; and from one path off it to the other only when they agree on
 * that: a VF that was handed out this moment is no VF that the guest does not use.
 */
function publish(its: VnicHistory, last: NonNullable<VnicHistory['last']>): VnicHistory['published'] {
  if (!isOff(last.path) || its.offInLatest === last.path) return last;
  const wasOff = its.published !== undefined && isOff(its.published.path);
  return its.offInLatest === undefined || wasOff ? its.published : last;
}

const count = (to: VnicHistory['transitionsTo'], path: VnicPath) =>
  path === 'vf' ? { ...to, vf: to.vf + 1 } : { ...to, synthetic: to.synthetic + 1 };
