import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { phaseOf } from '../../src/fleet/shard.ts';
import { alertStateFromJson, alertStateToJson } from '../../src/alerting/state.ts';

const AT = 1_800_000_000;
const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/alert-state', name), 'utf8'));

it('reads what version 1 has written, and writes it as version 2', () => {
  const saved = alertStateFromJson(fixture('schema-1.json'), AT);
  expect([...saved.alerts.values()].map(({ name, state }) => [name, state])).toEqual([
    ['SriovVfFallback', 'firing'],
    ['SriovVmqStarved', 'pending'],
    ['SriovVfPathFlapping', 'resolved'],
  ]);
  expect(saved.unsent).toHaveLength(1);
  expect(saved.window).toHaveLength(1);
  expect(alertStateToJson(saved, AT)).toEqual(fixture('schema-2.json'));
});

it('reads what version 2 has written, and writes it the same', () => {
  const saved = alertStateFromJson(fixture('schema-2.json'), AT);
  expect(saved.window).toMatchObject([{ name: 'hyperv_vnic_vf_active', value: 1 }]);
  expect(alertStateToJson(saved, AT)).toEqual(fixture('schema-2.json'));
});

it('leaves out an entry with an impossible time and keeps the others; a value that JSON does not have is kept as NaN', () => {
  const state = structuredClone(fixture('schema-2.json')) as {
    alerts: Record<string, unknown>[];
    window: Record<string, unknown>[];
  };
  const [first] = state.alerts;
  for (const time of [-1, 8.7e12, 1e300, Number.NaN, '2026'])
    for (const name of ['activeAt', 'firedAt', 'lapsedAt', 'resolvedAt'])
      state.alerts.push({ ...first, name: 'Bad', [name]: time });
  state.window.push({ ...state.window[0], at: 1e300 });
  Object.assign(first!, { value: null });
  const saved = alertStateFromJson(state, AT);
  expect([...saved.alerts.values()].map(({ name }) => name)).toEqual([
    'SriovVfFallback',
    'SriovVmqStarved',
    'SriovVfPathFlapping',
  ]);
  expect([...saved.alerts.values()][0]!.value).toBeNaN();
  expect([saved.dropped, saved.window.length]).toEqual([21, 1]);
});

it('is due for saving once in five minutes, at the phase of its host', () => {
  const names = Array.from({ length: 300 }, (_, index) => `hv${index + 1}`);
  const savedAt = names.map((name) => {
    const text = (second: number) =>
      JSON.stringify(
        alertStateToJson({ alerts: new Map(), unsent: [], window: [] }, AT + second, Math.floor(phaseOf(name) / 1000)),
      );
    const times = Array.from({ length: 300 }, (_, second) => second).filter((at) => text(at) !== text(at - 1));
    expect(times, name).toHaveLength(1);
    return times[0] ?? 0;
  });
  // 15 hosts in 15 seconds on average
  const perRender = Array.from(
    { length: 20 },
    (_, slot) => savedAt.filter((second) => Math.floor(second / 15) === slot).length,
  );
  expect(Math.max(...perRender)).toBeLessThan(35);
  expect(Math.min(...perRender)).toBeGreaterThan(0);
});

it('ignores fields that it does not know', () => {
  expect(alertStateFromJson({ ...(fixture('schema-1.json') as object), later: true }, AT).alerts.size).toBe(3);
});
