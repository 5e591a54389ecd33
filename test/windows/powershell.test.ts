import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createPowerShellReader } from '../../src/collect/powershell/reader.ts';
import { readCapture } from '../../src/collect/replay/capture-file.ts';
import { PARTS } from '../../src/document/document.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { processesWith } from '../support/processes.ts';
import type { StubHost } from '../support/pwsh/module.ts';
import { showStubHost, stubPowerShell } from '../support/pwsh/stub-powershell.ts';
import { worldToObjects } from '../support/pwsh/world-to-objects.ts';
import { freePort } from '../support/servers/port.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';
import {
  driveC,
  installStubPowerShell,
  runOnWindows,
  runProgramOnWindows,
  startOnWindows,
  windowsModules,
  windowsPath,
  type WindowsProgram,
} from '../support/windows/windows.ts';

/** Without what tells one run from another. */
const steady = (document: unknown): unknown =>
  JSON.parse(JSON.stringify(document), (key, value: unknown) =>
    ['takenAt', 'durationMs', 'child', 'startedAt', 'uptimeMs', 'clock', 'culture'].includes(key) ? undefined : value,
  );

describeWith(['win-node', 'pwsh'], 'a host through PowerShell on Windows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'host of ü '));
  const planted = driveC('planted.txt');
  let host: StubHost;
  let program: WindowsProgram | undefined;
  let port: number;

  const patient = PARTS.flatMap((part) => [`--poll.${part}.deadline`, '2m']);
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const value = async (series: string): Promise<number | undefined> => {
    const line = (await metrics()).split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };
  const polls = (part: string, result = 'ok') =>
    value(`hyperv_exporter_polls_total{collector="${part}",result="${result}"}`);
  /** Processes of PowerShell that the program has started, by their ids on Linux */
  const engines = () => processesWith(program?.mark ?? 'none').filter((pid) => command(pid).includes('pwsh.exe'));
  const command = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  };
  const signal = (pids: readonly number[], name: NodeJS.Signals) => {
    for (const pid of pids) process.kill(pid, name);
  };
  const serve = async (...args: readonly string[]): Promise<WindowsProgram> => {
    port = await freePort();
    program = await startOnWindows([
      'serve',
      '--web.listen-address',
      `127.0.0.1:${port}`,
      '--poll.activity.interval',
      '2s',
      ...args,
    ]);
    return program;
  };
  const gone = (what: WindowsProgram) => until('no process is left', () => processesWith(what.mark).length === 0);

  beforeAll(() => {
    const now = Date.now();
    const all = worldToObjects(makeWorld(1, 'set-team', now - 300_000)(now), true);
    // Three of each are as good as all.
    const few = <T extends { readonly rows?: readonly unknown[] }>(from: Readonly<Record<string, T>> = {}) =>
      Object.fromEntries(
        Object.entries(from).map(([name, { rows, ...rest }]) => [
          name,
          { ...rest, ...(rows && { rows: rows.slice(0, 3) }) } as T,
        ]),
      );
    host = { ...all, calls: few(all.calls), counters: few(all.counters) };
    installStubPowerShell(folder);
    // Where PowerShell 7 looks first.
    for (const name of ['HyperVSriov', 'HyperVSriovCounters', 'Hyper-V', 'NetAdapter']) {
      const module = driveC('users', process.env['USER'] ?? 'root', 'Documents', 'PowerShell', 'Modules', name);
      mkdirSync(module, { recursive: true });
      const names = ['Get-VMHost', 'Get-NetAdapter', 'Connect-HyperVSriov', 'Read-HyperVSriovCounterSet'];
      const functions = names.map((each) => `function ${each} { }`).join('\n');
      writeFileSync(
        join(module, `${name}.psm1`),
        `[IO.File]::WriteAllText('C:\\planted.txt', '${name}')\n${functions}\n`,
      );
      writeFileSync(
        join(module, `${name}.psd1`),
        `@{ RootModule = '${name}.psm1'; ModuleVersion = '9.9.9'; FunctionsToExport = '${names.join("', '")}' }`,
      );
    }
  });
  beforeEach(() => showStubHost(folder, host));
  afterAll(async () => {
    await program?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('reads the same documents as on Linux, and runs no module that was planted in Documents', async () => {
    // The plant works: a PowerShell that is started otherwise runs it.
    const env = { PSExecutionPolicyPreference: 'RemoteSigned' };
    await runOnWindows('win-pwsh', ['-NoProfile', '-NonInteractive', '-Command', 'Get-VMHost'], { env });
    expect(existsSync(planted)).toBe(true);
    rmSync(planted);
    const file = join(folder, 'windows.json.gz');
    const run = await runProgramOnWindows(['capture', windowsPath(file), '--keep-names', '--polls', '1', ...patient]);
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(existsSync(planted)).toBe(false);

    const onLinux = createPowerShellReader({
      executable: stubPowerShell(folder, host),
      env: process.env,
      expectedModuleVersion: '0.1.0',
      clock: systemClock,
      log: { debug: () => {}, info: () => {}, warn: () => {} },
    });
    const { documents } = await readCapture(file);
    expect(new Set(documents.map(({ part }) => part)).size).toBeGreaterThan(2);
    for (const { part, document } of documents)
      expect(steady(document), part).toEqual(steady(await onLinux.read(part, AbortSignal.timeout(100_000))));
    await onLinux.close();
  });

  it('doctor finds nothing wrong but what this Windows is', async () => {
    const { stdout, stderr } = await runProgramOnWindows(['doctor', '--json', ...patient]);
    expect(stderr).toBe('');
    const { checks, processes } = JSON.parse(stdout) as {
      checks: { id: string; status: string; text: string }[];
      processes: { commandLine: string }[];
    };
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
    const rights = checks.filter(({ id, status }) => id.endsWith('_rights') && status === 'ok').map(({ id }) => id);
    expect(rights).toEqual(['program_rights', 'module_rights', 'module_path_rights']);
    expect(processes.map(({ commandLine }) => commandLine)).toContain(
      'C:\\windows\\System32\\taskkill.exe /PID <pid> /T /F',
    );
  });

  it('polls, is recycled, survives a crash and a hang, and stops with all that it started', async () => {
    const agent = await serve(
      '--powershell.recycle.calls',
      '4',
      '--poll.activity.deadline',
      '5s',
      '--log.level',
      'debug',
    );
    await until('the first polls', async () => (await polls('inventory'))! > 0 && (await polls('activity'))! > 0, {
      why: agent.log,
    });
    expect(await metrics()).toMatch(/^hyperv_vm_info\{/m);
    const restarts = () => value('hyperv_exporter_powershell_restarts_total{collector="activity"}');
    await until('a recycle', async () => (await restarts())! > 0, { why: agent.log });

    signal(engines(), 'SIGKILL');
    const before = (await polls('activity'))!;
    await until('polls after a crash', async () => (await polls('activity'))! > before + 1, { why: agent.log });

    const hung = engines();
    expect(hung.length).toBeGreaterThan(0);
    signal(hung, 'SIGSTOP');
    await until('a timeout', async () => (await polls('activity', 'timeout'))! > 0, { why: agent.log });
    const then = (await polls('activity'))!;
    await until('polls after a hang', async () => (await polls('activity'))! > then + 1, { why: agent.log });
    await until('the hung ones are gone', () => !hung.some((pid) => command(pid) !== ''));

    expect(await agent.interrupt()).toBe(0);
    expect(agent.log()).toContain('"msg":"stopped"');
    await gone(agent);
  });

  it('leaves no PowerShell behind when it is killed, also in the middle of a hang', async () => {
    const agent = await serve();
    await until('a poll', async () => (await polls('activity'))! > 0, { why: agent.log });
    signal(engines(), 'SIGSTOP');
    await runOnWindows('win-run', ['taskkill.exe', '/PID', String(agent.pid), '/F']);
    await gone(agent);
  });

  it("shows an error's text without colours, and names modules that only 5.1 can load", async () => {
    mkdirSync(windowsModules('Hyper-V'), { recursive: true });
    writeFileSync(
      windowsModules('Hyper-V', 'Hyper-V.psd1'),
      "@{ ModuleVersion = '2.0.0.0'; CompatiblePSEditions = @('Desktop') }",
    );
    const calls = { ...host.calls, 'Get-VMSwitch': { throw: 'the switch is on fire' } };
    showStubHost(folder, { ...host, calls });
    try {
      const agent = await serve();
      await until('a poll', async () => (await polls('inventory'))! > 0, { why: agent.log });
      const api = await (await fetch(`http://127.0.0.1:${port}/api/v1/host`)).text();
      expect(api).not.toContain('\\u001b');
      expect(agent.log()).not.toContain('\\u001b');
      expect(agent.log()).toContain(
        'PowerShell 7 would load Hyper-V through Windows PowerShell 5.1, which loses values',
      );
      expect(await agent.interrupt()).toBe(0);
    } finally {
      rmSync(windowsModules('Hyper-V'), { recursive: true });
    }
  });
});
