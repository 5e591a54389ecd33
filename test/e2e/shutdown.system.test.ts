import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startExporter } from '../support/servers/exporter.ts';
import { until } from '../support/servers/until.ts';

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
