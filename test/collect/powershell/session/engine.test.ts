import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import { createPowerShellSource, type PowerShellSource } from '../../../../src/collect/powershell/source.ts';
import { describeWith, tool } from '../../../support/tools.ts';

// PowerShell runs below normal priority: on a busy machine its start takes long.
vi.setConfig({ testTimeout: 120_000 });

describeWith(['pwsh'], 'a session of the real engine', () => {
  let folder: string;
  let source: PowerShellSource;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'engine '));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => source.close());

  const open = (executable: string, version = '0.1.0', moduleRoot?: string): PowerShellSource => {
    source = createPowerShellSource({
      executable,
      env: process.env,
      expectedModuleVersion: version,
      clock: systemClock,
      log: { debug: () => {}, info: () => {}, warn: () => {} },
      ...(moduleRoot === undefined ? {} : { moduleRoot }),
    });
    return source;
  };
  const soon = (): AbortSignal => AbortSignal.timeout(100_000);

  it('greets and answers; a host without Hyper-V has its sources unsupported, which is no fault of the session', async () => {
    open(tool('pwsh'));
    for (const part of ['inventory', 'inventory', 'config'] as const) {
      expect(await source.read(part, soon())).toMatchObject({ schema: 1, part, module: '0.1.0' });
    }
    expect(await source.read('inventory', soon())).toMatchObject({ sources: { vm: { status: 'unsupported' } } });
    expect(source.stats()).toMatchObject({ calls: { inventory: 3 }, restarts: { inventory: 0 } });
    expect(source.stats().childResidentBytes.inventory).toBeGreaterThan(1_000_000);
  });

  it('says that the module is missing, or of another version', async () => {
    open(tool('pwsh'), '0.1.0', folder);
    await expect(source.read('activity', soon())).rejects.toMatchObject({ code: 'module_not_found' });
    await source.close();
    open(tool('pwsh'), '0.0.1');
    await expect(source.read('activity', soon())).rejects.toMatchObject({
      code: 'module_version_mismatch',
      message: 'The collector module HyperVSriov has version 0.1.0, this agent 0.0.1: install the module of this agent',
    });
  });
});
