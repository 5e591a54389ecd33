import { expect } from 'vitest';
import { fuzz } from '../../tools/fuzz/run.ts';
import type { OpenSurface } from '../../tools/fuzz/surface.ts';

/** Surfaces that listen on a port: each has a system test of its own */
export const LISTENING: readonly string[] = ['remote-answers'];

/** No case of a surface breaks an invariant. */
export async function holds(name: string, open: OpenSurface, most: number): Promise<void> {
  const { cases, crashes } = await fuzz(name, open, { seed: 1, cases: most });
  expect(
    crashes.map(({ index, error }) => `npm run fuzz -- --seed 1 --surface ${name} --case ${index}: ${String(error)}`),
  ).toEqual([]);
  // Cases that are all refused at the door test nothing behind it, and cases that are all accepted are not damaged.
  expect(cases.accepted).toBeGreaterThan(most / 50);
  expect(cases.refused).toBeGreaterThan(most / 50);
}
