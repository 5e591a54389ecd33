import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';
import { driveC, inRepository, runOnWindows } from '../support/windows/windows.ts';

/** Opens the file as a backup or a virus scanner may: nobody else can, until the file `release` is there. */
const HOLD = String.raw`
  $file = [IO.File]::Open('C:\held\history.json', 'Open', 'Read', 'None')
  Set-Content C:\held\is-held ''
  for ($i = 0; $i -lt 1200 -and -not (Test-Path C:\held\release); $i++) { Start-Sleep -Milliseconds 50 }
  $file.Close()`;

describeWith(['win-node', 'win-pwsh'], 'a state file that another process on Windows has open', () => {
  it('keeps its content, is tried for a second, and is written as soon as it is let go of', async () => {
    const folder = driveC('held');
    mkdirSync(folder);
    writeFileSync(join(folder, 'history.json'), '{"run":0}');
    const holder = runOnWindows('win-pwsh', ['-NoProfile', '-NonInteractive', '-Command', HOLD]);
    await until('the file is held', () => existsSync(join(folder, 'is-held')));
    const { stdout, stderr } = await runOnWindows('win-node', [
      '--',
      inRepository('test/support/windows/write-while-held.mjs'),
      String.raw`C:\held`,
    ]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      held: expect.stringMatching(/^(?:EPERM|EBUSY|EACCES)$/),
      released: 'done',
      read: { run: 2 },
    });
    expect((await holder).code).toBe(0);
    // Nothing is left of the attempt that failed.
    expect(readdirSync(folder).toSorted()).toEqual(['history.json', 'is-held', 'release']);
  });
});
