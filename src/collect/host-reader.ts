import type { Clock } from '../clock.ts';
import type { Part } from '../document/document.ts';

/**
 * Where documents come from: a Hyper-V host through PowerShell, here or over SSH, the demo host, or a recording.
 * The whole outside world of the poller, and the one place where tests put something else.
 */
export interface HostReader {
  readonly kind: 'powershell' | 'ssh' | 'demo' | 'replay';
  readonly clock: Clock;
  /** The parts that the source has; all of them without it. A recording lacks those that it was made without. */
  readonly parts?: ReadonlySet<Part>;
  /** How long a recording plays, milliseconds; then its host stands still */
  readonly lengthMs?: number;
  /**
   * One raw document, not yet validated. Rejects with an OperationalError when it could not be had; `signal` is the
   * poll's deadline: once aborted the source must let go of all that it holds for the call and reject.
   */
  read(part: Part, signal: AbortSignal): Promise<unknown>;
  /**
   * Resolves once a read of the part can be asked; the read is to follow at once. `signal` ends the wait, not the start: a
   * session that is slow to start goes on starting for the next poll. Rejects with an OperationalError when it cannot start.
   */
  start?(part: Part, signal: AbortSignal): Promise<void>;
  /** Frees everything; no process is left. Never rejects; may be called twice. */
  close(): Promise<void>;
  /** Where the host is a simulated one that goes through stages */
  readonly tour?: Tour;
  /** Where the clock starts in the past, so that the host has one when it is first shown. For a simulated host */
  readonly rehearsal?: Rehearsal;
  /** Counts for the agent's own metrics; absent where the source has none. */
  stats?(): ReaderStats;
}

/** The way of a reader's clock to the present. */
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
  /** Puts the host into the midst of a stage. What is known of it no longer holds: it is another host. */
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
