import { assert, constantFrom, integer, property } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { interval } from '../../src/config/fields.ts';
import { cronExpression, schedule } from '../../src/poll/schedule.ts';
import { HOUR, MINUTE, SECOND } from './fakes.ts';

const quiet = { debug() {}, warn() {}, error() {} };

/** Seconds of an hour at which an expression is due: fields are a number, `*` or `*` with a step. */
function ticks(expression: string): number[] {
  const [seconds = '', minutes = ''] = expression.split(' ');
  const fits = (field: string, value: number) => {
    const [what, step] = field.split('/');
    return what === '*' ? value % Number(step ?? 1) === 0 : value === Number(field);
  };
  return Array.from({ length: 3600 }, (_, second) => second).filter(
    (second) => fits(seconds, second % 60) && fits(minutes, Math.floor(second / 60)),
  );
}

describe('the cron expression of an interval', () => {
  it.each([
    [SECOND, '*/1 * * * * *'],
    [15 * SECOND, '*/15 * * * * *'],
    [MINUTE, '0 */1 * * * *'],
    [10 * MINUTE, '0 */10 * * * *'],
    [HOUR, '0 0 * * * *'],
  ])('of %i ms is %s', (ms, expression) => {
    expect(cronExpression(ms)).toBe(expression);
  });

  it('has equal gaps of that interval, also across the hour, for every valid interval; others are refused', () => {
    let legal = 0;
    for (let seconds = 1; seconds <= 2 * 3600; seconds += 1) {
      const even = seconds < 60 ? 60 % seconds === 0 : seconds % 60 === 0 && 3600 % seconds === 0;
      if (!even) {
        expect(() => cronExpression(seconds * SECOND), `${seconds} s`).toThrow(RangeError);
        continue;
      }
      legal += 1;
      const due = ticks(cronExpression(seconds * SECOND));
      expect(due, `${seconds} s`).toEqual(Array.from({ length: 3600 / seconds }, (_, tick) => tick * seconds));
    }
    expect(legal).toBe(11 + 12);
  });

  it('exists for every interval that the configuration allows', () => {
    assert(
      property(integer({ min: -10, max: 10_000 }), constantFrom('s', 'm', 'h', 'ms'), (count, unit) => {
        const parsed = interval().safeParse(`${count}${unit}`);
        if (parsed.success) expect(cronExpression(parsed.data)).toMatch(/^\S+ \S+ \* \* \* \*$/);
      }),
      { numRuns: 5000 },
    );
    expect(interval().safeParse('15s').success).toBe(true);
  });
});

describe('a schedule', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 2, 29, 0, 59, 50) }));
  afterEach(() => void vi.useRealTimers());

  it('runs at each tick, and not after it was stopped', async () => {
    const at: number[] = [];
    const end = schedule(15 * SECOND, async () => void at.push(Date.now()), {
      clock: systemClock,
      log: quiet,
      onOverlap: () => {},
    });
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(at.map((time) => new Date(time).toISOString().slice(14, 19))).toEqual(['00:00', '00:15', '00:30', '00:45']);
    await end();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(at).toHaveLength(4);
  });

  it.each([
    ['leaves out an hour', '2026-03-29T00:29:50Z'],
    ['has an hour twice', '2026-10-24T23:59:50Z'],
  ])('runs at each interval in a time zone that %s', async (_, start) => {
    const former = process.env['TZ'];
    process.env['TZ'] = 'Europe/Berlin';
    try {
      vi.setSystemTime(Date.parse(start));
      const offset = new Date().getTimezoneOffset();
      const at: number[] = [];
      const task = async () => void at.push(Date.now());
      const ends = [10 * MINUTE, HOUR].map((every) =>
        schedule(every, task, { clock: systemClock, log: quiet, onOverlap: () => {} }),
      );
      await vi.advanceTimersByTimeAsync(180 * MINUTE);
      expect(new Date().getTimezoneOffset()).not.toBe(offset);
      // Each ten minutes, and each hour
      expect(at).toHaveLength(18 + 3);
      await Promise.all(ends.map((end) => end()));
    } finally {
      if (former === undefined) delete process.env['TZ'];
      else process.env['TZ'] = former;
    }
  });

  it('runs at its phase within the interval, to the millisecond, and does not begin after it was stopped', async () => {
    const at: string[] = [];
    const end = schedule(15 * SECOND, async () => void at.push(new Date(Date.now()).toISOString().slice(17, 23)), {
      clock: systemClock,
      log: quiet,
      onOverlap: () => {},
      phaseMs: 60 * SECOND + 7250,
    });
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(at).toEqual(['52.250', '07.250', '22.250', '37.250']);
    // The tick of cron at 52 s has come, and the quarter of a second after it has not.
    await vi.advanceTimersByTimeAsync(2100);
    await end();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(at).toHaveLength(4);
  });

  it('skips a tick while the previous run is going on, and logs it', async () => {
    let runs = 0;
    let overlaps = 0;
    const task = async () => {
      runs += 1;
      await new Promise((resolve) => {
        setTimeout(resolve, 40 * SECOND);
      });
    };
    const end = schedule(15 * SECOND, task, { clock: systemClock, log: quiet, onOverlap: () => (overlaps += 1) });
    await vi.advanceTimersByTimeAsync(70 * SECOND);
    expect([runs, overlaps]).toEqual([2, 3]);
    await end();
  });

  it('runs late rather than not at all on a busy machine', async () => {
    let runs = 0;
    const count = () => Promise.resolve((runs += 1));
    const end = schedule(15 * SECOND, count, { clock: systemClock, log: quiet, onOverlap: () => {} });
    await vi.advanceTimersByTimeAsync(9 * SECOND);
    vi.setSystemTime(Date.now() + 5 * SECOND);
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(runs).toBe(1);
    await end();
  });

  it('continues after a task that throws', async () => {
    let runs = 0;
    const errors: string[] = [];
    const log = { ...quiet, error: (_: object, message: string) => void errors.push(message) };
    const task = () => {
      runs += 1;
      return Promise.reject(new Error('broken'));
    };
    const end = schedule(15 * SECOND, task, { clock: systemClock, log, onOverlap: () => {} });
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect([runs, errors.length]).toEqual([4, 4]);
    await end();
  });
});
