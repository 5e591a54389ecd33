import type { Clock } from '../clock.ts';
import type { SourceStats } from '../collect/source.ts';
import { type ParsedDocument, type ParsedSource, type Part, PARTS } from '../document/document.ts';
import type { Snapshot, SourceSnapshot } from '../document/snapshot.ts';
import type { Collection, PartState, PollResult, SourceState } from './collection.ts';
import { IDENTITY_MS, snapshotOf, type SourceRows, stateOf, withDocument } from './source-rows.ts';

const EXPIRY_INTERVALS = 3;
const INVENTORY_EXPIRY_MS = 5 * 60_000;
/** A part is read at most a quarter of the time. */
const DUTY = 4;
/** How often a host without the cluster service is asked whether it has become a cluster node. */
const NO_CLUSTER_MS = 3_600_000;

/** What one poll came to. */
export interface PollOutcome {
  readonly result: PollResult;
  readonly durationMs?: number;
  readonly document?: ParsedDocument;
  readonly error?: string;
  /** What was thrown, for who must tell causes apart */
  readonly cause?: unknown;
}

export interface Store {
  /** Takes in what a poll brought or why it brought nothing. */
  record(part: Part, outcome: PollOutcome): void;
  /** What is known now: expired sources without their rows. */
  snapshot(): Snapshot;
  /** How the collection goes now. */
  collection(simulated: boolean, stats?: SourceStats): Collection;
  /**
   * Milliseconds between starts of a part: its interval; four times its last duration where that is more; at least an
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
  /** Duration of the last poll that brought a document: a hung one says nothing of what a poll costs. */
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
 * The last good rows of each source. Age counts from receipt on the monotonic clock, so that a clock that jumps
 * neither expires nor revives anything.
 *
 * @param intervals milliseconds by part; a part that is not polled is left out
 * @param disabled sources that are dropped from every document
 */
export function createStore(options: {
  readonly clock: Clock;
  readonly intervals: Readonly<Partial<Record<Part, number>>>;
  readonly disabled?: ReadonlySet<string>;
}): Store {
  const { clock, intervals, disabled } = options;
  const parts: Readonly<Record<Part, PartRecord>> = {
    inventory: record(intervals.inventory),
    activity: record(intervals.activity),
    config: record(intervals.config),
    cluster: record(intervals.cluster),
  };
  let inventorySequence = 0;
  let culture: string | undefined;

  /** The last document said that this host has nothing of the part. */
  const hasNone = (part: Part): boolean => {
    const sources = [...parts[part].sources.values()];
    return part === 'cluster' && sources.length > 0 && sources.every(({ status }) => status === 'unsupported');
  };
  const effectiveInterval = (part: Part) =>
    Math.max(parts[part].intervalMs, DUTY * parts[part].landedMs, hasNone(part) ? NO_CLUSTER_MS : 0);
  const expiryMs = (part: Part) =>
    Math.max(EXPIRY_INTERVALS * effectiveInterval(part), part === 'inventory' ? INVENTORY_EXPIRY_MS : 0);

  function land(part: Part, document: ParsedDocument): void {
    const its = parts[part];
    const now = clock.monotonic();
    for (const [name, source] of Object.entries<ParsedSource<unknown> | undefined>(document.sources)) {
      if (source === undefined || disabled?.has(name) === true) continue;
      its.sources.set(name, withDocument(part, name, its.sources.get(name), source, now));
    }
    its.lastSuccess = document.takenAt;
    if (part !== 'inventory') return;
    inventorySequence += 1;
    culture = document.powershell?.culture;
  }

  function partSnapshot(part: Part): Record<string, SourceSnapshot<unknown>> {
    const now = clock.monotonic();
    const expiry = expiryMs(part);
    return Object.fromEntries([...parts[part].sources].map(([name, its]) => [name, snapshotOf(its, now, expiry)]));
  }

  function partState(part: Part, stats: SourceStats | undefined): PartState {
    const its = parts[part];
    const now = clock.monotonic();
    const expiry = expiryMs(part);
    const sources = new Map<string, SourceState>();
    for (const [name, source] of its.sources)
      sources.set(name, stateOf(source, source.receivedAt !== undefined && now - source.receivedAt <= expiry));
    return {
      enabled: its.enabled && !hasNone(part),
      tried: its.tried,
      success: its.success,
      ...(its.durationMs === undefined ? {} : { durationSeconds: its.durationMs / 1000 }),
      ...(its.lastSuccess === undefined ? {} : { lastSuccess: its.lastSuccess }),
      intervalSeconds: effectiveInterval(part) / 1000,
      polls: { ...its.polls },
      ...(its.error === undefined ? {} : { error: its.error }),
      sources,
      ...(stats === undefined ? {} : { powershell: childOf(stats, part) }),
    };
  }

  return {
    record(part, { result, durationMs, document, error }) {
      const its = parts[part];
      its.polls[result] += 1;
      if (result === 'skipped') return;
      its.tried = true;
      its.success = document !== undefined;
      its.durationMs = durationMs;
      its.error = error;
      if (document === undefined) return;
      its.landedMs = durationMs ?? 0;
      land(part, document);
    },
    snapshot: () => ({
      inventory: partSnapshot('inventory'),
      activity: partSnapshot('activity'),
      config: partSnapshot('config'),
      cluster: partSnapshot('cluster'),
      culture,
      inventorySequence,
    }),
    collection: (simulated, stats) => ({
      simulated,
      now: clock.now(),
      parts: {
        inventory: partState('inventory', stats),
        activity: partState('activity', stats),
        config: partState('config', stats),
        cluster: partState('cluster', stats),
      },
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

function childOf(stats: SourceStats, part: Part): PartState['powershell'] {
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
