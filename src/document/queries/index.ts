import { activity } from './activity.ts';
import { cluster } from './cluster.ts';
import { config } from './config.ts';
import { eventlog } from './eventlog.ts';
import { inventory } from './inventory.ts';
import { type CounterSet, isCounterSet, isVfCounterSet, type Query, type VfCounterSet } from './query.ts';

/** What is asked of the host is divided in parts, by cost and by how fast it changes. */
export const PARTS = ['inventory', 'activity', 'config', 'cluster', 'eventlog'] as const;
export type Part = (typeof PARTS)[number];

/** Something for each part. */
export const byPart = <T>(make: (part: Part) => T): Readonly<Record<Part, T>> =>
  Object.fromEntries(PARTS.map((part) => [part, make(part)])) as Record<Part, T>;

/**
 * The one table of what is read. From it come the document's schema and row keys, the field list of the PowerShell module
 * (HyperVSriov/Queries.psd1), what anonymising does with each field, what `doctor` checks, and docs/what-is-read.md.
 */
export const queries = { inventory, activity, config, cluster, eventlog } as const satisfies Record<
  Part,
  Record<string, unknown>
>;

/** Names of a part's sources: the values of the label `source`. */
export type SourceName<P extends Part = Part> = P extends Part ? keyof (typeof queries)[P] & string : never;

/** The queries of a part by source, by names that are only known at run time. */
export const queriesOf = (part: Part): Readonly<Record<string, Query>> => queries[part];

/** All queries with part and source. */
export const allQueries = (): readonly { readonly part: Part; readonly source: string; readonly query: Query }[] =>
  PARTS.flatMap((part) => Object.entries(queriesOf(part)).map(([source, query]) => ({ part, source, query })));

/** The counter sets, all of them in the part activity, by source. */
export const counterSets: ReadonlyMap<string, CounterSet> = new Map(
  Object.entries(activity).flatMap(([source, query]) => (isCounterSet(query) ? [[source, query] as const] : [])),
);

type VfSource = {
  [S in SourceName<'activity'>]: (typeof activity)[S] extends VfCounterSet ? S : never;
}[SourceName<'activity'>];
/** The counter sets of NIC vendors with a row for each VF. */
export const vfCounterSets: readonly (readonly [VfSource, VfCounterSet])[] = Object.entries(activity).flatMap(
  ([source, query]) => (isVfCounterSet(query) ? [[source as VfSource, query] as const] : []),
);
