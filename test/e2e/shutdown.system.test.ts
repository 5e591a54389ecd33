import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startExporter } from '../support/servers/exporter.ts';
import { startProgram } from '../support/servers/program.ts';
import { until } from '../support/servers/until.ts';

const main = join(import.meta.dirname, '../../dist/main.js');

async function open(port: number, sent: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(sent);
  return socket;
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('a service that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s does so within five seconds, whatever its clients do, finishes a scrape that is on its way, and takes no new one',
    async (signal) => {
      const exporter = await startExporter(['--source', 'demo', '--demo.scenario', 'large']);
      await until('the large host is there', async () => {
        const text = await (await fetch(`${exporter.url}/metrics`)).text();
        return text.includes('hyperv_vnic_info');
      });
      // Four clients: one that has its answer and stays, one that reads a big answer slowly, one of half a request, and
      // one whose scrape is on its way.
      const idle = await open(exporter.port, get('/-/healthy'));
      await once(idle, 'data');
      const slow = await open(exporter.port, get('/metrics'));
      await once(slow, 'data');
      slow.pause();
      const half = await open(exporter.port, 'GET /metrics HT');
      await sleep(100);
      const scrape = await fetch(`${exporter.url}/metrics`, { headers: { 'accept-encoding': 'identity' } });

      const told = Date.now();
      exporter.child.kill(signal);
      const ended = once(exporter.child, 'exit') as Promise<[number | null]>;
      const text = await scrape.text();
      expect(text.length).toBe(Number(scrape.headers.get('content-length')));
      expect(text.endsWith('\n')).toBe(true);
      const [code] = await ended;
      expect([code, Date.now() - told < 5000]).toEqual([0, true]);
      expect(exporter.log()).toContain('"msg":"stopped"');
      await expect(fetch(`${exporter.url}/-/healthy`)).rejects.toThrow();
      for (const socket of [idle, slow, half]) socket.destroy();
    },
    90_000,
  );
});

it('a bug that nothing caught ends the agent with a line of the log, its stack without secrets and control characters', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bug-'));
  const file = join(folder, 'bug.cjs');
  writeFileSync(
    file,
    String.raw`setInterval(() => { if (process.argv.includes('serve') && process.listenerCount('uncaughtException') > 0) throw new TypeError('a\u001B[2J\u202Eb https://u:s3cret@h/'); }, 200);`,
  );
  const program = startProgram(process.execPath, [
    '--require',
    file,
    main,
    'serve',
    '--source',
    'demo',
    '--web.listen-address',
    '127.0.0.1:0',
  ]);
  const [code] = (await once(program.child, 'close')) as [number | null];
  rmSync(folder, { recursive: true });
  const line =
    program
      .log()
      .split('\n')
      .find((text) => text.includes('the agent stopped because of a bug')) ?? '{}';
  expect([code, JSON.parse(line)]).toEqual([
    70,
    expect.objectContaining({
      level: 'error',
      err: expect.objectContaining({ type: 'TypeError', message: 'a␣[2J␣b https://[redacted]@h/' }),
    }),
  ]);
  for (const hidden of ['s3cret', '\u001B', '\u202E']) expect(program.log()).not.toContain(hidden);
}, 30_000);
