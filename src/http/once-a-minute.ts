import { systemClock } from '../clock.ts';
import { LIMITS } from './limits.ts';

/** Sums up what a client could make happen thousands of times: the first is reported at once, then the sum once a minute. */
export function onceAMinute(
  now: () => number = () => systemClock.monotonic(),
): (count: number, report: (sum: number) => void) => void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  let sum = 0;
  return (count, report) => {
    sum += count;
    if (now() - reportedAt < LIMITS.refusalLogInterval) return;
    reportedAt = now();
    report(sum);
    sum = 0;
  };
}
