import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultFolder, whyNotWritable } from '../../src/state/default-folder.ts';

describe('the folder for state that nobody configured', () => {
  it.each([
    [
      'win32',
      { LocalAppData: String.raw`C:\Users\ann\AppData\Local` },
      String.raw`C:\Users\ann\AppData\Local\hyperv-sriov-exporter\state-10182`,
    ],
    ['win32', {}, undefined],
    ['linux', { XDG_STATE_HOME: '/state', HOME: '/home/ann' }, '/state/hyperv-sriov-exporter/state-10182'],
    [
      'linux',
      { XDG_STATE_HOME: 'relative', HOME: '/home/ann' },
      '/home/ann/.local/state/hyperv-sriov-exporter/state-10182',
    ],
    ['linux', {}, undefined],
  ] as const)('is one of the account on %s with %j', (platform, environment, folder) => {
    expect(defaultFolder(platform, environment, 10_182)).toBe(folder);
  });

  it('is made for this account alone; where it cannot be, that is said', () => {
    const root = mkdtempSync(join(tmpdir(), 'state-'));
    const folder = join(root, 'a', 'b');
    expect(whyNotWritable(folder)).toBeUndefined();
    if (process.platform !== 'win32') expect(statSync(folder).mode & 0o777).toBe(0o700);
    writeFileSync(join(root, 'file'), '');
    expect(whyNotWritable(join(root, 'file', 'state'))).toMatch(/ENOTDIR|EEXIST/);
    rmSync(root, { recursive: true });
  });
});
