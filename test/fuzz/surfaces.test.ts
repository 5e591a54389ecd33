import { expect, it } from 'vitest';
import { fuzz } from '../../tools/fuzz/run.ts';
import { MILLION, SURFACES } from '../../tools/fuzz/surfaces/index.ts';

/** Cases of each surface: a second or two of work. `npm run fuzz` runs as many as wanted. */
const CASES: Readonly<Record<string, number>> = {
  frames: 3000,
  documents: 250,
  captures: 250,
  configuration: 800,
  'web-configuration': 800,
  targets: 800,
  ssh: 3000,
  'found-nodes': 400,
  journal: 250,
  history: 250,
  alerts: 600,
  trends: 600,
  requests: 4000,
  'guest-metrics': 20_000,
};

it('every surface has cases', () => {
  expect(Object.keys(CASES)).toEqual(Object.keys(SURFACES));
});

/** Fewer cases of a surface tell little: `npm run fuzz -- --million` runs as many at least. */
const LEAST = 10_000;

it('a run of a million has its share of each surface', () => {
  expect(Object.keys(MILLION)).toEqual(Object.keys(SURFACES));
  expect(Object.entries(MILLION).filter(([, cases]) => cases < LEAST)).toEqual([]);
  expect(Object.values(MILLION).reduce((sum, cases) => sum + cases, 0)).toBe(1_000_000);
});

it.each(Object.entries(SURFACES))('%s: no case breaks an invariant', async (name, open) => {
  const most = CASES[name] ?? 0;
  const { cases, crashes } = await fuzz(name, open, { seed: 1, cases: most });
  expect(
    crashes.map(({ index, error }) => `npm run fuzz -- --seed 1 --surface ${name} --case ${index}: ${String(error)}`),
  ).toEqual([]);
  // Cases that are all refused at the door test nothing behind it, and cases that are all accepted are not damaged.
  expect(cases.accepted).toBeGreaterThan(most / 50);
  expect(cases.refused).toBeGreaterThan(most / 50);
});
