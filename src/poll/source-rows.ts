import type { ParsedSource, Part, SourceStatus } from '../document/document.ts';
import { rowKey } from '../document/row-keys.ts';
import type { SourceSnapshot } from '../document/snapshot.ts';
import type { SourceState } from './collection.ts';

/** How long a row that is missing from partial documents keeps its identity. */
const HELD_POLLS = 3;
/** How long the identity of an expired source's rows is kept: counters go on while inventory is blind. */
export const IDENTITY_MS = 24 * 3_600_000;

interface Held {
  readonly row: unknown;
  /** Documents in a row that it was missing from */
  readonly missed: number;
}

/** What is kept of one source. Rows are those of its last good document. */
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

/** Rows of former documents that a partial one lacks: gone or only unread, nobody knows. */
function heldOver(part: Part, source: string, former: SourceRows | undefined, rows: readonly unknown[]): Held[] {
  const key = rowKey(part, source) ?? ((row: unknown) => JSON.stringify(row));
  const seen = new Set(rows.map(key));
  const candidates = [...(former?.rows ?? []).map((row) => ({ row, missed: 0 })), ...(former?.held ?? [])];
  return candidates
    .filter(({ row }) => !seen.has(key(row)))
    .map(({ row, missed }) => ({ row, missed: missed + 1 }))
    .filter(({ missed }) => missed <= HELD_POLLS);
}

/** Takes in what one document says of a source. A failed source leaves the former rows to age. */
export function withDocument(
  part: Part,
  source: string,
  former: SourceRows | undefined,
  parsed: ParsedSource<unknown>,
  receivedAt: number,
): SourceRows {
  const failed = parsed.status === 'failed';
  const error = parsed.errors[0] ?? (failed ? 'no rows and no reason given' : undefined);
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
  const held = parsed.status === 'partial' ? heldOver(part, source, former, parsed.rows) : [];
  return { ...counts, takenAt: parsed.takenAt, receivedAt, rows: parsed.rows, held };
}

/** The source as of `now` (monotonic): its rows, or only their identity once older than `expiryMs`. */
export function snapshotOf(its: SourceRows, now: number, expiryMs: number): SourceSnapshot<unknown> {
  const { status, takenAt } = its;
  const age = its.receivedAt === undefined ? Infinity : now - its.receivedAt;
  const held = its.held.map(({ row }) => row);
  if (age <= expiryMs) return { status, takenAt, fresh: true, rows: its.rows, heldOver: held };
  return { status, takenAt, fresh: false, rows: [], heldOver: age <= IDENTITY_MS ? [...its.rows, ...held] : [] };
}

/** The source as its own metrics show it. */
export function stateOf(its: SourceRows, fresh: boolean): SourceState {
  return {
    success: fresh && (its.status === 'ok' || its.status === 'partial'),
    available: its.status !== 'unsupported',
    ...(its.receivedAt === undefined ? {} : { lastSuccess: its.takenAt }),
    errorsTotal: its.errorsTotal,
    rowsSkippedTotal: its.rowsSkippedTotal,
    ...(its.error === undefined ? {} : { error: its.error }),
  };
}
