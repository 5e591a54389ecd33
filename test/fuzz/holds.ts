import { expect } from 'vitest';
import { fuzz } from '../../tools/fuzz/run.ts';
import { SURFACES } from '../../tools/fuzz/surfaces/index.ts';

/** Surfaces that listen on a port, which only system tests may do */
export const LISTENING: readonly string[] = ['remote-answers'];

/** No case of a surface breaks an invariant. */
export async function holds(name: string, most: number): Promise<void> {
  const open = SURFACES[name];
  if (open === undefined) throw new Error(`no surface ${name}`);
  const { cases, crashes } = await fuzz(name, open, { seed: 1, cases: most });
  expect(
    crashes.map(({ index, error }) => `npm run fuzz -- --seed 1 --surface ${name} --case ${index}: ${String(error)}`),
  ).toEqual([]);
  // Cases that are all refused at the door test nothing behind it, and cases that are all accepted are not damaged.
  expect(cases.accepted).toBeGreaterThan(most / 50);
  expect(cases.refused).toBeGreaterThan(most / 50);
}
