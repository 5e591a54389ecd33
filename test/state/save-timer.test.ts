import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { phaseOf } from '../../src/fleet/shard.ts';
import { saveEvery } from '../../src/state/save-timer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('1,000 hosts save at times spread over the minute, each once a minute', () => {
  const perSecond = new Map<number, number>();
  const perHost = new Map<string, number>();
  let second = 0;
  const ends = Array.from({ length: 1000 }, (_, index) => {
    const name = `hv${index}.example.net`;
    return saveEvery(60_000, phaseOf(name), () => {
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      perHost.set(name, (perHost.get(name) ?? 0) + 1);
    });
  });
  for (second = 0; second < 180; second++) vi.advanceTimersByTime(1000);
  expect(new Set(perHost.values())).toEqual(new Set([3]));
  expect(perHost.size).toBe(1000);
  expect(perSecond.size).toBe(180);
  expect(Math.max(...perSecond.values())).toBeLessThan(40);
  for (const end of ends) end();
  const before = [...perHost.values()];
  vi.advanceTimersByTime(120_000);
  expect([...perHost.values()]).toEqual(before);
});
