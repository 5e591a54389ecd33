import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { NODE_FLAGS } from '../src/node-flags.ts';

/*
 * Long runs with faults (docs/reliability.md), each in a process of its own; all of them, or those named:
 *   npm run soak                 about a quarter of an hour
 *   npm run soak -- --quick      a minute or two
 *   npm run soak -- day
 *   npm run soak -- day --hours=6 --leak=1024    must fail: each poll leaves 1 kB behind
 * Prints figures and what did not hold, which fails the run. Linux; the part `kills` needs Alertmanager on the PATH.
 */
const { values, positionals: named } = parseArgs({
  options: {
    run: { type: 'string' },
    quick: { type: 'boolean', default: false },
    hours: { type: 'string' },
    leak: { type: 'string', default: '0' },
  },
  allowPositionals: true,
});
const { quick } = values;
// Loaded when run: the part `day` replaces the timers of all that is loaded after it.
const PARTS: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  sessions: async () => (await import('./soak/sessions.ts')).sessions(quick),
  day: async () =>
    (await import('./soak/day.ts')).day(quick, Number(values.hours ?? (quick ? 4 : 24)), Number(values.leak)),
  saves: async () => (await import('./soak/saves.ts')).saves(quick),
  kills: async () => (await import('./soak/kills.ts')).kills(quick),
};

if (values.run !== undefined) {
  const failures = await PARTS[values.run]?.();
  for (const failure of failures ?? []) console.log(`FAILED ${values.run}: ${failure}`);
  process.exit(failures?.length === 0 ? 0 : 1);
}

let failed = 0;
for (const name of named.length > 0 ? named : Object.keys(PARTS)) {
  if (!(name in PARTS)) throw new Error(`no part ${name}: ${Object.keys(PARTS).join(', ')}`);
  console.log(`== ${name}`);
  const args = [
    '--expose-gc',
    ...NODE_FLAGS,
    fileURLToPath(import.meta.url),
    '--run',
    name,
    ...process.argv.slice(2).filter((arg) => arg.startsWith('--')),
  ];
  // Its output goes through a pipe: the part `day` limits the size of files.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) failed += 1;
}
console.log(failed === 0 ? 'all held' : `${failed} of the parts failed`);
process.exitCode = failed === 0 ? 0 : 1;
