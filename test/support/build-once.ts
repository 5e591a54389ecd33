import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Tests that start the program start dist/main.js, as users do: built once a run. */
export default function buildOnce(): void {
  execFileSync(process.execPath, [join(import.meta.dirname, '../../tools/build.mjs')], { stdio: 'inherit' });
}
