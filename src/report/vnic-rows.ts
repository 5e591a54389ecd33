import type { Guid, Vnic } from '../host/model.ts';
import type { SettlingCause, TrackedHost } from '../history/model.ts';
import type { Diagnosis } from '../diagnosis/diagnose.ts';
import type { Finding } from '../diagnosis/model.ts';
import { VM_NOT_RUNNING } from '../diagnosis/reasons/state.ts';

/** A host with its diagnosis, as the page and `explain` show it. */
export interface Examined {
  readonly tracked: TrackedHost;
  readonly diagnosis: Diagnosis;
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

/** All vNICs, sorted by trouble, then by name. */
export function vnicRows(view: Examined): readonly VnicRow[] {
  const { host } = view.tracked;
  const vswitches = new Map(host.vswitches.map((vswitch) => [vswitch.id, vswitch.name]));
  return host.vnics.map((vnic) => toRow(view, vnic, vswitches)).sort(byTrouble);
}

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
    reason: diagnosis?.reason,
    findings: diagnosis?.findings ?? [],
  };
}

function statusOf(view: Examined, vnic: Vnic): RowStatus {
  const tracked = view.tracked.vnics.get(vnic.id);
  const diagnosis = view.diagnosis.vnics.get(vnic.id);
  const path = tracked?.path ?? vnic.path;
  if (vnic.pathApplies === false) return diagnosis?.reason?.id === VM_NOT_RUNNING ? 'inactive' : 'not_applicable';
  if (diagnosis?.fallback === true) return 'fallback';
  if (path === 'vf' || path === 'not_requested') return path;
  if (tracked?.settling !== undefined) return 'settling';
  return path === 'unknown' ? 'unknown' : 'synthetic';
}

const rank = new Map(ROW_STATUSES.map((status, index) => [status, index]));

function byTrouble(a: VnicRow, b: VnicRow): number {
  return (
    (rank.get(a.status) ?? 0) - (rank.get(b.status) ?? 0) ||
    b.findings.length - a.findings.length ||
    compare(a.vm, b.vm) ||
    compare(a.vnic, b.vnic) ||
    compare(a.id, b.id)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Rows that hold the words of `filter` in a name, status or reason; all of them for an empty one. */
export function filterRows(rows: readonly VnicRow[], filter: string): readonly VnicRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const found = [row.reason, ...row.findings].map((finding) => finding?.id ?? '');
    const text = [row.vm, row.vnic, row.vswitch, row.status, STATUS_TEXT[row.status], ...found]
      .join('\n')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The state of the host in one sentence, and how bad it is. */
export function verdict(
  view: Examined,
  rows: readonly VnicRow[],
): { readonly level: 'good' | 'bad' | 'unsure'; readonly text: string } {
  if (view.tracked.host.takenAt === undefined)
    return {
      level: 'unsure',
      text: 'The state of the virtual NICs is not known: the inventory is missing or too old.',
    };
  const count = (status: RowStatus) => rows.filter((row) => row.status === status).length;
  const asking = rows.filter(
    ({ id, status }) =>
      status !== 'inactive' && status !== 'not_applicable' && view.diagnosis.vnics.get(id)?.vfRequested === true,
  ).length;
  const [fallback, unknown, settling, onVf] = [count('fallback'), count('unknown'), count('settling'), count('vf')];
  const rest = [unknown > 0 ? `${unknown} not known` : '', settling > 0 ? `${settling} settling` : ''].filter(Boolean);
  const more = rest.length === 0 ? '' : ` (${rest.join(', ')})`;
  if (fallback > 0)
    return {
      level: 'bad',
      text: `${fallback} of ${asking} virtual NICs that ask for a VF ${fallback === 1 ? 'is' : 'are'} in fallback on the synthetic path${more}.`,
    };
  if (unknown > 0) return { level: 'unsure', text: `No virtual NIC is known to be in fallback${more}.` };
  if (asking === 0) return { level: 'good', text: 'No running virtual NIC asks for a VF.' };
  return {
    level: 'good',
    text:
      onVf >= asking
        ? `All ${asking} virtual NICs that ask for a VF are on it.`
        : `No virtual NIC is in fallback: ${onVf} of ${asking} that ask for a VF are on it${more}.`,
  };
}

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
