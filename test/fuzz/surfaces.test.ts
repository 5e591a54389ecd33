import { expect, it } from 'vitest';
import { MILLION, SURFACES } from '../../tools/fuzz/surfaces/index.ts';
import { holds, LISTENING } from './holds.ts';

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
  fleet: 150,
};

it('every surface has cases', () => {
  expect([...Object.keys(CASES), ...LISTENING]).toEqual(Object.keys(SURFACES));
});

/** Fewer cases of a surface tell little: `npm run fuzz -- --million` runs as many at least. */
const LEAST = 10_000;

it('a run of a million has its share of each surface', () => {
  expect(Object.keys(MILLION)).toEqual(Object.keys(SURFACES));
  expect(Object.entries(MILLION).filter(([, cases]) => cases < LEAST)).toEqual([]);
  expect(Object.values(MILLION).reduce((sum, cases) => sum + cases, 0)).toBe(1_000_000);
});

it.each(Object.entries(SURFACES).filter(([name]) => !LISTENING.includes(name)))(
  '%s: no case breaks an invariant',
  async (name, open) => holds(name, open, CASES[name] ?? 0),
);
