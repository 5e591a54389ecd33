import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demo } from '../support/run-cli.ts';
import { freePort } from '../support/servers/port.ts';
import { until } from '../support/servers/until.ts';
import { describeWith, tool } from '../support/tools.ts';

const main = join(import.meta.dirname, '../../dist/main.js');
const healthy = demo('healthy');

/** Runs the program with an output that nobody reads. */
async function unread(args: readonly string[]): Promise<{ readonly code: number | null; readonly err: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, err };
}

describe.skipIf(process.platform === 'win32')('a pipe that is closed before the output ends', () => {
  it.each([
    [0, ['metrics', ...healthy]],
    [0, ['explain', ...healthy]],
    [0, ['explain', ...demo('large'), '--json']],
    [0, ['doctor', ...healthy, '--web.listen-address', '127.0.0.1:0']],
    [0, ['measure', '--vm', 'web-201', '--seconds', '2', ...healthy]],
    [0, ['alerts']],
    [0, ['alerts', '--kubernetes']],
    [0, ['config', 'print']],
    [0, ['fleet', 'list', '--source', 'demo', '--demo.hosts', '1000']],
    [0, ['completion', 'bash']],
    [0, ['completion', 'powershell']],
    [0, ['--help', 'settings']],
    [0, ['--help']],
    [0, ['--version']],
    [2, ['explain', ...demo('vf-pool-exhausted')]],
  ] as const)('ends quietly with exit code %d: %j', async (code, args) => {
    expect(await unread(args)).toEqual({ code, err: '' });
  });

  it('does not end serve, which goes on without its log', async () => {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [main, 'serve', ...healthy, '--web.listen-address', `127.0.0.1:${port}`, '--log.requests'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child.stdout.destroy();
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const closed = once(child, 'close');
    try {
      const ready = async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
      await until('the exporter is ready', ready, { why: () => err });
      for (let asked = 0; asked < 5; asked++) expect(await ready()).toBe(true);
      child.kill('SIGTERM');
      expect((await closed)[0]).toBe(0);
      expect(err).toBe('');
    } finally {
      child.kill('SIGKILL');
      await closed;
    }
  });
});

/** Runs a line of a shell to its end. */
async function inShell(shell: 'bash' | 'pwsh', args: readonly string[]) {
  const child = spawn(tool(shell), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await once(child, 'close');
  return { lines: out.trimEnd().split(/\r?\n/), err };
}
const METRICS = `'${process.execPath}' '${main}' metrics --source demo --demo.scenario large`;

describeWith(['bash'], 'bash', () => {
  it('| head -n 5', async () => {
    const line = `${METRICS} | head -n 5; echo "\${PIPESTATUS[0]}"`;
    const { lines, err } = await inShell('bash', ['-c', line]);
    expect([lines.length, lines.at(-1), err]).toEqual([6, '0', '']);
  });
});

describeWith(['pwsh'], 'PowerShell', () => {
  it('| Select-Object -First 5', async () => {
    const line = `& ${METRICS} | Select-Object -First 5; "errors: $($Error.Count)"`;
    const { lines, err } = await inShell('pwsh', ['-NoProfile', '-NonInteractive', '-Command', line]);
    expect([lines.length, lines.at(-1), err]).toEqual([6, 'errors: 0', '']);
  });
});
