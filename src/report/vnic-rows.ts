import type { Guid, Vnic, VnicPath } from '../host/model.ts';
import type { SettlingCause, TrackedHost } from '../history/model.ts';
import type { Diagnosis } from '../diagnosis/diagnose.ts';
import type { Finding } from '../diagnosis/model.ts';
import { groupBy } from '../diagnosis/group.ts';
import { once, onceInSteps } from '../once.ts';
import { eachInSteps, type Steps } from '../turn.ts';
import { VM_NOT_RUNNING } from '../diagnosis/reasons/state.ts';

/** A host with its diagnosis, as the page and `explain` show it. */
export interface Examined {
  readonly tracked: TrackedHost;
  readonly diagnosis: Diagnosis;
}

/** A change of path that the latest reading shows, and that is published once the next reading agrees. */
export interface Unconfirmed {
  /** The published path */
  readonly before: VnicPath;
  readonly path: VnicPath;
  /** When it was read, Unix milliseconds */
  readonly at: number;
}

/** One line about a vNIC, for people. */
export interface VnicRow {
  readonly id: Guid;
  readonly vmId?: Guid | undefined;
  readonly vm: string;
  readonly vnic: string;
  readonly vswitch: string;
  readonly status: RowStatus;
  readonly settling?: SettlingCause | undefined;
  readonly since?: number | undefined;
  /** Its beginning was seen; otherwise `since` is when it was first read */
  readonly sinceSeen: boolean;
  /** What the latest reading says, where that is not published until the next one agrees; `at` in Unix milliseconds */
  readonly unconfirmed?: Unconfirmed | undefined;
  readonly reason?: Finding | undefined;
  readonly findings: readonly Finding[];
}

/** Worst first: this is the order of the table. */
export const ROW_STATUSES = [
  'fallback',
  'unknown',
  'settling',
  'synthetic',
  'vf',
  'not_requested',
  'inactive',
  'not_applicable',
] as const;
export type RowStatus = (typeof ROW_STATUSES)[number];

/** The words for a status on pages and in the CLI. */
export const STATUS_TEXT: Readonly<Record<RowStatus, string>> = {
  fallback: 'Fallback',
  unknown: 'Unknown',
  settling: 'Settling',
  synthetic: 'Synthetic, accepted',
  vf: 'On its VF',
  not_requested: 'Not requested',
  inactive: 'Not running',
  not_applicable: 'Not applicable',
};

/** All vNICs, sorted by trouble, then by name; worked out once for each view. */
export const vnicRows = onceInSteps(function* (view: Examined): Steps<readonly VnicRow[]> {
  const { host } = view.tracked;
  const vswitches = new Map(host.vswitches.map((vswitch) => [vswitch.id, vswitch.name]));
  const made = yield* eachInSteps(host.vnics, (vnic) => toRow(view, vnic, vswitches));
  yield;
  const byStatus = groupBy(made, ({ status }) => status);
  yield;
  const sorted: (readonly VnicRow[])[] = [];
  for (const status of ROW_STATUSES) {
    const byFindings = groupBy(byStatus.get(status) ?? [], ({ findings }) => findings.length);
    yield;
    for (const number of [...byFindings.keys()].sort((a, b) => b - a)) {
      sorted.push((byFindings.get(number) ?? []).sort(byName));
      yield;
    }
  }
  return sorted.flat();
});

function toRow(view: Examined, vnic: Vnic, vswitches: ReadonlyMap<Guid, string>): VnicRow {
  const tracked = view.tracked.vnics.get(vnic.id);
  const diagnosis = view.diagnosis.vnics.get(vnic.id);
  return {
    id: vnic.id,
    vmId: vnic.vmId,
    vm: vnic.vmName ?? (vnic.kind === 'management_os' ? 'Management OS' : ''),
    vnic: vnic.name,
    vswitch: vnic.vswitchName ?? vswitches.get(vnic.vswitchId ?? '') ?? '',
    status: statusOf(view, vnic),
    settling: tracked?.settling,
    since: tracked?.since,
    sinceSeen: tracked?.sinceSeen ?? false,
    unconfirmed: unconfirmedOf(view, vnic),
    reason: diagnosis?.reason,
    findings: diagnosis?.findings ?? [],
  };
}

function unconfirmedOf({ tracked: { host, vnics } }: Examined, vnic: Vnic): VnicRow['unconfirmed'] {
  const published = vnics.get(vnic.id)?.path;
  const waits =
    published !== undefined && published !== vnic.path && vnic.path !== 'unknown' && vnic.pathApplies === true;
  return waits && host.takenAt !== undefined ? { before: published, path: vnic.path, at: host.takenAt } : undefined;
}

/** What the latest reading shows: "Lost its VF". The time and that the next poll must confirm it follow. */
export function unconfirmedText({ before, path }: Pick<Unconfirmed, 'before' | 'path'>): string {
  if (before === 'vf') return path === 'assigned' ? 'Left its VF, which stays assigned,' : 'Lost its VF';
  return path === 'assigned' ? 'Got a VF that its guest does not use' : 'Without a VF';
}
/** Said of a change that only one poll has seen. */
export const TO_BE_CONFIRMED = 'to be confirmed by the next poll';

function statusOf(view: Examined, vnic: Vnic): RowStatus {
  const tracked = view.tracked.vnics.get(vnic.id);
  const diagnosis = view.diagnosis.vnics.get(vnic.id);
  const path = tracked?.path ?? vnic.path;
  if (vnic.pathApplies === false) return diagnosis?.reason?.id === VM_NOT_RUNNING ? 'inactive' : 'not_applicable';
  const unconfirmed = unconfirmedOf(view, vnic);
  if (unconfirmed?.before === 'vf' || unconfirmed?.before === 'not_requested')
    return tracked?.settling === undefined ? 'unknown' : 'settling';
  if (diagnosis?.fallback === true) return 'fallback';
  if (path === 'vf' || path === 'not_requested') return path;
  if (tracked?.settling !== undefined) return 'settling';
  return path === 'unknown' ? 'unknown' : 'synthetic';
}

/** How many rows have each status, worst first; only those that occur. Counted once. */
export const countByStatus = once((rows: readonly VnicRow[]): ReadonlyMap<RowStatus, number> => {
  const counts = new Map(ROW_STATUSES.map((status) => [status, 0]));
  for (const { status } of rows) counts.set(status, (counts.get(status) ?? 0) + 1);
  return new Map([...counts].filter(([, count]) => count > 0));
});

const byName = (a: VnicRow, b: VnicRow): number =>
  compare(a.vm, b.vm) || compare(a.vnic, b.vnic) || compare(a.id, b.id);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Rows that hold the words of `filter` in a name, status or reason; all of them for an empty one. */
export function* filterRows(rows: readonly VnicRow[], filter: string): Steps<readonly VnicRow[]> {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  const texts = yield* eachInSteps(rows, textOf);
  return rows.filter((_, index) => words.every((word) => texts[index]?.includes(word)));
}

/** What a filter looks at; put together once for each row. */
const textOf = once(({ vm, vnic, vswitch, status, reason, findings }: VnicRow): string => {
  const found = [reason, ...findings].map((finding) => finding?.id ?? '');
  return [vm, vnic, vswitch, status, STATUS_TEXT[status], ...found].join('\n').toLowerCase();
});

/** Follows an age whose beginning was not seen. */
export const FIRST_READ = '(since first read)';

/** `now - then` in the two largest units; both in Unix milliseconds. */
export function age(then: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
