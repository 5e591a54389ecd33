import { parseArgs } from 'node:util';
import { type Crash, type Figures, fuzz } from './fuzz/run.ts';
import { MILLION, SURFACES } from './fuzz/surfaces/index.ts';

/*
 * Puts damaged and strange input into every surface of the program and checks what comes of it (docs/reliability.md):
 *   npm run fuzz -- --seconds 60 --seed 1           all surfaces, the seconds shared among them
 *   npm run fuzz -- --seed 1 --surface frames --case 4711    one case again
 *   npm run fuzz -- --million                       a million cases, about ten minutes on an idle machine
 * With --cases N each surface runs that many, from case --from on. A crash fails the run and prints the command that
 * repeats it.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    surface: { type: 'string', multiple: true, default: Object.keys(SURFACES) },
    case: { type: 'string' },
    cases: { type: 'string' },
    million: { type: 'boolean', default: false },
    from: { type: 'string', default: '0' },
  },
});
const seed = Number(values.seed);
const MAX_SHOWN = 2000;

function report({ surface, index, error, input }: Crash): void {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  console.log(`\n${surface} case ${index}: npm run fuzz -- --seed ${seed} --surface ${surface} --case ${index}`);
  console.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  console.log(`input, ${text.length} characters: ${JSON.stringify(text.slice(0, MAX_SHOWN))}`);
}

const columns = (cells: readonly (string | number)[]): string =>
  cells.map((cell, index) => (index === 0 ? String(cell).padEnd(18) : String(cell).padStart(12))).join('');

const all: Figures[] = [];
console.log(`seed ${seed}`);
console.log(columns(['surface', 'cases', 'accepted', 'refused', 'a second', 'slowest ms', 'its case', 'crashes']));
for (const name of values.surface) {
  const open = SURFACES[name];
  if (open === undefined) throw new Error(`no surface ${name}: ${Object.keys(SURFACES).join(', ')}`);
  const wanted = values.million ? MILLION[name] : values.cases;
  const limits =
    values.case !== undefined
      ? { from: Number(values.case), cases: 1 }
      : wanted !== undefined
        ? { from: Number(values.from), cases: Number(wanted) }
        : { from: Number(values.from), seconds: Number(values.seconds) / values.surface.length };
  const figures = await fuzz(name, open, { seed, ...limits });
  all.push(figures);
  const { cases, seconds, slowest, crashes } = figures;
  const count = cases.accepted + cases.refused + crashes.length;
  const rate = Math.round(count / seconds);
  console.log(
    columns([name, count, cases.accepted, cases.refused, rate, Math.round(slowest.ms), slowest.index, crashes.length]),
  );
  for (const crash of crashes) report(crash);
}
const crashes = all.reduce((sum, figures) => sum + figures.crashes.length, 0);
const cases = all.reduce((sum, { cases: { accepted, refused } }) => sum + accepted + refused, crashes);
console.log(`\n${cases} cases, ${crashes} crashes`);
process.exitCode = crashes === 0 ? 0 : 1;
