import { createServer as createPlain, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { clientOf, limitConnections, logRefusals, type Refusal } from '../../src/http/connections.ts';
import { LIMITS } from '../../src/http/limits.ts';
import { listen } from '../../src/http/listen.ts';
import { createServer } from '../../src/http/server.ts';
import { deps } from './deps.ts';

let app: FastifyInstance | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app?.close();
});

/** Opens a connection from an address of this machine; resolves with whether it still stands a moment later. */
async function open(port: number, from: string): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return Promise.race([
    new Promise<boolean>((resolve) => socket.once('close', () => resolve(false))),
    new Promise<boolean>((resolve) => setTimeout(resolve, 300, true)),
  ]);
}

const portOf = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

async function scrape(port: number, from: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from }).setEncoding('utf8');
  sockets.push(socket);
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (text) => (answer += text));
  socket.write('GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  return answer.split('\r\n', 1)[0] ?? '';
}

const many = (port: number, from: string, count: number) =>
  Promise.all(Array.from({ length: count }, () => open(port, from)));
const standing = (results: readonly boolean[]) => results.filter(Boolean).length;

describe('connections', () => {
  it('of one client are limited, others are answered', async () => {
    const refused: Refusal[] = [];
    app = createServer(deps({ connectionRefused: (why) => void refused.push(why) }));
    const port = await listen(app, { host: '127.0.0.1', port: 0 });
    expect(standing(await many(port, '127.0.0.2', LIMITS.connections))).toBe(LIMITS.connectionsOfClient);
    expect(refused).toHaveLength(LIMITS.connections - LIMITS.connectionsOfClient);
    expect(new Set(refused)).toEqual(new Set(['client']));
    expect(await scrape(port, '127.0.0.3')).toBe('HTTP/1.1 200 OK');
    expect(await scrape(port, '127.0.0.2')).toBe('');
  });

  it('of one client are one more for each host that a collector serves: Prometheus may have a connection for each', async () => {
    const targets = 100;
    const refused: Refusal[] = [];
    const server = createPlain((_request, response) => void response.end());
    limitConnections(
      server,
      (why) => void refused.push(why),
      () => targets,
    );
    const port = await portOf(server);
    try {
      const allowed = LIMITS.connectionsOfClient + targets;
      expect(standing(await many(port, '127.0.0.2', allowed + 5))).toBe(allowed);
      expect(refused).toEqual(Array.from({ length: 5 }, () => 'client'));
      expect(await scrape(port, '127.0.0.3')).toBe('HTTP/1.1 200 OK');
    } finally {
      for (const socket of sockets.splice(0)) socket.destroy();
      server.close();
    }
  });

  it('a client that was answered before gets in while many strangers hold all they may', async () => {
    const refused: Refusal[] = [];
    app = createServer(deps({ connectionRefused: (why) => void refused.push(why) }));
    const port = await listen(app, { host: '127.0.0.1', port: 0 });
    expect(await scrape(port, '127.0.0.9')).toBe('HTTP/1.1 200 OK');
    let held = 0;
    for (let stranger = 10; stranger < 18; stranger++) held += standing(await many(port, `127.0.0.${stranger}`, 40));
    expect(held).toBeGreaterThanOrEqual(LIMITS.connections - LIMITS.connectionsOfServed);
    expect(refused).toContain('server');
    expect(await scrape(port, '127.0.0.9')).toBe('HTTP/1.1 200 OK');
  });

  it('of clients that hold all there are are closed for one that has none, also if they were answered before', async () => {
    const closedFor: string[] = [];
    const server = createPlain((_request, response) => void response.end());
    limitConnections(server, (why, client) => void closedFor.push(`${why} ${client}`));
    const port = await portOf(server);
    try {
      expect(await scrape(port, '127.0.0.9')).toBe('HTTP/1.1 200 OK');
      const heavy = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
      for (const each of heavy) expect(await scrape(port, each)).toBe('HTTP/1.1 200 OK');
      for (const each of heavy) expect(standing(await many(port, each, LIMITS.connectionsOfClient))).toBe(64);
      expect(closedFor).toEqual([]);
      expect(await scrape(port, '127.0.0.9')).toBe('HTTP/1.1 200 OK');
      // A stranger must not end the connections of those who were answered.
      expect(await scrape(port, '127.0.0.10')).toBe('');
      expect(closedFor[0]).toMatch(/^server 127\.0\.0\.[2-5]$/);
      expect(closedFor.slice(1)).toEqual(['server 127.0.0.10']);
    } finally {
      for (const socket of sockets.splice(0)) socket.destroy();
      server.close();
    }
  });
});

it('a connection is ended on which more requests wait than a client needs, and fewer are all answered', async () => {
  const refused: Refusal[] = [];
  app = createServer(deps({ connectionRefused: (why) => void refused.push(why) }));
  const port = await listen(app, { host: '127.0.0.1', port: 0 });
  const answers = async (count: number) => {
    const socket = connect({ port, host: '127.0.0.1' }).setEncoding('utf8');
    sockets.push(socket);
    let text = '';
    socket.on('error', () => {}).on('data', (chunk) => (text += chunk));
    const request = 'GET /-/healthy HTTP/1.1\r\nHost: x\r\n';
    socket.write(`${request}\r\n`.repeat(count - 1) + `${request}Connection: close\r\n\r\n`);
    await new Promise((resolve) => socket.once('close', resolve));
    return text.split('HTTP/1.1 200 OK').length - 1;
  };
  expect(await answers(LIMITS.unansweredRequests)).toBe(LIMITS.unansweredRequests);
  expect(refused).toEqual([]);
  expect(await answers(1000)).toBe(0);
  expect(refused).toEqual(['pipelining']);
  expect(await scrape(port, '127.0.0.1')).toBe('HTTP/1.1 200 OK');
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('the client of %s is %s', (address, client) => expect(clientOf(address)).toBe(client));

it('refused connections are one log line a minute, with their number', () => {
  const lines: object[] = [];
  let now = 0;
  const refused = logRefusals({ warn: (fields) => void lines.push(fields) }, () => now);
  for (let second = 0; second < 120; second++) {
    now = second * 1000;
    refused('client', '192.0.2.7');
  }
  expect(lines).toEqual([
    { connections: 1, limit: LIMITS.connectionsOfClient, address: '192.0.2.7' },
    { connections: 60, limit: LIMITS.connectionsOfClient, address: '192.0.2.7' },
  ]);
});
