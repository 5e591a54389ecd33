import type { Clock } from '../clock.ts';
import type { Part } from '../document/document.ts';

/** Runs work when it is its turn, and settles as the work does. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Where documents come from: a Hyper-V host through PowerShell, locally or over SSH, the agent on a host, a simulated host,
 * or a recording. The poller reads the world only through this, so tests replace this and nothing else.
 */
export interface HostReader {
  readonly kind: 'powershell' | 'ssh' | 'http' | 'demo' | 'replay';
  readonly clock: Clock;
  /** The parts that can be read; all of them if absent. A recording lacks the parts that were left out of it. */
  readonly parts?: ReadonlySet<Part>;
  /** How long the host must run before a one-shot command shows it, milliseconds: a recording to its end, a scenario until it has settled */
  readonly settleMs?: number;
  /**
   * Reads one raw document, which is not validated yet. Rejects with an OperationalError if that fails. `signal` is the
   * deadline of the poll: when it aborts, the reader must release everything that it holds for the call, and reject.
   */
  read(part: Part, signal: AbortSignal): Promise<unknown>;
  /**
   * Resolves when the part can be read; the caller then reads it at once. `signal` ends the wait but not the start: a
   * session that starts slowly goes on starting, for the next poll. Rejects with an OperationalError if it cannot start.
   */
  start?(part: Part, signal: AbortSignal): Promise<void>;
  /** Releases everything and leaves no process behind. Never rejects. May be called twice. */
  close(): Promise<void>;
  /** Only of a simulated host that goes through stages */
  readonly tour?: Tour;
  /** How many times faster than a real host a simulated one lives: it is read as many times as often. 1 without it */
  readonly speed?: number;
  /** Only of a simulated host whose clock starts in the past, so that it has a history when it is first shown */
  readonly rehearsal?: Rehearsal;
  /** Counts for the agent's own metrics; absent if the reader has none. */
  stats?(): ReaderStats;
}

/** Brings a reader's clock to the present. */
export interface Rehearsal {
  /** How far the clock is behind the present, milliseconds */
  behind(): number;
  /** Moves the clock to the present in steps, and calls `poll` before each. */
  run(poll: () => Promise<void>): Promise<void>;
}

/** The stages that a simulated host goes through. */
export interface Tour {
  /** The scenario of each stage */
  readonly stages: readonly string[];
  /** Index of the present stage, and milliseconds until the next one */
  now(): { readonly stage: number; readonly leftMs: number };
  /** Moves the host to the middle of a stage. Everything known about it is void, because it is another host then. */
  jump(stage: number): void;
}

/** Cumulative since the start, by part. */
export interface ReaderStats {
  readonly calls: Readonly<Record<Part, number>>;
  readonly restarts: Readonly<Record<Part, number>>;
  /** Bytes of the last frame on the wire */
  readonly frameBytes: Readonly<Partial<Record<Part, number>>>;
  /** CPU seconds of all children so far, ended ones included, and resident bytes of the living one */
  readonly childCpuSeconds: Readonly<Partial<Record<Part, number>>>;
  readonly childResidentBytes: Readonly<Partial<Record<Part, number>>>;
}
