import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import type { ModuleReader } from '../../../../src/collect/powershell/module-reader.ts';
import { createPowerShellReader } from '../../../../src/collect/powershell/reader.ts';
import { moduleFolder } from '../../../support/pwsh/module.ts';
import { describeWith, tool } from '../../../support/tools.ts';

// PowerShell runs below normal priority: on a busy machine its start takes long.
describeWith(['pwsh'], 'a session of the real engine', () => {
  let folder: string;
  let reader: ModuleReader;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'engine '));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => reader.close());

  const open = (executable: string, version = '0.1.0', moduleRoot?: string): ModuleReader => {
    reader = createPowerShellReader({
      executable,
      env: process.env,
      expectedModuleVersion: version,
      clock: systemClock,
      log: { debug: () => {}, info: () => {}, warn: () => {} },
      ...(moduleRoot === undefined ? {} : { moduleRoot }),
    });
    return reader;
  };
  const soon = (): AbortSignal => AbortSignal.timeout(100_000);

  it('greets and answers; on a host without Hyper-V the sources are unsupported, and the session works', async () => {
    open(tool('pwsh'));
    for (const part of ['inventory', 'inventory', 'config'] as const) {
      expect(await reader.read(part, soon())).toMatchObject({ schema: 1, part, module: '0.1.0' });
    }
    expect(await reader.read('inventory', soon())).toMatchObject({ sources: { vm: { status: 'unsupported' } } });
    expect(reader.stats()).toMatchObject({ calls: { inventory: 3 }, restarts: { inventory: 0 } });
    expect(reader.stats().childResidentBytes.inventory).toBeGreaterThan(1_000_000);
  });

  it('runs no module that was planted in a folder of the account, and is not confused by wildcards in a path', async () => {
    // Where PowerShell 7 looks first; on Windows that is Documents\\PowerShell\\Modules.
    const account = join(folder, 'account');
    const planted = ['HyperVSriov', 'HyperVSriovCounters', 'Hyper-V', 'NetAdapter', 'Microsoft.PowerShell.Management'];
    for (const name of planted) {
      const module = join(account, '.local/share/powershell/Modules', name);
      mkdirSync(module, { recursive: true });
      const functions = 'Get-VMHost, Get-NetAdapter, Join-Path, Connect-HyperVSriov, Get-Process';
      const body = `[IO.File]::WriteAllText('${join(folder, 'planted')}', '${name}')\nfunction ${functions.replaceAll(', ', ' { }; function ')} { }\n`;
      writeFileSync(join(module, `${name}.psm1`), body);
      const manifest = `@{ RootModule = '${name}.psm1'; ModuleVersion = '9.9.9'; FunctionsToExport = '${functions.replaceAll(', ', "', '")}' }`;
      writeFileSync(join(module, `${name}.psd1`), manifest);
    }
    const odd = join(folder, 'modules [1]');
    cpSync(moduleFolder, odd, { recursive: true });
    reader = createPowerShellReader({
      executable: tool('pwsh'),
      env: { ...process.env, HOME: account },
      expectedModuleVersion: '0.1.0',
      clock: systemClock,
      log: { debug: () => {}, info: () => {}, warn: () => {} },
      moduleRoot: odd,
    });
    // The plant works: a PowerShell that is started otherwise runs it.
    execFileSync(tool('pwsh'), ['-NoProfile', '-NonInteractive', '-Command', 'Get-VMHost'], {
      env: { ...process.env, HOME: account },
    });
    expect(readFileSync(join(folder, 'planted'), 'utf8')).toMatch(/^(?:Hyper|Net|Microsoft)/);
    rmSync(join(folder, 'planted'));
    for (const part of ['inventory', 'activity'] as const)
      expect(await reader.read(part, soon())).toMatchObject({ schema: 1, part, module: '0.1.0' });
    expect(existsSync(join(folder, 'planted'))).toBe(false);
  });

  it('reports once the modules of Windows that PowerShell 7 would load through 5.1', async () => {
    const windows = join(folder, 'Windows');
    const modules = join(windows, 'System32', 'WindowsPowerShell', 'v1.0', 'Modules');
    for (const [name, editions] of [
      ['Hyper-V', "@('Desktop')"],
      ['NetAdapter', "@('Desktop', 'Core')"],
    ] as const) {
      mkdirSync(join(modules, name), { recursive: true });
      const manifest = `@{ ModuleVersion = '1.0'; CompatiblePSEditions = ${editions} }`;
      writeFileSync(join(modules, name, `${name}.psd1`), manifest);
    }
    const executable = join(folder, 'pwsh-with-windows');
    const script = `#!/bin/sh\nexport SystemRoot='${windows}' HVSRIOV_MODULES_AFTER="$HVSRIOV_MODULES_AFTER:${modules}"\nexec '${tool('pwsh')}' "$@"\n`;
    writeFileSync(executable, script, { mode: 0o755 });
    const warnings: string[] = [];
    reader = createPowerShellReader({
      executable,
      env: process.env,
      expectedModuleVersion: '0.1.0',
      clock: systemClock,
      log: { debug: () => {}, info: () => {}, warn: (_, text) => warnings.push(text) },
    });
    for (const part of ['inventory', 'activity', 'config'] as const) await reader.read(part, soon());
    expect(warnings).toEqual(['PowerShell 7 would load Hyper-V through Windows PowerShell 5.1, which loses values']);
  });

  it('says that the module is missing, or of another version', async () => {
    open(tool('pwsh'), '0.1.0', folder);
    await expect(reader.read('activity', soon())).rejects.toMatchObject({ code: 'module_not_found' });
    await reader.close();
    open(tool('pwsh'), '0.0.1');
    await expect(reader.read('activity', soon())).rejects.toMatchObject({
      code: 'module_version_mismatch',
      message:
        'The PowerShell module HyperVSriov has version 0.1.0, this program 0.0.1: unpack the whole package of this version again, not single files',
    });
  });
});
