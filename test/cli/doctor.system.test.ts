import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { MarkedShell } from '../../src/collect/powershell/shell.ts';
import type { StubCall, StubHost } from '../support/pwsh/module.ts';
import { stubPowerShell } from '../support/pwsh/stub-powershell.ts';
import { worldToObjects } from '../support/pwsh/world-to-objects.ts';
import { runCliIn } from '../support/run-cli.ts';
import { runProgram } from '../support/run-program.ts';
import { freePort } from '../support/servers/port.ts';
import { describeWith } from '../support/tools.ts';

// Each test starts the program or judges whole hosts: slow on a busy machine.
const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));
const MINUTES = 240_000;

const report = z.object({
  version: z.string(),
  healthy: z.boolean(),
  checks: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      status: z.enum(['ok', 'failed', 'skipped']),
      text: z.string(),
      remedy: z.string().optional(),
      milliseconds: z.number(),
    }),
  ),
  processes: z.array(z.object({ commandLine: z.string(), when: z.string() })),
});
type Report = z.infer<typeof report>;

let port = 0;
beforeAll(async () => {
  port = await freePort();
});

type Examined = Report & { readonly code: number };

const withListen = (args: readonly string[]): readonly string[] => [
  'doctor',
  '--json',
  ...args,
  ...(args.includes('--web.listen-address') ? [] : ['--web.listen-address', `127.0.0.1:${port}`]),
];

/** `doctor --json` in this process, and its exit code: a start of the program takes longer than most of what it checks. */
async function doctor(...args: readonly string[]): Promise<Examined> {
  const environment = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
  const { code, out, err } = await runCliIn(environment, withListen(args));
  expect(err).toBe('');
  return { ...report.parse(JSON.parse(out)), code };
}

/** The same by the built program. */
async function doctorProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Examined> {
  const { code, stdout, stderr } = await runProgram(withListen(args), { env });
  expect(stderr).toBe('');
  return { ...report.parse(JSON.parse(stdout)), code };
}

