import type { Clock } from '../clock.ts';
import type { HostReader } from '../collect/host-reader.ts';
import { byPart, type Part, PARTS } from '../document/document.ts';
import { parseInSteps } from '../document/parse.ts';
import { BugError, errorText } from '../errors.ts';
import type { PollResult } from './collection.ts';
import type { Log } from '../log.ts';
import { inTurns } from '../turn.ts';
import { schedule } from './schedule.ts';
import type { PollOutcome, Store } from './store.ts';

const MINUTE = 60_000;
/** Waits after two and more timeouts in a row: killing the child does not cancel state work in vmms. */
const BACK_OFF_MS = [2 * MINUTE, 5 * MINUTE, 15 * MINUTE] as const;
/** Ticks come a little early or late. Without slack, every other tick would find the part not yet due. */
const SLACK_MS = 1000;
/** Parts whose rows are joined to objects of the inventory and that are read seldom */
const AFTER_INVENTORY: readonly Part[] = PARTS.filter((part) => part !== 'inventory' && part !== 'activity');

/** A part that is polled. */
export interface PollPart {
  readonly intervalMs: number;
  readonly deadlineMs: number;
}

export interface PollerOptions {
  readonly reader: HostReader;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Omit<Log, 'info'>;
  /** The parts to poll */
  readonly parts: Readonly<Partial<Record<Part, PollPart>>>;
  /** When within their intervals the parts are polled, milliseconds */
  readonly phaseMs?: number | undefined;
  /** Called after each poll, once its outcome is in the store */
  readonly onChange: (part: Part, outcome: PollOutcome) => void;
}

export interface Poller {
  /**
   * Polls a part if it is due, or in any case with `now`. Never rejects: the store has the error. Resolves with
   * `skipped` where the part is not due, its last poll still runs, or the poller has stopped.
   */
  poll(part: Part, when?: 'due' | 'now'): Promise<PollResult>;
  /** Polls each part now, all except activity after the inventory. Resolves with the result of the inventory. */
  pollAll(): Promise<PollResult>;
  /** Polls each part once, all except activity after the first inventory, and from then on on schedule. */
  start(): void;
  /** Starts no further polls and aborts those that run. Resolves when none runs. */
  stop(): Promise<void>;
}

interface PartClock {
  running: Promise<PollResult> | undefined;
  lastStart: number | undefined;
  timeouts: number;
  notBefore: number;
}

const newPartClock = (): PartClock => ({ running: undefined, lastStart: undefined, timeouts: 0, notBefore: -Infinity });

