import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';

/**
 * Tests that start the program start dist/main.js, as users do: built once a run. Type errors are for the check that
 * runs before the tests; here only a program that is not there counts.
 */
export default function buildOnce(): void {
  // The agent runs PowerShell below normal priority, so that it gives way to VMs. To the tests it need not give way:
  // they run a step above it.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL - 1);
  const root = join(import.meta.dirname, '../..');
  spawnSync(process.execPath, [join(root, 'tools/build.mjs'), '--keep'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (!existsSync(join(root, 'dist'))) throw new Error('tools/build.mjs made no dist');
}
