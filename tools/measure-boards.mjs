/*
 * Writes test/dashboards/fleet.txt: makes a Prometheus with 200 simulated hosts and asks it every query of every dashboard,
 * which takes some minutes and 4 GB of temporary files.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/dashboards/fleet.system.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, MEASURE_BOARDS: 'true' },
});
process.exitCode = status ?? 1;
