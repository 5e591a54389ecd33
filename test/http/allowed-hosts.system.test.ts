import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { allowedHosts, isAllowedHost } from '../../src/http/allowed-hosts.ts';
import { listen } from '../../src/http/listen.ts';
import { createServer } from '../../src/http/server.ts';
import { deps } from './deps.ts';

const LOOPBACK = [{ host: '127.0.0.1', port: 10_182 }];

describe('the names that a server answers for', () => {
  it('are checked on loopback addresses, and elsewhere if they are configured', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost', 'LOCALHOST'])
      expect(allowedHosts([], undefined, [{ host, port: 1 }])).toEqual(new Set());
    expect(allowedHosts([], 'https://Metrics.example:8443/x', LOOPBACK)).toEqual(new Set(['metrics.example']));
    for (const host of [undefined, '0.0.0.0', '::', '192.0.2.7', '127.example', 'hv01'])
      expect(allowedHosts([], 'https://metrics.example/', [{ ...(host && { host }), port: 1 }])).toBeUndefined();
    expect(allowedHosts([], undefined, [...LOOPBACK, { port: 10_182 }])).toBeUndefined();
    expect(allowedHosts(['HV01.corp'], undefined, [{ port: 1 }])).toEqual(new Set(['hv01.corp']));
  });

  it('are localhost, IP addresses, and what is allowed, with any port', () => {
    const allowed = new Set(['hv01.corp']);
    for (const header of [
      'localhost',
      'LOCALHOST:10182',
      'localhost.',
      'hv01.localhost:1',
      '127.0.0.1:10182',
      '192.0.2.7',
      '[::1]:10182',
      '[fe80::1]',
      'HV01.corp:443',
      'hv01.corp.',
    ])
      expect([header, isAllowedHost(header, allowed)]).toEqual([header, true]);
    for (const header of [
      '',
      'evil.example',
      'evil.example:10182',
      'localhost.evil.example',
      'notlocalhost',
      'hv01.corp.evil.example',
      'evil.example:10182@localhost',
      'localhost:10182/evil.example',
      'evil.example#localhost',
      '[localhost]',
      '[::1',
      '127.0.0.1.evil.example',
      '0x7f.1',
    ])
      expect([header, isAllowedHost(header, allowed)]).toEqual([header, false]);
    expect(isAllowedHost('evil.example', undefined)).toBe(true);
  });
});

it('the authority of an absolute target counts, and not Host', async () => {
  const app = createServer(deps({ allowedHosts: new Set() }));
  const ask = async (url: string, host: string) => (await app.inject({ url, headers: { host } })).statusCode;
  const port = await listen(app, { host: '127.0.0.1', port: 0 });
  const raw = async (target: string, host: string) => {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    let answer = '';
    socket.on('data', (text) => (answer += text));
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    await once(socket, 'close');
    return Number(answer.split(' ')[1]);
  };
  expect(await ask('/-/healthy', 'localhost')).toBe(200);
  expect(await raw('http://localhost:1/-/healthy', 'localhost')).toBe(200);
  expect(await raw('http://evil.example/-/healthy', 'localhost')).toBe(421);
  expect(await raw('HTTP://evil.example', 'localhost')).toBe(421);
  await app.close();
});
