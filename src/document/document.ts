import { z } from 'zod';
import { type Part, PARTS, type queries, type SourceName } from './queries/index.ts';
import { unixMilliseconds } from '../unix-time.ts';
import { int, messages, text, wide } from './values.ts';

export { byPart, type Part, PARTS, type SourceName } from './queries/index.ts';

/** The version of the document that this agent writes and the newest that it reads. */
export const DOCUMENT_SCHEMA = 1;

/** One parsed row of a source. */
export type Row<P extends Part, S extends SourceName<P>> = (typeof queries)[P][S] extends { readonly schema: infer Z }
  ? z.infer<Z>
  : never;

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
  takenAt: unixMilliseconds,
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
  takenAt: unixMilliseconds,
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
