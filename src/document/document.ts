import { z } from 'zod';
import { activityRows } from './activity.ts';
import { clusterRows } from './cluster.ts';
import { configRows } from './config.ts';
import { int, messages, text, wide } from './fields.ts';
import { inventoryRows } from './inventory.ts';

/** The version of the document that this agent writes and the newest that it reads. */
export const DOCUMENT_SCHEMA = 1;

/** What is asked of the host is divided in parts, by cost and by how fast it changes. */
export const PARTS = ['inventory', 'activity', 'config', 'cluster'] as const;
export type Part = (typeof PARTS)[number];

/** The row schema of every source, by part. A source is one cmdlet or one counter set. */
export const partRows = {
  inventory: inventoryRows,
  activity: activityRows,
  config: configRows,
  cluster: clusterRows,
} as const satisfies Record<Part, Record<string, z.ZodType>>;

/** Names of a part's sources: the values of the label `source`. */
export type SourceName<P extends Part = Part> = P extends Part ? keyof (typeof partRows)[P] & string : never;

/** One parsed row of a source. */
export type Row<P extends Part, S extends SourceName<P>> =
  (typeof partRows)[P][S] extends z.ZodType<infer T> ? T : never;

/**
 * ok: the call came back whole. partial: it came back with rows and with errors, so what is missing is unknown.
 * failed: no rows. unsupported: this Windows has no such cmdlet, class or counter set: not an error.
 */
export const SOURCE_STATUS = ['ok', 'partial', 'failed', 'unsupported'] as const;
export type SourceStatus = (typeof SOURCE_STATUS)[number];

/** A source inside a raw document, before its rows are parsed. */
export const rawSource = z.object({
  status: z.enum(SOURCE_STATUS),
  /** When the source was read on the host, Unix milliseconds */
  takenAt: z.number().int().nonnegative(),
  durationMs: int,
  rows: z.array(z.unknown()).max(200_000).default([]),
  errors: messages,
  /** Counter sets only: CounterType by English counter name */
  types: z.record(z.string(), z.number()).optional().catch(undefined),
});

/** A raw document: what the PowerShell module, the demo host, a replay or a capture hands over for one part. */
export const rawDocument = z.object({
  schema: z.number().int().positive(),
  part: z.enum(PARTS),
  takenAt: z.number().int().nonnegative(),
  /** Version of what made the document: the module's */
  module: text,
  powershell: z.object({ version: text, edition: text, culture: text }).optional().catch(undefined),
  /** The process that made it, for the agent's own metrics */
  child: z.object({ pid: int, cpuMs: wide, workingSet: wide, handles: int }).optional().catch(undefined),
  sources: z.record(z.string(), z.unknown()),
});
export type RawDocument = z.infer<typeof rawDocument>;

/** A source after parsing. `rows` hold only what the schema names. */
export interface ParsedSource<T> {
  readonly status: SourceStatus;
  readonly takenAt: number;
  readonly durationMs?: number;
  readonly rows: readonly T[];
  /** Rows that were not usable: wrong shape or without their key. */
  readonly skipped: number;
  readonly errors: readonly string[];
}

export interface ParsedDocument<P extends Part = Part> {
  readonly part: P;
  readonly takenAt: number;
  readonly module?: string;
  readonly powershell?: RawDocument['powershell'];
  readonly child?: RawDocument['child'];
  readonly sources: { readonly [S in SourceName<P>]?: ParsedSource<Row<P, S>> };
}