async function listening(server: Server): Promise<number> {
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What failed, by id, with its text and remedy. */
const failures = ({ checks }: Report) =>
  Object.fromEntries(
    checks.filter(({ status }) => status === 'failed').map(({ id, text, remedy }) => [id, `${text} | ${remedy}`]),
  );
const textOf = ({ checks }: Report, id: string) => checks.find((check) => check.id === id)?.text;

/** Expects that exactly one check fails, and how. */
function expectFault(result: Examined, id: string, text: RegExp): void {
  expect(failures(result)).toEqual({ [id]: expect.stringMatching(text) });
  expect(result).toMatchObject({ code: 1, healthy: false });
}

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('doctor, without PowerShell', () => {
  const demo = ['--source', 'demo'];

  it('checks what applies to a simulated host, and says what it leaves out', async () => {
    const state = join(folder, 'state');
    mkdirSync(state);
    const config = file('good.yaml', 'source: demo\n');
    const result = await doctorProgram(['--config.file', config, '--storage.path', state]);
    expect(result).toMatchObject({ code: 0, healthy: true });
    expect(failures(result)).toEqual({});
    expect(textOf(result, 'powershell')).toBe('not used with --source demo: PowerShell and Hyper-V are not checked');
    for (const id of [
      'configuration',
      'listen_address',
      'clock',
      'storage',
      'program_rights',
      'module_rights',
      'configuration_rights',
      'storage_rights',
    ])
      expect(result.checks).toContainEqual(expect.objectContaining({ id, status: 'ok' }));
  });

  it('prints one line a check', async () => {
    const { code, stdout } = await runProgram(['doctor', ...demo, '--web.listen-address', `127.0.0.1:${port}`]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.slice(0, -2).filter((line) => !/^(?:ok  |skip) +\d+ ms {2}\w+ {2}\S.*$/.test(line))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^\d+ checks: \d+ ok, 0 failed, \d+ skipped$/);
  });

  it('finds a port that is taken, but not by an exporter', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    const taken = await listening(server);
    try {
      const result = await doctorProgram([...demo, '--web.listen-address', `127.0.0.1:${taken}`]);
      expectFault(result, 'listen_address', /another program uses this port.* \| Get-NetTCPConnection -LocalPort \d+ /);
    } finally {
      server.close();
    }
  });

  it('says so too when that program neither answers nor refuses', async () => {
    // As undici does now and then with a server that ends each connection: nothing is left that keeps Node alive.
    const fetch =
      '(_, { signal }) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason)))';
    const hangs = `--import=data:text/javascript,${encodeURIComponent(`globalThis.fetch = ${fetch}`)}`;
    const server = createServer().listen(0, '127.0.0.1');
    const taken = await listening(server);
    try {
      const args = [...demo, '--web.listen-address', `127.0.0.1:${taken}`];
      const result = await doctorProgram(args, { NODE_OPTIONS: hangs });
      expectFault(result, 'listen_address', /another program uses this port/);
    } finally {
      server.close();
    }
  });

  it.each([
    [
      'configuration',
      ['--config.file', 'bad.yaml'],
      /bad\.yaml:2: poll\.inventory\.interval: .*; .*bad\.yaml:3: colour: is not a known setting \| correct/,
    ],
    [
      'web_configuration',
      ['--web.config.file', 'bad-web.yml'],
      /bad-web\.yml:1: tls_server_conf: unknown field \(did you mean tls_server_config\?\) \| correct/,
    ],
    ['storage', ['--storage.path', 'nowhere'], /ENOENT.*nowhere' \| create the folder .*nowhere and give/],
    [
      'recording',
      ['--source', 'replay', '--replay.file', 'bad.yaml'],
      /is not a whole gzip file.* \| name a file that capture made/,
    ],
  ] as const)('finds what is wrong with: %s', async (id, args, text) => {
    file('bad.yaml', 'poll:\n  inventory: { interval: 7s }\ncolour: red\n');
    file('bad-web.yml', 'tls_server_conf: {}\n');
    const given = args.map((arg) => (/^(?:bad|nowhere)/.test(arg) ? join(folder, arg) : arg));
    expectFault(await doctor(...demo, ...given), id, text);
  });

  it.skipIf(process.platform === 'win32')('finds what others can write', async () => {
    const config = file('open.yaml', 'source: demo\n');
    chmodSync(config, 0o666);
    expectFault(
      await doctor('--config.file', config),
      'configuration_rights',
      /open\.yaml: everyone can write it \| run chmod go-w/,
    );
    const web = file('web.yml', `tls_server_config:\n  cert_file: open.pem\n  key_file: closed.pem\n`);
    chmodSync(file('open.pem', ''), 0o666);
    file('closed.pem', '');
    const { checks } = await doctor(...demo, '--web.config.file', web);
    expect(checks.find(({ id }) => id === 'configuration_rights')?.text).toMatch(/open\.pem: everyone can write it/);
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    expectFault(await doctor(...demo, '--storage.path', open), 'storage_rights', /open: everyone can write it/);
  });

  it.skipIf(process.platform === 'win32')('does not take a program that answers nothing for PowerShell', async () => {
    for (const program of ['true', 'cat'])
      expectFault(
        await doctor('--powershell.executable', `/bin/${program}`),
        'powershell',
        /did not answer as PowerShell does: /,
      );
  });

  it.skipIf(process.platform === 'win32').each([
    ['there is none', []],
    ['its path is not full', ['--powershell.executable', 'pwsh']],
    ['it cannot be started', ['--powershell.executable', join(folder, 'none')]],
  ])('prints every other line although %s', async (_, args) => {
    const { code, stdout, stderr } = await runProgram(
      ['doctor', ...args, '--web.listen-address', `127.0.0.1:${port}`],
      {
        env: { PATH: folder },
      },
    );
    expect([code, stderr]).toEqual([1, '']);
    const lines = stdout.trimEnd().split('\n');
    const statuses = Object.fromEntries(
      lines.map((line): [string, string] => {
        const [, status = '', id = ''] = /^(ok|FAIL|skip) +\d+ ms {2}(\S+)/.exec(line) ?? [];
        return [id, status];
      }),
    );
    expect(statuses).toMatchObject({
      configuration: 'ok',
      listen_address: 'ok',
      clock: 'ok',
      powershell: 'FAIL',
      language_mode: 'skip',
      program_rights: 'ok',
      'source:vm': 'skip',
    });
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.find((line) => line.startsWith('starts'))).toContain(' serve  (the agent)');
    expect(lines.at(-1)).toMatch(/^\d+ checks: \d+ ok, 1 failed, \d+ skipped$/);
  });

  it.skipIf(process.platform === 'win32')('says that there is no Hyper-V on another system', async () => {
    expectFault(await doctor(), 'powershell', /this machine has no Hyper-V.* \| run this on a Hyper-V host/);
    expectFault(
      await doctor('--powershell.executable', join(folder, 'none')),
      'powershell',
      /PowerShell cannot be started from .*none.*ENOENT/,
    );
  });
});

