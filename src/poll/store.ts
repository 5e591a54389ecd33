import type { Clock } from '../clock.ts';
import type { ReaderStats } from '../collect/host-reader.ts';
import { byPart, type ParsedDocument, type ParsedSource, type Part, PARTS } from '../document/document.ts';
import type { Snapshot, SourceSnapshot } from '../document/snapshot.ts';
import type { Collection, PartState, PollResult, SourceState } from './collection.ts';
import { IDENTITY_MS, snapshotOf, type SourceRows, stateOf, withDocument } from './source-rows.ts';

const EXPIRY_INTERVALS = 3;
const INVENTORY_EXPIRY_MS = 5 * 60_000;
/** A part is being read for at most a quarter of the time. */
const DUTY = 4;
/** How often a host without the cluster service is checked for having become a cluster node. */
const NO_CLUSTER_MS = 3_600_000;

/** The outcome of one poll. */
export interface PollOutcome {
  readonly result: PollResult;
  readonly durationMs?: number;
  readonly document?: ParsedDocument;
  /** The document as it came */
  readonly raw?: unknown;
  readonly error?: string;
  /** What was thrown */
  readonly cause?: unknown;
}

/** How the polls of a part have gone, without its sources. */
export type Polled = Pick<PartState, 'tried' | 'success' | 'lastSuccess' | 'error'>;

export interface Store {
  /** Stores the document of a poll, or why there is none. */
  record(part: Part, outcome: PollOutcome): void;
  /** The rows known now; an expired source has none. */
  snapshot(): Snapshot;
  /** How the polls of a part have gone. `collection` has the same with all sources of all parts, made for each call. */
  readonly polled: (part: Part) => Polled;
  /** The state of the collection now. */
  collection(simulated: boolean, stats?: ReaderStats): Collection;
  /**
   * Milliseconds between starts of a part: state interval; four times state last duration where that is more; at least an
   * hour for the cluster part where this host has no cluster service.
   */
  effectiveInterval(part: Part): number;
  /** Milliseconds until the next source expires; undefined while none can */
  readonly nextExpiry: () => number | undefined;
}

interface PartRecord {
  readonly intervalMs: number;
  readonly enabled: boolean;
  tried: boolean;
  success: boolean;
  durationMs?: number | undefined;
  /** Duration of the last poll that returned a document. A poll that hung does not show what a poll costs. */
  landedMs: number;
  lastSuccess?: number;
  error?: string | undefined;
  readonly polls: Record<PollResult, number>;
  readonly sources: Map<string, SourceRows>;
}

const record = (intervalMs: number | undefined): PartRecord => ({
  intervalMs: intervalMs ?? 60_000,
  enabled: intervalMs !== undefined,
  tried: false,
  success: false,
  landedMs: 0,
  polls: { ok: 0, failed: 0, timeout: 0, starting: 0, skipped: 0 },
  sources: new Map(),
});

/**
 * Holds the last good rows of each source. Age is measured from receipt on the monotonic clock, so that setting the
 * wall clock neither expires rows nor brings expired ones back.
 *
 * @param intervals milliseconds between polls, for each part that is polled
 * @param disabled sources to drop from every document
 */
