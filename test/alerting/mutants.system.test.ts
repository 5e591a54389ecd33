import { expect, it } from 'vitest';
import { allMutants, type Mutant, sampleOf } from '../../tools/mutation/mutants.ts';
import { reasonOf, tryOut } from '../../tools/mutation/run.ts';
import { EQUAL } from '../../tools/mutation/equal.ts';
import { describeWith } from '../support/tools.ts';

/** Another sample each day: `npm run mutate:rules -- --count 20 --seed 20261130` repeats one. All of them take 15 minutes. */
const SEED = Number(new Date().toISOString().slice(0, 10).replaceAll('-', ''));
const SAMPLE = 20;

const nameOf = ({ rule, what }: Mutant): string => `${rule}: ${what}`;

describeWith(['promtool'], 'the rule tests', () => {
  const all = allMutants();

  it(
    `see one small fault in a rule, or it is listed as meaning the same (seed ${SEED})`,
    { timeout: 240_000 },
    async () => {
      const { caught, equal, survived, wronglyListed } = await tryOut(sampleOf(all, SAMPLE, SEED));
      expect(survived.map(nameOf)).toEqual([]);
      expect(wronglyListed.map(nameOf)).toEqual([]);
      expect(caught.length + equal.length).toBe(SAMPLE);
      expect(caught.length).toBeGreaterThan(SAMPLE / 2);
    },
  );

  it('have faults of every kind to see, and few that mean the same', () => {
    expect(all.length).toBeGreaterThan(800);
    expect(new Set(all.map(nameOf)).size).toBe(all.length);
    const listed = all.filter((mutant) => reasonOf(mutant) !== undefined);
    expect(listed.length).toBeLessThan(all.length / 10);
    // Each entry stands for at least one mutant.
    for (const { mutants, why } of EQUAL)
      expect(
        listed.some((each) => mutants.test(nameOf(each))),
        why,
      ).toBe(true);
  });
});