describeWith(['pwsh'], 'doctor, through the PowerShell engine', () => {
  const healthy = (): StubHost => {
    const now = Date.now();
    const host = worldToObjects(makeWorld(1, 'set-team', now - 300_000)(now), true);
    // A busy engine reads three of each in the time that it has, and they are as good as all.
    const few = <T extends { readonly rows?: readonly unknown[] }>(all: Readonly<Record<string, T>> = {}) =>
      Object.fromEntries(
        Object.entries(all).map(([name, { rows, ...rest }]) => [
          name,
          { ...rest, ...(rows && { rows: rows.slice(0, 3) }) } as T,
        ]),
      );
    return { ...host, calls: few(host.calls), counters: few(host.counters) };
  };
  /** Deadlines are for hosts, not for a busy machine that runs tests. */
  const patient = ['inventory', 'activity', 'config', 'cluster'].flatMap((part) => [`--poll.${part}.deadline`, '5m']);
  const argsFor = (
    host: StubHost,
    options: Parameters<typeof stubPowerShell>[2] = {},
    without = 'activity,config,cluster',
  ): readonly string[] => [
    '--powershell.executable',
    stubPowerShell(folder, host, options),
    ...patient,
    ...(without === '' ? [] : ['--sources.disabled', without]),
  ];
  const run = (...given: Parameters<typeof argsFor>) => doctor(...argsFor(...given));
  const withCalls = (host: StubHost, change: (call: StubCall, name: string) => StubCall): StubHost => ({
    ...host,
    calls: Object.fromEntries(Object.entries(host.calls).map(([name, call]) => [name, change(call, name)])),
  });
  const isHyperV = (name: string) => name.startsWith('Get-VM');

  it(
    'is content with a host where all is well, and names every process that is started',
    async () => {
      const result = await doctorProgram(argsFor(healthy(), {}, ''));
      expect(failures(result)).toEqual({});
      expect(result).toMatchObject({ code: 0, healthy: true });
      expect(result.checks.length).toBeGreaterThan(50);
      const skipped = result.checks.filter(({ status }) => status === 'skipped').map(({ id }) => id);
      expect(skipped).toEqual([
        'web_configuration',
        'storage',
        'recording',
        'configuration_rights',
        'storage_rights',
        'source:cluster_node',
      ]);
      expect(textOf(result, 'rights')).toBe('the host and 3 VMs are visible');
      expect(textOf(result, 'module')).toBe(`loads, version ${result.version}`);

      const shell = MarkedShell.start({ executable: process.execPath, cwd: folder, env: {}, platform: 'linux' });
      const line = shell.child.spawnargs.slice(1).join(' ');
      await once(shell.child, 'close');
      expect(result.processes.map(({ commandLine }) => commandLine)).toContain(`${join(folder, 'pwsh')} ${line}`);
    },
    MINUTES,
  );

  const cases: readonly (readonly [string, string, RegExp, () => Promise<Examined>])[] = [
    [
      'the module is missing',
      'module',
      /The PowerShell module is missing: there is no .*HyperVSriov\.psd1 \| unpack the package again/,
      () => doctorProgram(argsFor(healthy(), { agentModules: false })),
    ],
    [
      'the application control policy does not allow the module',
      'language_mode',
      /An application control policy .* does not allow the PowerShell module .* \| allow the module files/,
      () => run(healthy(), { first: '$ExecutionContext.SessionState.LanguageMode = "ConstrainedLanguage"' }),
    ],
    [
      'the account may not look and is shown nothing',
      'rights',
      /returns nothing, not even this host \| put the account .* in Hyper-V Administrators \(S-1-5-32-578\)/,
      () => run(withCalls(healthy(), (call, name) => (isHyperV(name) ? { ...call, rows: [] } : call))),
    ],
    [
      'vmms is stopped',
      'vmms',
      /the service vmms is Stopped.* \| Start-Service vmms/,
      () =>
        run(
          withCalls({ ...healthy(), services: [{ Name: 'vmms', Status: 'Stopped' }] }, (call, name) =>
            isHyperV(name) ? { throw: 'RPC' } : call,
          ),
        ),
    ],
    [
      'the role is missing',
      'hyperv_role',
      /Hyper-V is not installed here \| Install-WindowsFeature Hyper-V /,
      () => run(withCalls({ ...healthy(), services: [] }, (call, name) => (isHyperV(name) ? { missing: true } : call))),
    ],
    [
      'the Hyper-V PowerShell module is missing',
      'hyperv_module',
      /Get-VMHost is missing.* \| Install-WindowsFeature Hyper-V-PowerShell/,
      () => run(withCalls(healthy(), (call, name) => (isHyperV(name) ? { missing: true } : call))),
    ],
    [
      'a counter set is missing',
      'source:counters_virtual_network_adapter',
      /the counter set "Hyper-V Virtual Network Adapter" is missing.* \| typeperf -q "Hyper-V Virtual Network Adapter"/,
      () => {
        const { 'Hyper-V Virtual Network Adapter': _, ...counters } = healthy().counters ?? {};
        return run({ ...healthy(), counters }, {}, 'config,cluster');
      },
    ],
  ];
  it.each(cases)(
    '%s: exactly %s fails',
    async (_, id, text, examine) => expectFault(await examine(), id, text),
    MINUTES,
  );

  it(
    'tells a host without VMs from one that may not be looked at',
    async () => {
      const result = await run(
        withCalls(healthy(), (call, name) =>
          /^Get-VM$|^Get-VMNetworkAdapter/.test(name) ? { ...call, rows: [] } : call,
        ),
      );
      expect(failures(result)).toEqual({});
      expect(textOf(result, 'rights')).toBe('the host is visible; it has no VMs');
    },
    MINUTES,
  );
});
