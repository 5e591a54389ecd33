import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeWith, tool } from '../support/tools.ts';

const root = join(import.meta.dirname, '../..');
const folder = 'tools/test-bed';
const SCRIPTS = [
  '.ci/run',
  ...['install-powershell', 'publish-powershell', 'install-windows', 'check-windows'].map(
    (name) => `${folder}/${name}`,
  ),
  ...['win-run', 'win-node', 'win-pwsh'].map((name) => `${folder}/windows/${name}`),
];

describeWith(['shellcheck'], 'shell scripts', () => {
  test('shellcheck has nothing to say about any of them', () => {
    const run = spawnSync(tool('shellcheck'), SCRIPTS, { cwd: root, encoding: 'utf8' });
    expect(run.stdout + run.stderr).toBe('');
    expect(run.status).toBe(0);
  });
});