/** Reads each part at its interval and puts the outcome into the store. Polling begins with `start`. Failures never throw: they are outcomes of their part. */
export function createPoller(options: PollerOptions): Poller {
  const { reader, store, clock, parts } = options;
  const clocks = byPart(newPartClock);
  const stopping = new AbortController();
  const jobs: (() => Promise<void>)[] = [];

  function isDue(part: Part, intervalMs: number): boolean {
    const { lastStart, notBefore } = clocks[part];
    const now = clock.monotonic();
    if (now < notBefore) return false;
    const slack = Math.min(SLACK_MS, intervalMs / 2);
    return lastStart === undefined || now - lastStart >= store.effectiveInterval(part) - slack;
  }

  async function read(part: Part, deadlineMs: number): Promise<PollOutcome> {
    const begun = clock.monotonic();
    let starting = true;
    try {
      await withDeadline(deadlineMs, stopping.signal, async (signal) => reader.start?.(part, signal));
      starting = false;
      const raw = await withDeadline(deadlineMs, stopping.signal, (signal) => reader.read(part, signal));
      const document = await inTurns(parseInSteps(raw));
      if (document.part !== part) throw new BugError(`asked for ${part}, got ${document.part}`);
      return { result: 'ok', durationMs: clock.monotonic() - begun, document, raw };
    } catch (error) {
      const durationMs = clock.monotonic() - begun;
      if (!(error instanceof DeadlinePassed))
        return { result: 'failed', durationMs, error: errorText(error), cause: error };
      if (!starting) return { result: 'timeout', durationMs, error: error.message, cause: error };
      const text = `no session with the host within ${deadlineMs / 1000} s; it goes on starting`;
      return { result: 'starting', durationMs, error: text, cause: error };
    }
  }

  async function run(part: Part, { deadlineMs }: PollPart): Promise<PollResult> {
    const state = clocks[part];
    state.lastStart = clock.monotonic();
    const outcome = await read(part, deadlineMs);
    state.timeouts = outcome.result === 'timeout' ? state.timeouts + 1 : outcome.result === 'ok' ? 0 : state.timeouts;
    // A host that refuses, or is connecting, was not asked: only an answer that did not come is waited out.
    const late = outcome.result === 'timeout' && state.timeouts >= 2;
    const wait = late ? BACK_OFF_MS[Math.min(state.timeouts - 2, BACK_OFF_MS.length - 1)] : undefined;
    state.notBefore = wait === undefined ? -Infinity : clock.monotonic() + wait;
    if (!stopping.signal.aborted) {
      store.record(part, outcome);
      options.onChange(part, outcome);
    }
    return outcome.result;
  }

  async function poll(part: Part, when: 'due' | 'now' = 'due'): Promise<PollResult> {
    const state = clocks[part];
    const about = parts[part];
    if (about === undefined || stopping.signal.aborted) return 'skipped';
    if (state.running !== undefined || (when === 'due' && !isDue(part, about.intervalMs))) {
      store.record(part, { result: 'skipped' });
      return 'skipped';
    }
    state.running = run(part, about);
    try {
      return await state.running;
    } finally {
      state.running = undefined;
    }
  }

  async function pollAll(): Promise<PollResult> {
    const [inventory] = await Promise.all([poll('inventory', 'now'), poll('activity', 'now')]);
    await Promise.all(AFTER_INVENTORY.map((part) => poll(part, 'now')));
    return inventory;
  }

  return {
    poll,
    pollAll,
    start() {
      for (const part of PARTS) {
        const about = parts[part];
        if (about === undefined) continue;
        const waitsForInventory = AFTER_INVENTORY.includes(part) && parts.inventory !== undefined;
        const tick = async () => (waitsForInventory && clocks[part].lastStart === undefined ? 'skipped' : poll(part));
        const onOverlap = () => store.record(part, { result: 'skipped' });
        // Until it is read again, its last success has a time of the former clock: data of minutes ago seem hours old.
        const onClockSet = () => {
          const { lastStart, notBefore } = clocks[part];
          if (lastStart !== undefined && clock.monotonic() >= notBefore) void poll(part, 'now');
        };
        const { log, phaseMs } = options;
        jobs.push(schedule(about.intervalMs, tick, { clock, log, onOverlap, onClockSet, phaseMs }));
      }
      void pollAll();
    },
    async stop() {
      stopping.abort();
      await Promise.all(jobs.map((end) => end()));
      await Promise.all(PARTS.map(async (part) => clocks[part].running));
    },
  };
}

class DeadlinePassed extends Error {}

/** Runs `work` until the deadline or the stop, whichever comes first; work that ignores the signal is abandoned. */
async function withDeadline<T>(
  deadlineMs: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const passed = new DeadlinePassed(`no answer within ${deadlineMs / 1000} s`);
  const { promise: aborted, reject } = withRejecter();
  const end = (error: Error) => {
    reject(error);
    controller.abort(error);
  };
  const timer = setTimeout(end, deadlineMs, passed);
  const onStop = () => end(new Error('the agent is stopping'));
  if (stop.aborted) onStop();
  stop.addEventListener('abort', onStop);
  try {
    return await Promise.race([work(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}

function withRejecter(): { readonly promise: Promise<never>; readonly reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<never>((_, rejected) => {
    reject = rejected;
  });
  // A rejection after the race has no one to handle it.
  promise.catch(() => undefined);
  return { promise, reject };
}
