import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Part } from '../../src/document/document.ts';
import { type RenderSchedule, scheduleRenders } from '../../src/poll/render-schedule.ts';

let began: number;
let renders: number[];
let expiresAt: number | undefined;
let schedule: RenderSchedule;

const seconds = () => Math.round((systemClock.monotonic() - began) / 100) / 10;

function start(shortestIntervalMs = 15_000): void {
  began = systemClock.monotonic();
  renders = [];
  expiresAt = undefined;
  schedule = scheduleRenders({
    clock: systemClock,
    render: async () => void renders.push(seconds()),
    nextExpiry() {
      const left = began + (expiresAt ?? 0) * 1000 - systemClock.monotonic();
      return left < 0 ? undefined : left;
    },
    shortestIntervalMs,
  });
}

/** Lets polls land at these times, seconds since the start. */
async function land(...polls: readonly (readonly [at: number, part: Part])[]): Promise<void> {
  for (const [at, part] of polls) {
    await vi.advanceTimersByTimeAsync((at - seconds()) * 1000);
    schedule.landed(part);
  }
}
const until = async (at: number) => vi.advanceTimersByTimeAsync((at - seconds()) * 1000);

beforeEach(() => {
  vi.useFakeTimers();
  start();
});
afterEach(() => {
  schedule.stop();
  vi.useRealTimers();
});

describe('metrics are rendered', () => {
  it('when the first poll of each part lands', async () => {
    await land([1, 'activity'], [2, 'inventory'], [3, 'config'], [4, 'cluster']);
    expect(renders).toEqual([1, 2, 3, 4]);
  });

  it('with each inventory and at most once in 15 s with all other polls: five times a minute', async () => {
    await land([1, 'inventory'], [1, 'activity'], [1, 'cluster'], [1, 'config']);
    await until(59);
    renders = [];
    for (const minute of [60, 120]) {
      for (const at of [0, 15, 30, 45]) {
        await land([minute + at + 0.4, 'activity']);
        if (at === 0) await land([minute + at + 1, 'cluster'], [minute + at + 2, 'inventory']);
      }
    }
    await until(179);
    expect(renders).toEqual([60.4, 62, 75.4, 90.4, 105.4, 120.4, 122, 135.4, 150.4, 165.4]);
  });

  it('with a poll that lands soon after another one, once 13.5 s have passed', async () => {
    await land([1, 'activity'], [1, 'cluster'], [10, 'activity'], [12, 'cluster'], [16, 'activity']);
    await until(29);
    expect(renders).toEqual([1, 1, 10, 23.5]);
  });

  it('as often as the most frequently polled part', async () => {
    schedule.stop();
    start(2000);
    await land([1, 'activity'], [3, 'activity'], [5, 'activity'], [5.5, 'activity']);
    await until(10);
    expect(renders).toEqual([1, 3, 5, 6.8]);
  });

  it('every 20 s if no poll lands, and just after a source expires', async () => {
    await until(45);
    expect(renders).toEqual([20, 40]);
    expiresAt = 64;
    await until(70);
    expect(renders).toEqual([20, 40, 60, 64]);
  });

  it('no longer once stopped', async () => {
    schedule.stop();
    schedule.landed('inventory');
    await until(60);
    expect(renders).toEqual([]);
  });
});
