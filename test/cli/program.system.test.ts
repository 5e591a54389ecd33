import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { describeWith, tool } from '../support/tools.ts';

const main = join(import.meta.dirname, '../../dist/main.js');
const fakeShell = join(import.meta.dirname, '../support/fake-shell.mjs');
const folder = mkdtempSync(join(tmpdir(), 'cli of ü '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program to its end, as from a shell. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

const USAGE = 64;
const FAULT = 1;
const DEMO = ['--source', 'demo'];
const ANY_PORT = ['--web.listen-address', '127.0.0.1:0'];
const NO_HYPER_V =
  'hyperv-sriov-exporter: this machine has no Hyper-V: run on a Hyper-V host, or use --source demo (a simulated host) or --source replay --replay.file FILE (a recording)\n';

describe('an error of the user is one line on standard error, with exit code 64', () => {
  it.each([
    [['--nonsense'], "unknown option '--nonsense'; see --help"],
    [['sevre'], "unknown command 'sevre' (did you mean serve?); see --help"],
    [['metrics', '--sorce=demo'], "unknown option '--sorce=demo'; see --help"],
    [['--web.listen-address'], /^option '--web\.listen-address <.*>' argument missing; see --help/],
    [['--source', 'hyperv'], '--source: must be one of powershell, demo, replay, targets, got "hyperv"'],
    [[...DEMO, '--demo.scenario', 'flaping'], /^there is no scenario flaping \(did you mean flapping\?\): /],
    [[...DEMO, '--poll.activity.interval', '7s'], /must divide a minute or an hour evenly/],
    [['--source', 'replay', '--replay.file', 'none.json'], /none\.json: cannot be read/],
    [['--config.file', 'none.yml'], /none\.yml: cannot be read/],
    [['--source', 'powershell', '--powershell.executable', 'pwsh'], /needs a full path/],
  ] as const)('%j', async (args, text) => {
    const { code, out, err } = await runCli(...args);
    expect([code, out]).toEqual([USAGE, '']);
    const line = /^hyperv-sriov-exporter: (.+)\n$/.exec(err)?.[1];
    if (typeof text === 'string') expect(line).toBe(text);
    else expect(line).toMatch(text);
  });

  it('by the built program too', async () => {
    for (const args of [['--nonsense'], ['metrics', '--config.file', 'none.yml']]) {
      const { progress: _, ...same } = await runCli(...args);
      expect(await run(args)).toEqual(same);
    }
  });
});

describe('a missing prerequisite is one line on standard error, with exit code 1', () => {
  it.skipIf(process.platform === 'win32').each([[[]], [['serve']], [['metrics']], [['explain']]])(
    'Hyper-V, for %j',
    async (args) => {
      const { code, out, err } = await run(args);
      expect({ code, out, err }).toEqual({ code: FAULT, out: '', err: NO_HYPER_V });
    },
  );

  it('a free port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, err } = await run([...DEMO, '--web.listen-address', `127.0.0.1:${port}`]);
    taken.close();
    expect([code, err]).toEqual([
      FAULT,
      `hyperv-sriov-exporter: cannot listen on 127.0.0.1:${port}: another program uses this port; choose one with --web.listen-address\n`,
    ]);
  });

  it('PowerShell', async () => {
    const missing = join(folder, 'powershell.exe');
    const { code, err } = await run(['--powershell.executable', missing, ...ANY_PORT]);
    expect([code, err]).toEqual([
      FAULT,
      `hyperv-sriov-exporter: PowerShell cannot be started from ${missing} (spawn ${missing} ENOENT). Give its full path with --powershell.executable\n`,
    ]);
  });

  it.skipIf(process.platform === 'win32').each([
    [
      'leave to load the module',
      { FAKE_STDERR_AT_START: 'FullyQualifiedErrorId : UnauthorizedAccess,Microsoft.PowerShell' },
      /The execution policy of this host blocks the PowerShell module HyperVSriov\. Sign it or allow it by policy /,
    ],
    [
      'the module',
      { FAKE_STDERR_AT_START: 'FullyQualifiedErrorId : Modules_ModuleNotFound,Microsoft.PowerShell' },
      /The PowerShell module is missing: there is no \S.*HyperVSriov\.psd1/,
    ],
    [
      'a module of this version',
      { FAKE_MODULE_VERSION: '0.0.9' },
      /The PowerShell module HyperVSriov has version 0\.0\.9, this program [\d.]+: unpack the whole package of this version again/,
    ],
    [
      'leave of an application control policy',
      { FAKE_LANGUAGE: 'ConstrainedLanguage', FAKE_REFUSAL: 'ScriptFileBlockedBySystemPolicy,X' },
      /An application control policy .* does not allow the PowerShell module HyperVSriov \(language mode Constrained/,
    ],
  ] as const)('%s', async (_, env, text) => {
    for (const command of [['serve', ...ANY_PORT], ['metrics']]) {
      const { code, err } = await run([...command, '--powershell.executable', fakeShell], env);
      expect(code).toBe(FAULT);
      expect(/^hyperv-sriov-exporter: ([^\n]+)\n$/.exec(err)?.[1]).toMatch(text);
    }
  });
});

describeWith(['pwsh'], 'a PowerShell on a machine without Hyper-V', () => {
  it.each([['serve', ...ANY_PORT], ['metrics']])('%s says so and ends', async (...args) => {
    const { code, err } = await run([...args, '--powershell.executable', tool('pwsh')]);
    expect([code, err]).toEqual([FAULT, NO_HYPER_V]);
  });
});

describe('metrics --source demo', () => {
  it('prints the exposition once, and nothing else, and ends', async () => {
    const { code, out, err } = await run(['metrics', ...DEMO, '--demo.scenario', 'vf-pool-exhausted']);
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines.length).toBeGreaterThan(3000);
    expect(lines.filter((line) => !/^(# (HELP|TYPE) )?hyperv_|^$/.test(line))).toEqual([]);
    expect(lines).toContain('hyperv_exporter_simulated 1');
    expect(lines.filter((line) => /^hyperv_vnic_fallback\{.*reason="vf_pool_exhausted".* 1$/.test(line))).not.toEqual(
      [],
    );
  });
});

describe('help', () => {
  it('goes to standard output, with exit code 0', async () => {
    const { code, out, err } = await run(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const command of ['serve', 'metrics', 'explain', 'config'])
      expect(out).toMatch(new RegExp(`^  ${command}`, 'm'));
  });

  it('of a command fits a screen, and that of the settings names them all', async () => {
    for (const command of ['serve', 'metrics', 'explain', 'doctor', 'capture', 'measure', 'setup']) {
      const { out } = await run([command, '--help']);
      expect(out).toContain('--help settings');
      expect([command, out.split('\n').length <= 40]).toEqual([command, true]);
    }
  });

  it('--version names the version, the commit if known, Node and the platform', async () => {
    const said = /^\d+\.\d+\.\d+(?: \(commit [0-9a-f]{12}\))?, Node v\d+\.\d+\.\d+, \w+-\w+\n$/;
    expect(await run(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(said) });
  });
});
