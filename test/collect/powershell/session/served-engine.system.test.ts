import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import { createPowerShellReader } from '../../../../src/collect/powershell/reader.ts';
import { PARTS } from '../../../../src/document/document.ts';
import { makeWorld } from '../../../../src/simulated-host/world.ts';
import { comparable } from '../../../support/pwsh/comparable.ts';
import { decodeFrames, moduleFolder, stubHostFile } from '../../../support/pwsh/module.ts';
import { installSession } from '../../../support/pwsh/session.ts';
import { worldToObjects } from '../../../support/pwsh/world-to-objects.ts';
import { describeWith, tool } from '../../../support/tools.ts';

// PowerShell runs below normal priority: on a busy machine its start takes long.
vi.setConfig({ testTimeout: 120_000 });

const START = Date.UTC(2026, 0, 5, 8);

describeWith(['pwsh'], 'a served session of the real engine', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'served [1] '));
    const host = worldToObjects({ ...makeWorld(1, 'cluster', START)(START + 600_000), readBefore: {} });
    writeFileSync(join(folder, 'host.json'), stubHostFile({ ...host, clock: START }));
    installSession(join(folder, 'program'));
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const env = () => ({ ...process.env, HYPERV_STUB_HOST: join(folder, 'host.json') });

  /** A session on its own. `limits` are PowerShell's parameters. */
  function serve(limits = '') {
    const script = join(
      folder,
      'program',
      limits === '' ? 'session.ps1' : `session${limits.replaceAll(/\W/g, '')}.ps1`,
    );
    const whole = readFileSync(join(moduleFolder, 'session.ps1'), 'utf8');
    if (limits !== '')
      writeFileSync(script, whole.replace(/^Start-HyperVSriovSession$/m, `Start-HyperVSriovSession ${limits}`));
    const child = spawn(tool('pwsh'), ['-NoProfile', '-NonInteractive', '-File', script], { env: env() });
    children.push(child);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.stdin.on('error', () => {});
    const ended = once(child, 'close');
    const frames = () => decodeFrames(output);
    return {
      child,
      ended,
      frames,
      /** Whether all that was printed is frames */
      clean: () => output.replaceAll(/@HVSRIOV1 \d+ (?:ok|error) \d+ \S*@END/g, '') === '',
      until: (count: number) => vi.waitFor(() => expect(frames().length).toBeGreaterThanOrEqual(count), 100_000),
    };
  }

  it('gives the documents that a prompt gives, for every part', async () => {
    const read = async (mode: 'typed' | 'served') => {
      const reader = createPowerShellReader({
        executable: tool('pwsh'),
        mode,
        env: env(),
        expectedModuleVersion: '0.1.0',
        clock: systemClock,
        log: { debug: () => {}, info: () => {}, warn: () => {} },
        includeIpAddresses: true,
        excludeSources: ['vm_switch_team'],
        moduleRoot: join(folder, 'program'),
      });
      try {
        const documents: string[] = [];
        for (const part of PARTS) documents.push(comparable(await reader.read(part, AbortSignal.timeout(100_000))));
        return documents;
      } finally {
        await reader.close();
      }
    };
    const typed = await read('typed');
    expect(typed).toHaveLength(PARTS.length);
    expect(typed.join()).toContain('ipAddresses');
    expect(typed.join()).not.toContain('"vm_switch_team"');
    expect(typed.join().length).toBeGreaterThan(50_000);
    expect(await read('served')).toEqual(typed);
  });

  it('answers anything else with bad_request, runs nothing of it, and ends at the tenth', async () => {
    const session = serve();
    await session.until(1);
    const canary = join(folder, 'canary');
    const hostile = [
      `New-Item ${canary}`,
      `2 inventory; New-Item ${canary}`,
      `3 $(New-Item ${canary})`,
      `4 inventory without=vm,$(New-Item ${canary})`,
      `5 eventlog within=0`,
      `6 eventlog within=99999999`,
      `7 INVENTORY`,
      `99999999999 ping`,
      '\u0000\u0007\u001b[31m ü',
      '8 ping',
      '',
    ];
    session.child.stdin.write(`${hostile.join('\r\n')}\n12 ping\n`);
    await session.ended;
    const [greeting, ...answers] = session.frames();
    expect(greeting).toMatchObject({
      id: 1,
      status: 'ok',
      payload: { module: '0.1.0', limits: { calls: 1000, minutes: 480, idleSeconds: 180 } },
    });
    expect(answers.map(({ id, status }) => `${id} ${status}`)).toEqual([
      '0 error',
      '2 error',
      '3 error',
      '4 error',
      '5 error',
      '6 error',
      '7 error',
      '0 error',
      '0 error',
      '8 ok',
      '0 error',
    ]);
    expect(
      answers
        .filter(({ status }) => status === 'error')
        .every(({ payload }) => JSON.stringify(payload).includes('"bad_request"')),
    ).toBe(true);
    expect(session.clean()).toBe(true);
    expect(existsSync(canary)).toBe(false);
  });

  it('ends when its input is closed', async () => {
    const session = serve();
    await session.until(1);
    session.child.stdin.end();
    await session.ended;
    expect(session.child.exitCode).toBe(0);
  });

  it('ends after its calls, after its minutes, without a request, and at a line that has no end', async () => {
    const calls = serve('-MaxCalls 2');
    const minute = serve('-MaxMinutes 1 -MaxIdleSeconds 3600');
    const began = performance.now();
    const idle = serve('-MaxIdleSeconds 1');
    const endless = serve();
    await calls.until(1);
    calls.child.stdin.write('2 cluster\n3 ping\n4 cluster\n5 cluster\n');
    await calls.ended;
    expect(calls.frames().map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    await idle.ended;
    expect(idle.frames().map(({ id }) => id)).toEqual([1]);
    endless.child.stdin.write('2 cluster'.repeat(10_000));
    await endless.ended;
    expect(endless.frames().map(({ id }) => id)).toEqual([1]);
    // Its time counts from its start, whether it is asked or not.
    await minute.until(1);
    minute.child.stdin.write('2 ping\n');
    await minute.until(2);
    await minute.ended;
    expect(minute.frames().map(({ id, status }) => `${id} ${status}`)).toEqual(['1 ok', '2 ok']);
    expect(performance.now() - began).toBeGreaterThan(59_000);
    expect(minute.child.exitCode).toBe(0);
  });

  it('says that the module is missing, or blocked, or of another version', async () => {
    const alone = join(folder, 'alone');
    const read = async (moduleRoot: string, version = '0.1.0') => {
      const reader = createPowerShellReader({
        executable: tool('pwsh'),
        mode: 'served',
        env: env(),
        expectedModuleVersion: version,
        clock: systemClock,
        log: { debug: () => {}, info: () => {}, warn: () => {} },
        moduleRoot,
      });
      try {
        return await reader.read('activity', AbortSignal.timeout(100_000));
      } finally {
        await reader.close();
      }
    };
    mkdirSync(alone);
    await expect(read(alone)).rejects.toMatchObject({ code: 'powershell_exited' });
    cpSync(join(moduleFolder, 'session.ps1'), join(alone, 'session.ps1'));
    await expect(read(alone)).rejects.toMatchObject({ code: 'module_not_found' });
    await expect(read(join(folder, 'program'), '0.0.1')).rejects.toMatchObject({ code: 'module_version_mismatch' });
    mkdirSync(join(alone, 'HyperVSriov'));
    writeFileSync(
      join(alone, 'HyperVSriov', 'HyperVSriov.psd1'),
      "@{ RootModule = 'HyperVSriov.psm1'; ModuleVersion = '0.1.0' }",
    );
    writeFileSync(join(alone, 'HyperVSriov', 'HyperVSriov.psm1'), "throw 'damaged'");
    await expect(read(alone)).rejects.toMatchObject({ code: 'module_not_loaded' });
  });
});
