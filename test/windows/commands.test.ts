import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readCapture } from '../../src/collect/replay/capture-file.ts';
import { runProgram } from '../support/run-program.ts';
import { runCli } from '../support/run-cli.ts';
import { describeWith } from '../support/tools.ts';
import { type Answer, runCommandsOnWindows, runProgramOnWindows, windowsPath } from '../support/windows/windows.ts';

const HEALTHY = ['--source', 'demo', '--demo.scenario', 'healthy'];
const EXHAUSTED = ['--source', 'demo', '--demo.scenario', 'vf-pool-exhausted'];

describeWith(['win-node'], 'the commands on Windows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'commands of ü '));
  const at = (name: string) => windowsPath(join(folder, name));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('the program starts, and its exit codes reach the command prompt', async () => {
    const [version, wrong, fallback] = await Promise.all([
      runProgramOnWindows(['--version']),
      runProgramOnWindows(['sevre']),
      runProgramOnWindows(['explain', ...EXHAUSTED]),
    ]);
    const here = await runProgram(['--version']);
    const upToNode = ({ stdout }: { readonly stdout: string }) => stdout.split(', Node ')[0];
    expect([version.code, upToNode(version)]).toEqual([0, upToNode(here)]);
    expect(version.stdout).toMatch(/, win32-x64\r?\n$/);
    expect(wrong).toEqual({
      code: 64,
      stdout: '',
      stderr: "hyperv-sriov-exporter: unknown command 'sevre' (did you mean serve?); see --help\n",
    });
    expect([fallback.code, fallback.stderr]).toEqual([2, '']);
    expect(fallback.stdout).toContain('vf_pool_exhausted');
  });

  it('runs under Node 22, too', async () => {
    const run = await runProgramOnWindows(['metrics', ...HEALTHY], { WIN_NODE_VERSION: '22' });
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.stdout.split('\n').length).toBeGreaterThan(2000);
  });

  /** Each with the same arguments on both systems: the answers differ in what is of the time or of the system only. */
  const SAME: readonly (readonly string[])[] = [
    ['--help'],
    ['help', 'serve'],
    ['alerts'],
    ['config', 'print', ...HEALTHY],
    ['config', 'check', ...HEALTHY],
    ['explain', ...HEALTHY],
    ['explain', ...EXHAUSTED, '--json'],
    ['metrics', ...EXHAUSTED],
    ['--nonsense'],
    ['--source', 'hyperv'],
    ['config', 'check', '--poll.activity.interval', '7s'],
    ['metrics', '--source', 'replay'],
  ];
  /** Without what differs between two runs: counters, sizes of the process, and times. */
  const without = ({ code, out, err }: Answer) => {
    const counters = new Set([...out.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
    const steady = (line: string) => {
      const name = /^\w+/.exec(line)?.[0] ?? '';
      const varies = counters.has(name) || /process|nodejs|seconds|timestamp|bytes|exporter/.test(name);
      return line.startsWith('hyperv_') && varies ? line.replace(/ \S+$/, '') : line;
    };
    const text = out.split('\n').map(steady).join('\n');
    return { code, err, out: text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d{13}\b/g, 'TIME') };
  };

  it('answer as on Linux', async () => {
    const answers = await runCommandsOnWindows(SAME.map((args) => ({ args })));
    for (const [index, args] of SAME.entries()) {
      const { progress: _, ...same } = await runCli(...args);
      expect(without(answers[index]!), args.join(' ')).toEqual(without(same));
    }
  });

  it('read and write files', async () => {
    mkdirSync(join(folder, 'rules'));
    const list = [
      ['capture', at('host ä.json.gz'), ...EXHAUSTED, '--key-file', at('key')],
      ['capture', at('host ä.json.gz'), ...EXHAUSTED],
      ['explain', '--source', 'replay', '--replay.file', at('host ä.json.gz')],
      ['alerts', '--out', at('rules')],
      ['measure', '--vm', 'web-201', '--seconds', '2', ...HEALTHY, '--out', at('run.json')],
      ['measure', '--vm', 'web-201', '--seconds', '2', ...HEALTHY, '--compare', at('run.json')],
      ['doctor', ...HEALTHY, '--json'],
    ];
    const answers = await runCommandsOnWindows(list.map((args) => ({ args })));
    expect(answers.map(({ code, err }) => [code, err])).toEqual([
      [0, ''],
      [64, `hyperv-sriov-exporter: ${at('host ä.json.gz')} is there already: give another name\n`],
      [2, ''],
      [0, ''],
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    const [, , explained, rules, , compared, doctor] = answers;
    expect((await readCapture(join(folder, 'host ä.json.gz'))).documents.length).toBeGreaterThan(4);
    expect(explained!.out).toContain('vf_pool_exhausted');
    const files = readdirSync(join(folder, 'rules'));
    expect(files.length).toBeGreaterThan(2);
    expect(rules!.out.trimEnd().split('\n').toSorted()).toEqual(
      files.map((name) => `${at('rules')}\\${name}`).toSorted(),
    );
    expect(compared!.out.length).toBeGreaterThan(200);
    const { checks } = JSON.parse(doctor!.out) as { checks: { id: string; status: string }[] };
    expect(checks.length).toBeGreaterThan(5);
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
    const rights = checks.filter(({ id, status }) => id.endsWith('_rights') && status === 'ok').map(({ id }) => id);
    expect(rights).toEqual(['program_rights', 'module_rights']);
  });

  it('serve names the port that another program uses', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const run = await runProgramOnWindows([...HEALTHY, '--web.listen-address', `127.0.0.1:${port}`]);
    taken.close();
    expect([run.code, run.stderr]).toEqual([
      1,
      `hyperv-sriov-exporter: cannot listen on 127.0.0.1:${port}: another program uses this port; choose one with --web.listen-address\n`,
    ]);
  });
});
