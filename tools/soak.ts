import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../src/node-flags.ts';

/*
 * Long runs with faults (docs/reliability.md), each in a process of its own; all of them, or those named:
 *   npm run soak                 about a quarter of an hour
 *   npm run soak -- --quick      a minute or two
 *   npm run soak -- day
 * Prints figures and what did not hold, which fails the run. Linux; the part `kills` needs Alertmanager on the PATH.
 */
// Loaded when run: the part `day` replaces the timers of all that is loaded after it.
const PARTS: Readonly<Record<string, (quick: boolean) => Promise<readonly string[]>>> = {
  sessions: async (quick) => (await import('./soak/sessions.ts')).sessions(quick),
  day: async (quick) => (await import('./soak/day.ts')).day(quick),
  kills: async (quick) => (await import('./soak/kills.ts')).kills(quick),
};

const [mode, ...rest] = process.argv.slice(2);
if (mode === '--run') {
  const [name = '', quick] = rest;
  const failures = await PARTS[name]?.(quick === '--quick');
  for (const failure of failures ?? []) console.log(`FAILED ${name}: ${failure}`);
  process.exit(failures?.length === 0 ? 0 : 1);
}

const given = process.argv.slice(2);
const quick = given.includes('--quick');
const named = given.filter((each) => each !== '--quick');
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
    ...(quick ? ['--quick'] : []),
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
