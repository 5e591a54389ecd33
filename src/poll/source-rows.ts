import type { ParsedSource, Part, SourceStatus } from '../document/document.ts';
import { queriesOf } from '../document/queries/index.ts';
import type { Retention } from '../document/queries/query.ts';
import { rowKey } from '../document/row-keys.ts';
import type { SourceSnapshot } from '../document/snapshot.ts';
import type { SourceState } from './collection.ts';

/** How long a row that is missing from partial documents keeps its identity, in polls. */
const HELD_POLLS = 3;
/** How long the identities of an expired source's rows are kept: counters still arrive while the inventory fails. */
export const IDENTITY_MS = 24 * 3_600_000;

interface Held {
  readonly row: unknown;
  /** Number of documents in a row without it */
  readonly missed: number;
}

/** What is kept of one source. The rows are those of the last good document. */
export interface SourceRows {
  readonly status: SourceStatus;
  readonly takenAt: number;
  /** Monotonic milliseconds when `rows` were received; undefined while there never was a good document */
  readonly receivedAt?: number;
  readonly rows: readonly unknown[];
  readonly held: readonly Held[];
  readonly errorsTotal: number;
  readonly rowsSkippedTotal: number;
  readonly error?: string;
}

/** Rows of earlier documents that a partial document lacks: they may be gone, or only not readable this time. */
function heldOver(part: Part, source: string, former: SourceRows | undefined, rows: readonly unknown[]): Held[] {
  const key = rowKey(part, source) ?? ((row: unknown) => JSON.stringify(row));
  const seen = new Set(rows.map(key));
  const candidates = [...(former?.rows ?? []).map((row) => ({ row, missed: 0 })), ...(former?.held ?? [])];
  return candidates
    .filter(({ row }) => !seen.has(key(row)))
    .map(({ row, missed }) => ({ row, missed: missed + 1 }))
    .filter(({ missed }) => missed <= HELD_POLLS);
}

const timeOf = (row: unknown): number =>
  typeof row === 'object' && row !== null && 'time' in row && typeof row.time === 'number' ? row.time : -Infinity;

/** The rows of a document and those of former ones, each once, the newest first. */
function retain(
  part: Part,
  source: string,
  former: readonly unknown[],
  { rows, takenAt }: ParsedSource<unknown>,
  { forMs, rows: limit }: Retention,
): readonly unknown[] {
  const key = rowKey(part, source) ?? ((row: unknown) => JSON.stringify(row));
  const byKey = new Map([...former, ...rows].map((row) => [key(row), row]));
  return [...byKey]
    .filter(([, row]) => timeOf(row) > takenAt - forMs)
    .sort(([a, one], [b, other]) => timeOf(other) - timeOf(one) || (a < b ? 1 : -1))
    .slice(0, limit)
    .map(([, row]) => row);
}

/** The source after one more document. If the source failed in it, its earlier rows stay and age. */
export function withDocument(
  part: Part,
  source: string,
  former: SourceRows | undefined,
  parsed: ParsedSource<unknown>,
  receivedAt: number,
): SourceRows {
  const failed = parsed.status === 'failed';
  const error = parsed.errors[0] ?? (failed ? 'no rows and no error text' : undefined);
  const counts = {
    status: parsed.status,
    errorsTotal:
      (former?.errorsTotal ?? 0) +
      (parsed.status === 'unsupported' ? 0 : Math.max(parsed.errors.length, failed ? 1 : 0)),
    rowsSkippedTotal: (former?.rowsSkippedTotal ?? 0) + parsed.skipped,
    ...(error === undefined ? {} : { error }),
  };
  if (failed)
    return {
      ...counts,
      takenAt: former?.takenAt ?? parsed.takenAt,
      ...(former?.receivedAt === undefined ? {} : { receivedAt: former.receivedAt }),
      rows: former?.rows ?? [],
      held: former?.held ?? [],
    };
  const { retained } = queriesOf(part)[source] ?? {};
  if (retained !== undefined) {
    const rows = parsed.status === 'unsupported' ? [] : retain(part, source, former?.rows ?? [], parsed, retained);
    return { ...counts, takenAt: parsed.takenAt, receivedAt, rows, held: [] };
  }
  const held = parsed.status === 'partial' ? heldOver(part, source, former, parsed.rows) : [];
  return { ...counts, takenAt: parsed.takenAt, receivedAt, rows: parsed.rows, held };
}

/** The source as of `now` (monotonic): kept rows, or only their identity once older than `expiryMs`. */
export function snapshotOf(kept: SourceRows, now: number, expiryMs: number): SourceSnapshot<unknown> {
  const { status, takenAt } = kept;
  const age = kept.receivedAt === undefined ? Infinity : now - kept.receivedAt;
  const held = kept.held.map(({ row }) => row);
  if (age <= expiryMs) return { status, takenAt, fresh: true, rows: kept.rows, heldOver: held };
  return { status, takenAt, fresh: false, rows: [], heldOver: age <= IDENTITY_MS ? [...kept.rows, ...held] : [] };
}

/** The source as kept own metrics show it. */
export function stateOf(kept: SourceRows, fresh: boolean): SourceState {
  return {
    success: fresh && (kept.status === 'ok' || kept.status === 'partial'),
    available: kept.status !== 'unsupported',
    ...(kept.receivedAt === undefined ? {} : { lastSuccess: kept.takenAt }),
    errorsTotal: kept.errorsTotal,
    rowsSkippedTotal: kept.rowsSkippedTotal,
    ...(kept.error === undefined ? {} : { error: kept.error }),
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A raw document for a reader that has not seen the ones before: sources whose documents bring only what is new have all
 * rows that are kept of them.
 */
export function withRetainedRows(
  raw: object,
  part: Part,
  kept: Readonly<Record<string, SourceSnapshot<unknown>>>,
): object {
  if (!isObject(raw) || !isObject(raw['sources'])) return raw;
  const sources = { ...raw['sources'] };
  for (const [name, { retained }] of Object.entries(queriesOf(part))) {
    const source = sources[name];
    if (retained !== undefined && isObject(source) && kept[name]?.fresh === true)
      sources[name] = { ...source, rows: kept[name].rows };
  }
  return { ...raw, sources };
}
