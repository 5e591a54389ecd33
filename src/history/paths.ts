import type { Guid, Host, Vnic, VnicPath } from '../host/model.ts';
import { isComplete } from '../host/sources.ts';
import { eachInSteps, type Steps } from '../turn.ts';
import type { Transition } from './model.ts';
import { UPTIME_TOLERANCE, vmStart } from './vms.ts';

/** How long changes of path are kept, and how many of them at most. */
const CHANGES_SPAN = 24 * 3_600_000;
const CHANGES_MAX = 500;
/** How long a vNIC is kept that is in no document: as long as identities of expired rows are. */
export const FORGET_AFTER = 24 * 3_600_000;

interface PathSince {
  readonly path: VnicPath;
  readonly since: number;
  /** The beginning was seen; otherwise it is only when it was first read */
  readonly seen: boolean;
}

/** The state of a vNIC in the documents so far. */
export interface VnicHistory {
  readonly names: Transition['names'];
  /** When a document last had it, Unix milliseconds */
  readonly seen: number;
  /** The path in the latest document that had it, and since when the documents agree (on it, or on "off the VF") */
  readonly last?: PathSince;
  /** Its path off the VF in the latest document: published once the next document agrees */
  readonly offInLatest?: VnicPath;
  readonly published?: PathSince;
  /** The latest document showed it without a path (VM off), or an earlier one of this process did not have it */
  readonly startsNow?: boolean;
  readonly transitionsTo: { readonly vf: number; readonly synthetic: number };
  readonly recentChanges: readonly number[];
  readonly lastOnVf?: number;
}

/** Asks for a VF and is not on it. For "since when", synthetic and assigned are one state: both use the synthetic path. */
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
 * Adds one new inventory document, read at `at`, to the histories of the vNICs, with pauses.
 *
 * A change of path counts at once. It is published (TrackedVnic.path) at once for `vf` and `not_requested`; a path off
 * the VF is published once two documents in a row agree. An unknown path neither counts nor ends anything: "since"
 * continues if the path afterwards is the same. The history of a vNIC is cleared when its VM is off or has restarted.
 *
 * @param watching this process has seen an earlier document: only then can it know that something is new or has changed
 */
export function* stepPaths(
  former: ReadonlyMap<Guid, VnicHistory>,
  host: Host,
  at: number,
  watching: boolean,
): Steps<PathStep> {
  const vms = new Map(host.vms.map((vm) => [vm.id, vm]));
  const vnics = new Map<Guid, VnicHistory>();
  const transitions: Transition[] = [];
  const tell = (kind: Transition['kind'], subject: Guid, vnicHistory: VnicHistory, before: string, after: string) => {
    if (watching) transitions.push({ at, kind, subject, names: vnicHistory.names, before, after });
  };

  yield* eachInSteps(host.vnics, (vnic) => {
    const before = former.get(vnic.id);
    const names = { vm: vnic.vmName, vmId: vnic.vmId, vnic: vnic.name, vswitch: vnic.vswitchName };
    const base = before ? { ...before, names, seen: at } : { ...newVnic(names, at), startsNow: watching };
    const vm = vnic.vmId === undefined ? undefined : vms.get(vnic.vmId);
    const now = stepVnic(forgetIfRestarted(base, vm && vmStart(host, vm), watching), vnic, at, watching);
    vnics.set(vnic.id, now);
    if (!before) tell('vnic_seen', vnic.id, now, '', vnic.path);
    if (before?.last && now.last && before.last.path !== now.last.path) {
      tell('vnic_path', vnic.id, now, before.last.path, now.last.path);
    }
  });
  yield;

  // A vNIC that is missing from a partial answer may still exist.
  const complete = isComplete(host.sources.get('vm_network_adapter'));
  for (const [id, vnicHistory] of former) {
    if (vnics.has(id)) continue;
    if (complete) tell('vnic_gone', id, vnicHistory, vnicHistory.published?.path ?? 'unknown', '');
    else if (vnicHistory.seen > at - FORGET_AFTER) vnics.set(id, { ...vnicHistory, offInLatest: undefined });
  }
  return { vnics, transitions };
}

const forget = (vnicHistory: VnicHistory, startsNow: boolean): VnicHistory => ({
  ...vnicHistory,
  last: undefined,
  published: undefined,
  offInLatest: undefined,
  startsNow,
});

function forgetIfRestarted(vnicHistory: VnicHistory, start: number | undefined, watching: boolean): VnicHistory {
  return vnicHistory.last && start !== undefined && start > vnicHistory.last.since + UPTIME_TOLERANCE
    ? forget(vnicHistory, watching)
    : vnicHistory;
}

function stepVnic(vnicHistory: VnicHistory, vnic: Vnic, at: number, watching: boolean): VnicHistory {
  if (vnic.pathApplies === false) return forget(vnicHistory, true);
  const { path } = vnic;
  if (path === 'unknown') return { ...vnicHistory, offInLatest: undefined };

  const moved = vnicHistory.last === undefined || !samePlace(vnicHistory.last.path, path);
  const last: PathSince =
    moved || !vnicHistory.last
      ? { path, since: at, seen: watching && (vnicHistory.last !== undefined || vnicHistory.startsNow === true) }
      : { ...vnicHistory.last, path };
  // A change across a restart of the agent is not counted: the counters start at 0 with the process.
  const counted =
    moved && vnicHistory.last !== undefined && watching && (path === 'vf') !== (vnicHistory.last.path === 'vf');
  return {
    ...vnicHistory,
    last,
    startsNow: undefined,
    offInLatest: isOff(path) ? path : undefined,
    published: publish(vnicHistory, last),
    transitionsTo: counted ? count(vnicHistory.transitionsTo, path) : vnicHistory.transitionsTo,
    recentChanges: counted
      ? [...vnicHistory.recentChanges.filter((when) => when > at - CHANGES_SPAN), at].slice(-CHANGES_MAX)
      : vnicHistory.recentChanges,
    lastOnVf: path === 'vf' ? at : vnicHistory.lastOnVf,
  };
}

/**
 * The path to publish. A path off the VF, and a change from one such path to the other, need two documents in a row
 * that agree: a VF that has just been assigned is not yet one that the guest does not use.
 */
function publish(vnicHistory: VnicHistory, last: NonNullable<VnicHistory['last']>): VnicHistory['published'] {
  if (!isOff(last.path) || vnicHistory.offInLatest === last.path) return last;
  const wasOff = vnicHistory.published !== undefined && isOff(vnicHistory.published.path);
  return vnicHistory.offInLatest === undefined || wasOff ? vnicHistory.published : last;
}

const count = (to: VnicHistory['transitionsTo'], path: VnicPath) =>
  path === 'vf' ? { ...to, vf: to.vf + 1 } : { ...to, synthetic: to.synthetic + 1 };