export function createStore(options: {
  readonly clock: Clock;
  readonly intervals: Readonly<Partial<Record<Part, number>>>;
  readonly disabled?: ReadonlySet<string>;
}): Store {
  const { clock, intervals, disabled } = options;
  const parts = byPart((part) => record(intervals[part]));
  let inventorySequence = 0;
  let culture: string | undefined;

  /** The last document reported all sources of the part as unsupported: this host is not a cluster node. */
  const hasNone = (part: Part): boolean => {
    const sources = [...parts[part].sources.values()];
    return part === 'cluster' && sources.length > 0 && sources.every(({ status }) => status === 'unsupported');
  };
  const effectiveInterval = (part: Part) =>
    Math.max(parts[part].intervalMs, DUTY * parts[part].landedMs, hasNone(part) ? NO_CLUSTER_MS : 0);
  const expiryMs = (part: Part) =>
    Math.max(EXPIRY_INTERVALS * effectiveInterval(part), part === 'inventory' ? INVENTORY_EXPIRY_MS : 0);

  function land(part: Part, document: ParsedDocument): void {
    const state = parts[part];
    const now = clock.monotonic();
    for (const [name, source] of Object.entries<ParsedSource<unknown> | undefined>(document.sources)) {
      if (source === undefined || disabled?.has(name) === true) continue;
      state.sources.set(name, withDocument(part, name, state.sources.get(name), source, now));
    }
    const isNew = document.takenAt !== state.lastSuccess;
    state.lastSuccess = document.takenAt;
    if (part !== 'inventory') return;
    // An agent that is read over HTTP may not have polled since the last read.
    if (isNew) inventorySequence += 1;
    culture = document.powershell?.culture;
  }

  function partSnapshot(part: Part): Record<string, SourceSnapshot<unknown>> {
    const now = clock.monotonic();
    const expiry = expiryMs(part);
    return Object.fromEntries([...parts[part].sources].map(([name, state]) => [name, snapshotOf(state, now, expiry)]));
  }

  function partState(part: Part, stats: ReaderStats | undefined): PartState {
    const state = parts[part];
    const now = clock.monotonic();
    const expiry = expiryMs(part);
    const sources = new Map<string, SourceState>();
    for (const [name, source] of state.sources)
      sources.set(name, stateOf(source, source.receivedAt !== undefined && now - source.receivedAt <= expiry));
    return {
      enabled: state.enabled && !hasNone(part),
      tried: state.tried,
      success: state.success,
      ...(state.durationMs === undefined ? {} : { durationSeconds: state.durationMs / 1000 }),
      ...(state.lastSuccess === undefined ? {} : { lastSuccess: state.lastSuccess }),
      intervalSeconds: effectiveInterval(part) / 1000,
      polls: { ...state.polls },
      ...(state.error === undefined ? {} : { error: state.error }),
      sources,
      ...(stats === undefined ? {} : { powershell: childOf(stats, part) }),
    };
  }

  return {
    record(part, { result, durationMs, document, error }) {
      const state = parts[part];
      state.polls[result] += 1;
      if (result === 'skipped') return;
      state.tried = true;
      state.success = document !== undefined;
      state.durationMs = durationMs;
      state.error = error;
      if (document === undefined) return;
      state.landedMs = durationMs ?? 0;
      land(part, document);
    },
    snapshot: () => ({ ...byPart(partSnapshot), culture, inventorySequence }),
    polled: (part) => parts[part],
    collection: (simulated, stats) => ({
      simulated,
      now: clock.now(),
      parts: byPart((part) => partState(part, stats)),
    }),
    effectiveInterval,
    nextExpiry() {
      const now = clock.monotonic();
      let next: number | undefined;
      for (const part of PARTS)
        for (const { receivedAt } of parts[part].sources.values()) {
          if (receivedAt === undefined) continue;
          for (const limit of [expiryMs(part), IDENTITY_MS]) {
            const left = receivedAt + limit - now;
            if (left >= 0 && (next === undefined || left < next)) next = left;
          }
        }
      return next;
    },
  };
}

function childOf(stats: ReaderStats, part: Part): PartState['powershell'] {
  const frameBytes = stats.frameBytes[part];
  const childCpuSeconds = stats.childCpuSeconds[part];
  const childResidentBytes = stats.childResidentBytes[part];
  return {
    calls: stats.calls[part],
    restarts: stats.restarts[part],
    ...(frameBytes === undefined ? {} : { frameBytes }),
    ...(childCpuSeconds === undefined ? {} : { childCpuSeconds }),
    ...(childResidentBytes === undefined ? {} : { childResidentBytes }),
  };
}
