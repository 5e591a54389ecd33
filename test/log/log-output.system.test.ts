import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLogOutput } from '../../src/log-output.ts';
import { freePort } from '../support/servers/port.ts';
import { until } from '../support/servers/until.ts';

const main = join(import.meta.dirname, '../../dist/main.js');
const linux = describe.skipIf(process.platform !== 'linux');

linux('a pipe that is not read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'log output '));
  const path = join(folder, 'pipe');
  let pipe: number;
  const dropped: number[] = [];
  const line = (number: number): string => `${String(number).padStart(5, '0')} ${'x'.repeat(93)}\n`;
  beforeEach(() => {
    execFileSync('mkfifo', [path]);
    pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    dropped.length = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
    closeSync(pipe);
    rmSync(path);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const openOutput = () => openLogOutput(pipe, (lines) => void dropped.push(lines));

  /** All that is in the pipe now */
  function read(): string {
    const bytes = Buffer.alloc(1024 * 1024);
    let text = '';
    for (;;) {
      try {
        text += bytes.toString('utf8', 0, readSync(pipe, bytes));
      } catch {
        return text;
      }
    }
  }

  /** All that comes while the output tries again. */
  function readAll(): string {
    let text = '';
    for (let round = 0; round < 10; round += 1) {
      text += read();
      vi.advanceTimersByTime(100);
    }
    return text;
  }

  it('keeps lines for a reader who comes back, whole and in order', () => {
    const output = openOutput();
    for (let number = 0; number < 2000; number += 1) output.write(line(number));
    const text = readAll();
    expect(text).toBe(Array.from({ length: 2000 }, (_, number) => line(number)).join(''));
    output.write(line(2000));
    expect(read()).toBe(line(2000));
    expect(dropped).toEqual([]);
  });

  it('drops what is more than it may keep, and says so once there is a reader', () => {
    const output = openOutput();
    for (let number = 0; number < 20_000; number += 1) output.write(line(number));
    const text = readAll();
    const lines = text.split('\n').slice(0, -1);
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, number) => line(number).trimEnd()));
    expect(lines.length * 100).toBeGreaterThan(300_000);
    expect(lines.length * 100).toBeLessThan(400_000);
    expect(dropped).toEqual([20_000 - lines.length]);
  });
});

linux('a device that is full', () => {
  it('costs the line, and not the program', () => {
    const full = openSync('/dev/full', constants.O_WRONLY);
    const dropped: number[] = [];
    const output = openLogOutput(full, (lines) => void dropped.push(lines));
    for (let number = 0; number < 3; number += 1) output.write('a line\n');
    closeSync(full);
    expect(dropped).toEqual([]);
  });
});

linux('serve', () => {
  const requests = 5000;

  async function started(stdout: 'pipe' | number) {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [main, 'serve', '--source', 'demo', '--web.listen-address', `127.0.0.1:${port}`, '--log.requests'],
      { stdio: ['ignore', stdout, 'inherit'] },
    );
    const url = `http://127.0.0.1:${port}/-/healthy`;
    await until('it answers', async () => (await fetch(url)).ok);
    return { child, ask: async () => (await fetch(url)).status };
  }

  it('goes on answering while nobody reads its log, and logs how many lines were lost', async () => {
    const { child, ask } = await started('pipe');
    try {
      for (let asked = 0; asked < requests; asked += 1) expect(await ask()).toBe(200);
      let log = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
      await until('it says so', () => /"lines":[1-9]\d*,"msg":"lines of the log were lost/.test(log));
      expect(await ask()).toBe(200);
      child.kill('SIGTERM');
      const [code] = (await once(child, 'close')) as [number | null];
      expect(code).toBe(0);
      expect(log).toContain('"msg":"stopped"');
      for (const text of log.trimEnd().split('\n')) JSON.parse(text);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('goes on although its log goes to a disk that is full', async () => {
    const full = openSync('/dev/full', constants.O_WRONLY);
    const { child, ask } = await started(full);
    closeSync(full);
    try {
      for (let asked = 0; asked < 20; asked += 1) expect(await ask()).toBe(200);
      child.kill('SIGTERM');
      expect((await once(child, 'close'))[0]).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
