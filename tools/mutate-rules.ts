import { parseArgs } from 'node:util';
import { allMutants, type Mutant, sampleOf } from './mutation/mutants.ts';
import { reasonOf, tryOut } from './mutation/run.ts';

/*
 * Puts one small fault after the other into the rules and looks whether the rule tests see it:
 * npm run mutate:rules [-- --count 50 --seed 7 --rule SriovVmqStarved]. What no test sees, and is not listed as equal in
 * tools/mutation/equal.ts, fails the run.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, count: { type: 'string' }, rule: { type: 'string', default: '' } },
});
const all = allMutants().filter(({ rule }) => rule.includes(values.rule));
const mutants = sampleOf(all, values.count === undefined ? all.length : Number(values.count), Number(values.seed));
const started = Date.now();
const outcome = await tryOut(mutants, {
  onEach: (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${mutants.length}`);
  },
});
const list = (what: string, some: readonly Mutant[]): void => {
  if (some.length === 0) return;
  console.log(`${what}:`);
  for (const one of some)
    console.log(`  ${one.rule}: ${one.what}${reasonOf(one) === undefined ? '' : `: ${reasonOf(one)}`}`);
};
list('Equal', outcome.equal);
list('Listed as equal, and caught', outcome.wronglyListed);
list('Survived', outcome.survived);
console.log(
  `${mutants.length} of ${all.length} mutants: ${outcome.caught.length} caught, ${outcome.equal.length} equal, ${outcome.survived.length} survived (${Math.round((Date.now() - started) / 1000)} s)`,
);
process.exitCode = outcome.survived.length + outcome.wronglyListed.length > 0 ? 1 : 0;
