import { type Part, PARTS, type SourceStatus } from '../document/document.ts';
import type { SourceSnapshot, Snapshot } from '../document/snapshot.ts';
import { toGuid } from './keys.ts';
import type { Guid, SourceStates } from './model.ts';

/** Fresh rows of a source; none where it is missing or expired. */
export function rowsOf<T>(source: SourceSnapshot<T> | undefined): readonly T[] {
  return source?.fresh === true ? source.rows : [];
}

/** The source answered in full and has not expired: what is not in its rows is not on the host. */
export function isComplete(source: { readonly status: SourceStatus; readonly fresh: boolean } | undefined): boolean {
  return source?.fresh === true && source.status === 'ok';
}

/** The rows come from the latest document, in full or in part, and not from an earlier one. */
export function hasSpoken(source: { readonly status: SourceStatus; readonly fresh: boolean } | undefined): boolean {
  return source?.fresh === true && (source.status === 'ok' || source.status === 'partial');
}

/**
 * Rows to add up. None of a source that was read in part: the sum of what is left is not the sum, and the next whole
 * one would look like a leap.
 */
export function rowsToSum<T>(source: SourceSnapshot<T> | undefined): readonly T[] {
  return source?.status === 'partial' ? [] : rowsOf(source);
}

/** The state of every source that any document has had. */
export function sourceStates(snapshot: Snapshot): SourceStates {
  const states = new Map<
    string,
    { readonly part: Part; readonly status: SourceStatus; readonly fresh: boolean; readonly takenAt: number }
  >();
  for (const part of PARTS) {
    for (const [name, source] of Object.entries<SourceSnapshot<unknown> | undefined>(snapshot[part])) {
      if (source === undefined) continue;
      states.set(name, { part, status: source.status, fresh: source.fresh, takenAt: source.takenAt });
    }
  }
  return states;
}

/** Counts rows that found no object to belong to, by source; a source that was looked through is there with 0. */
export class Unmatched {
  readonly counts = new Map<string, { readonly part: Part; readonly count: number }>();

  looked(part: Part, source: string): void {
    if (!this.counts.has(source)) this.counts.set(source, { part, count: 0 });
  }

  add(part: Part, source: string): void {
    this.counts.set(source, { part, count: (this.counts.get(source)?.count ?? 0) + 1 });
  }
}

export interface Identified<T> {
  readonly id: Guid;
  readonly row: T;
  /** Held over: only its identity is known now */
  readonly identityOnly: boolean;
  /** Another one has the same name, so what is keyed by the name belongs to neither */
  readonly nameShared: boolean;
}

/** Rows by their GUID, held-over ones where there is no fresh one. Rows without a GUID, or with a known one, count. */
export function identify<T extends { readonly id: string; readonly name: string }>(
  source: SourceSnapshot<T> | undefined,
  name: 'vm' | 'vm_switch',
  unmatched: Unmatched,
): readonly Identified<T>[] {
  const rows = new Map<Guid, { readonly row: T; readonly identityOnly: boolean }>();
  const take = (list: readonly T[], identityOnly: boolean) => {
    for (const row of list) {
      const id = toGuid(row.id);
      if (id !== undefined && !rows.has(id)) rows.set(id, { row, identityOnly });
      else if (!identityOnly) unmatched.add('inventory', name);
    }
  };
  take(rowsOf(source), false);
  take(source?.heldOver ?? [], true);
  const holders = new Map<string, number>();
  for (const { row } of rows.values()) holders.set(row.name, (holders.get(row.name) ?? 0) + 1);
  return [...rows].map(([id, { row, identityOnly }]) => ({
    id,
    row,
    identityOnly,
    nameShared: (holders.get(row.name) ?? 0) > 1,
  }));
}

/** Orders by a text key, so that what comes out does not depend on the order in which Windows listed it. */
export function sortedBy<T>(items: Iterable<T>, key: (item: T) => string): T[] {
  return [...items]
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((entry) => entry.item);
}

/** The sum, or undefined if there is nothing to add or any value is missing. */
export const sum = (values: readonly (number | undefined)[]): number | undefined => sumOf(values, (value) => value);

/** The sum of a value of each item; undefined if there are none or one is missing. */
export function sumOf<T>(items: readonly T[], of: (item: T) => number | undefined): number | undefined {
  let total = 0;
  for (const item of items) {
    const value = of(item);
    if (value === undefined) return undefined;
    total += value;
  }
  return items.length === 0 ? undefined : total;
}

/**
 * Items by the one thing that they speak of. Of two that speak of the same either would be a guess: both count as
 * unmatched, as those do that speak of nothing known.
 */
export function soleBy<T>(
  items: readonly T[],
  subject: (item: T) => string | undefined,
  onUnmatched: () => void,
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  const shared = new Set<string>();
  for (const item of items) {
    const key = subject(item);
    if (key === undefined || found.has(key) || shared.has(key)) onUnmatched();
    if (key === undefined || shared.has(key)) continue;
    if (found.delete(key)) {
      shared.add(key);
      onUnmatched();
    } else found.set(key, item);
  }
  return found;
}
