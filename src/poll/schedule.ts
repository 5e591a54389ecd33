import { type Logger as CronLogger, schedule as cron } from 'node-cron';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';

/**
 * The cron expression, seconds first, of a duration in milliseconds that divides a minute or an hour; in cron every
 * other one has uneven gaps (every 45 s would be gaps of 45 and 15).
 * @throws RangeError on a duration that does not
 */
export function cronExpression(intervalMs: number): string {
  const seconds = intervalMs / 1000;
  const minutes = seconds / 60;
  if (Number.isInteger(seconds) && seconds > 0 && seconds < 60 && 60 % seconds === 0) return `*/${seconds} * * * * *`;
  if (Number.isInteger(minutes) && minutes > 0 && minutes < 60 && 60 % minutes === 0) return `0 */${minutes} * * * *`;
  if (minutes === 60) return '0 0 * * * *';
  throw new RangeError(`${intervalMs} ms divides neither a minute nor an hour`);
}

/** node-cron's messages as static ones with their text in a field. */
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

/** A step of the wall clock; less is what setting it right a little at a time looks like. */
const JUMP_MS = 1000;

/**
 * Calls `jumped` when the wall clock was set: node-cron sleeps until a time of day, and a clock put back an hour would
 * keep it asleep for that hour. Returns its end.
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

/** Runs `task` at each tick; a tick that finds the former run still going calls `onOverlap` instead. Returns its end. */
export function schedule(
  intervalMs: number,
  task: () => Promise<unknown>,
  options: { readonly clock: Clock; readonly log: Omit<Log, 'info'>; readonly onOverlap: () => void },
): () => Promise<void> {
  // UTC: in a zone with summer time the repeated hour would run once.
  const job = cron(cronExpression(intervalMs), task, {
    noOverlap: true,
    timezone: 'UTC',
    logger: cronLogger(options.log),
    suppressMissedWarning: true,
    // A tick that a busy machine delays is late, not lost.
    missedExecutionTolerance: intervalMs,
  });
  job.on('execution:overlap', options.onOverlap);
  const restart = async () => {
    await job.stop();
    await job.start();
  };
  const unwatch = watchClock(options.clock, intervalMs / 4, () => void restart());
  return async () => {
    unwatch();
    await job.destroy();
  };
}
