import { type Logger as CronLogger, schedule as cron } from 'node-cron';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';

/*
 * node-cron takes the milliseconds off the present with Date.setMilliseconds. Of a local time that occurs twice, at the end
 * of daylight saving time, that gives the first: for the hour after, nothing would run and its timer would fire without a
 * pause (github.com/node-cron/node-cron/issues/509). The milliseconds in UTC are the same, and no time in UTC occurs twice.
 */
// oxlint-disable-next-line no-extend-native -- the library offers no other way
Date.prototype.setMilliseconds = function setMilliseconds(milliseconds) {
  return this.setUTCMilliseconds(milliseconds);
};

/**
 * The cron expression (with seconds) of an interval in milliseconds. The interval must divide a minute or an hour: cron
 * runs any other interval with uneven gaps (every 45 s becomes gaps of 45 s and 15 s).
 * @param phaseMs when within the interval; whole seconds of it count, as cron knows no less
 * @throws RangeError for an interval that divides neither
 */
export function cronExpression(intervalMs: number, phaseMs = 0): string {
  const seconds = intervalMs / 1000;
  const minutes = seconds / 60;
  const phase = Math.floor((phaseMs % intervalMs) / 1000);
  const every = (step: number, start: number) => (start === 0 ? `*/${step}` : `${start}-59/${step}`);
  if (Number.isInteger(seconds) && seconds > 0 && seconds < 60 && 60 % seconds === 0)
    return `${every(seconds, phase)} * * * * *`;
  if (Number.isInteger(minutes) && minutes > 0 && minutes < 60 && 60 % minutes === 0)
    return `${phase % 60} ${every(minutes, Math.floor(phase / 60))} * * * *`;
  if (minutes === 60) return `${phase % 60} ${Math.floor(phase / 60)} * * * *`;
  throw new RangeError(`${intervalMs} ms divides neither a minute nor an hour`);
}

/** Logs node-cron's messages with a static message and their text in a field. */
function cronLogger(log: Omit<Log, 'info'>): CronLogger {
  const fields = (message: string | Error, err?: Error) =>
    message instanceof Error ? { err: message } : { text: message, err };
  return {
    info: (message) => log.debug(fields(message), 'schedule'),
    debug: (message, err) => log.debug(fields(message, err), 'schedule'),
    warn: (message) => log.debug(fields(message), 'schedule'),
    error: (message, err) => log.error(fields(message, err), 'schedule'),
  };
}

/** A smaller step of the wall clock is time synchronisation, not a jump. */
const JUMP_MS = 1000;

/**
 * Calls `jumped` when the wall clock has been set. node-cron sleeps until a time of day; after the clock is set back by
 * an hour it would sleep for that hour. Returns a function that ends the watch.
 */
function watchClock(clock: Clock, everyMs: number, jumped: () => void): () => void {
  const offset = () => clock.now() - clock.monotonic();
  let last = offset();
  const timer = setInterval(() => {
    const before = last;
    last = offset();
    if (Math.abs(last - before) > JUMP_MS) jumped();
  }, everyMs);
  return () => clearInterval(timer);
}

/** A task that begins so much later, and the end of those that have not begun. */
function later(delayMs: number, task: () => Promise<unknown>) {
  if (delayMs === 0) return { begin: task, cancel: () => undefined };
  let cancel = (): void => undefined;
  return {
    begin: async (): Promise<unknown> => {
      const isDue = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(resolve, delayMs, true);
        cancel = () => {
          clearTimeout(timer);
          resolve(false);
        };
      });
      return isDue ? task() : undefined;
    },
    cancel: () => cancel(),
  };
}

/** Runs `task` at each tick, or calls `onOverlap` if the last run has not ended. Returns a function that ends the schedule. */
export function schedule(
  intervalMs: number,
  task: () => Promise<unknown>,
  options: {
    readonly clock: Clock;
    readonly log: Omit<Log, 'info'>;
    readonly onOverlap: () => void;
    /** Called within a quarter of the interval after the wall clock has been set */
    readonly onClockSet?: (() => void) | undefined;
    readonly phaseMs?: number | undefined;
  },
): () => Promise<void> {
  // UTC: in a time zone with daylight saving the repeated hour would run only once.
  const { begin, cancel } = later((options.phaseMs ?? 0) % 1000, task);
  const job = cron(cronExpression(intervalMs, options.phaseMs), begin, {
    noOverlap: true,
    timezone: 'UTC',
    logger: cronLogger(options.log),
    suppressMissedWarning: true,
    // Run a tick late on a busy machine instead of dropping it.
    missedExecutionTolerance: intervalMs,
  });
  job.on('execution:overlap', options.onOverlap);
  const restart = async () => {
    await job.stop();
    await job.start();
    options.onClockSet?.();
  };
  const unwatch = watchClock(options.clock, intervalMs / 4, () => void restart());
  return async () => {
    unwatch();
    cancel();
    await job.destroy();
  };
}
