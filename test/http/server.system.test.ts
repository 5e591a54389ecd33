import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { LIMITS } from '../../src/http/limits.ts';
import { listen } from '../../src/http/listen.ts';
import { createServer } from '../../src/http/server.ts';
import { freePort } from '../support/servers/port.ts';
import { EXPOSITION, collection, deps, type DepsOver, view } from './deps.ts';

const hasIpv6 = Object.values(networkInterfaces()).some(
  (all) => all?.some(({ address }) => address === '::1') === true,
);
const open: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});
function server(over: DepsOver = {}): FastifyInstance {
  const app = createServer(deps(over));
  open.push(app);
  return app;
}

describe('/metrics', () => {
  it('speaks the text format to a browser and OpenMetrics to Prometheus', async () => {
    const browser = await server().inject({ url: '/metrics', headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(browser.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(browser.body).toBe(EXPOSITION);
    const accept =
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    const prometheus = await server().inject({ url: '/metrics', headers: { accept } });
    expect(prometheus.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(prometheus.body).toBe(`${EXPOSITION}# EOF\n`);
  });

  it('compresses for those who take gzip, and only for them', async () => {
    const packed = await server().inject({ url: '/metrics', headers: { 'accept-encoding': 'deflate, gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.rawPayload).toString()).toBe(EXPOSITION);
    const refused = await server().inject({ url: '/metrics', headers: { 'accept-encoding': 'gzip;q=0' } });
    expect(refused.headers['content-encoding']).toBeUndefined();
    expect(refused.body).toBe(EXPOSITION);
  });

  it('answers HEAD with the length and no body', async () => {
    const head = await server().inject({ method: 'HEAD', url: '/metrics' });
    expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([200, `${EXPOSITION.length}`, '']);
  });

  it('answers an inner error with 500 and no trace of it', async () => {
    const logged: object[] = [];
    const log = { info() {}, warn() {}, error: (fields: object) => void logged.push(fields) };
    const exposition = () => Promise.reject(new Error('at secret.ts:7'));
    const answer = await server({ log, host: { exposition } }).inject('/metrics');
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({ error: 'internal_server_error', message: 'internal error, see the log' });
    expect(logged).toEqual([{ route: '/metrics', err: new Error('at secret.ts:7') }]);
  });
});

describe('health', () => {
  it('is healthy as soon as it answers', async () => {
    expect((await server().inject('/-/healthy')).body).toBe('healthy\n');
  });

  it('is ready once inventory and activity were tried, well or not, and what is served says so', async () => {
    const ask = async (over: DepsOver) => {
      const { statusCode, body } = await server(over).inject('/-/ready');
      return [statusCode, body];
    };
    const { parts } = collection();
    const rendered = (over: Partial<typeof parts>) => ({
      host: { view: () => ({ ...view(), collection: collection(over) }) },
    });

    expect(await ask(rendered({ inventory: { ...parts.inventory, success: false, error: 'timeout' } }))).toEqual([
      200,
      'ready\n',
    ]);
    const notYet = [503, 'not ready: no poll of activity yet\n'];
    expect(await ask(rendered({ activity: { ...parts.activity, tried: false } }))).toEqual(notYet);
    // Tried, but nothing of it is served yet.
    expect(await ask({ host: { view: () => undefined } })).toEqual([
      503,
      'not ready: no poll of inventory, activity yet\n',
    ]);
  });
});

const TOUR = { stages: ['healthy'], now: () => ({ stage: 0, leftMs: 1 }), jump: () => Promise.resolve() };

describe('/-/reload', () => {
  it('is forbidden unless enabled', async () => {
    const answer = await server({ reload: () => Promise.resolve() }).inject({ method: 'POST', url: '/-/reload' });
    expect(answer.statusCode).toBe(403);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['another host of the same site', { 'sec-fetch-site': 'same-site' }, 403],
    ['its own page', { 'sec-fetch-site': 'same-origin' }, 200],
    ['another origin, by an older browser', { origin: 'https://evil.example', host: 'hv01:10182' }, 403],
    ['its own origin, by an older browser', { origin: 'http://hv01:10182', host: 'hv01:10182' }, 200],
    ['a file', { origin: 'null', host: 'hv01:10182' }, 403],
    ['curl', {}, 200],
  ])('sent by %s, as every other POST', async (_, headers, status) => {
    const app = server({ lifecycleEnabled: true, reload: () => Promise.resolve(), host: { tour: TOUR } });
    const post = async (url: string) => (await app.inject({ method: 'POST', url, headers })).statusCode;
    expect(await post('/-/reload')).toBe(status);
    expect(await post('/demo/stage?number=1')).toBe(status === 200 ? 303 : status);
  });

  it('reloads, and says what is wrong with a faulty configuration', async () => {
    let times = 0;
    const reload = () => {
      times += 1;
      return times === 1 ? Promise.resolve() : Promise.reject(new UserError('agent.yml:3: web: unknown field'));
    };
    const app = server({ lifecycleEnabled: true, reload });
    // as curl -X POST -d '' sends it
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const first = await app.inject({ method: 'POST', url: '/-/reload', headers, payload: '' });
    expect([first.statusCode, first.body]).toEqual([200, 'reloaded\n']);
    const second = await app.inject({ method: 'POST', url: '/-/reload' });
    expect([second.statusCode, second.json().message]).toEqual([422, 'agent.yml:3: web: unknown field']);
  });
});

describe('a request for another host name', () => {
  it('is answered by none of the routes, pages included, if names are checked: DNS rebinding', async () => {
    const app = server({
      allowedHosts: new Set(['hv01.corp']),
      lifecycleEnabled: true,
      reload: () => Promise.resolve(),
    });
    const ask = (url: string, host: string, accept = '*/*') =>
      app.inject({ method: url === '/-/reload' ? 'POST' : 'GET', url, headers: { host, accept } });
    for (const url of ['/', '/metrics', '/api/v1/host', '/-/healthy', '/-/reload', '/assets/page.css', '/nothing']) {
      const page = await ask(url, 'evil.example:10182', 'text/html');
      expect([url, page.statusCode, page.body.includes('HV01')]).toEqual([url, 421, false]);
      const answer = await ask(url, 'evil.example:10182');
      expect(answer.json()).toEqual({
        error: 'misdirected_request',
        message: 'this exporter does not answer for this host name: see web.allowed-hosts',
      });
    }
    for (const host of ['localhost:10182', '127.0.0.1:10182', '[::1]:10182', 'HV01.corp'])
      expect([host, (await ask('/metrics', host)).statusCode]).toEqual([host, 200]);
    expect((await server().inject({ url: '/metrics', headers: { host: 'any.example' } })).statusCode).toBe(200);
  });

  it('may come without a name by HTTP/1.0, which no browser does', async () => {
    const app = server({ allowedHosts: new Set() });
    const port = await listen(app, { host: '127.0.0.1', port: 0 });
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET /-/healthy HTTP/1.0\r\n\r\n'));
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('what is not served', () => {
  it('answers a person with a page where it answers a program with JSON', async () => {
    const app = server();
    const ask = (url: string, accept: string) => app.inject({ url, headers: { accept } });
    const browser = 'text/html,application/xhtml+xml,*/*;q=0.8';
    for (const [url, status, says] of [
      ['/<script>', 404, 'nothing is served here; see /'],
      ['/?page=<b>', 400, 'page: '],
    ] as const) {
      const page = await ask(url, browser);
      expect([page.statusCode, page.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
      expect(page.body).toContain(says);
      expect(page.body).toContain('<a href="/">Status of the host</a>');
      expect(page.body).not.toMatch(/<b>|<script>/);
      expect((await ask(url, 'application/json')).json().message).toContain(says);
    }
    expect((await ask('/api/v1/nothing', browser)).json().error).toBe('not_found');
  });

  it('404 for an unknown path, 405 with Allow for a known one', async () => {
    const unknown = await server().inject('/nothing');
    expect([unknown.statusCode, unknown.json().error]).toEqual([404, 'not_found']);
    const method = await server().inject({ method: 'DELETE', url: '/metrics?x=1' });
    expect([method.statusCode, method.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it('400 for a malformed URL, 414 for a long one, 413 for a body', async () => {
    expect((await server().inject('/%zz')).statusCode).toBe(400);
    expect((await server().inject(`/metrics?${'x'.repeat(LIMITS.urlLength)}`)).statusCode).toBe(414);
    const body = { method: 'POST', url: '/-/reload', payload: 'x'.repeat(LIMITS.bodyBytes + 1) } as const;
    expect((await server().inject(body)).statusCode).toBe(413);
  });

  it('every answer carries the security headers', async () => {
    for (const url of ['/', '/metrics', '/nothing', '/api/v1/host', '/%zz', `/${'x'.repeat(LIMITS.urlLength)}`]) {
      const { headers } = await server().inject(url);
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; /);
      expect([headers['x-content-type-options'], headers['x-frame-options']]).toEqual(['nosniff', 'deny']);
    }
  });

  it('the landing page says when the host is simulated', async () => {
    const { body } = await server({ host: { simulated: true } }).inject('/');
    expect(body).toMatch(/simulated host/i);
    expect(body).toContain('<a href="/metrics">Metrics</a>');
    expect((await server().inject('/')).body).not.toMatch(/simulated/i);
  });
});

describe('behind a reverse proxy', () => {
  const stage = { method: 'POST', url: '/demo/stage?number=1' } as const;

  it('a redirect leads to the path that the browser knows', async () => {
    const strips = server({ host: { tour: TOUR }, prefix: { route: '', link: '/hyperv' } });
    expect((await strips.inject(stage)).headers.location).toBe('/hyperv/');
    const keeps = server({ host: { tour: TOUR }, prefix: { route: '/hyperv', link: '/hyperv' } });
    expect((await keeps.inject({ ...stage, url: `/hyperv${stage.url}` })).headers.location).toBe('/hyperv/');
    expect((await keeps.inject(stage)).statusCode).toBe(404);
  });

  it('a program that asks for a page of the API gets JSON for an error, under the prefix, too', async () => {
    const app = server({ prefix: { route: '/hyperv', link: '/hyperv' } });
    const ask = async (url: string) =>
      (await app.inject({ url, headers: { accept: 'text/html' } })).headers['content-type'];
    expect(await ask('/hyperv/api/v1/none')).toMatch(/^application\/json/);
    expect(await ask('/hyperv/none')).toMatch(/^text\/html/);
    const allowed = await app.inject({ method: 'POST', url: '/hyperv/metrics' });
    expect([allowed.statusCode, allowed.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('listening', () => {
  it('names a port in use and an address that is not here', async () => {
    const port = await listen(server(), { host: '127.0.0.1', port: 0 });
    await expect(listen(server(), { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'port_in_use',
      message: `cannot listen on 127.0.0.1:${port}: another program uses this port; choose one with --web.listen-address`,
    });
    await expect(listen(server(), { host: '192.0.2.1', port: 10_182 })).rejects.toMatchObject({
      code: 'address_not_available',
    });
  });

  it('serves several addresses with one set of limits, and closes all of them', async () => {
    const app = server();
    const addresses = [
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.2', port: await freePort() },
      { host: 'localhost', port: await freePort() },
    ] as const;
    const port = await listen(app, ...addresses);
    const urls = [`127.0.0.1:${port}`, `127.0.0.2:${addresses[1].port}`, `127.0.0.1:${addresses[2].port}`];
    for (const url of urls) expect(await (await fetch(`http://${url}/-/healthy`)).text()).toBe('healthy\n');
    // A request that is being answered when the server closes is answered in full.
    const idle = connect(addresses[1].port, '127.0.0.2');
    const ended = new Promise((resolve) => idle.once('close', resolve));
    await new Promise((resolve) => idle.once('connect', resolve));
    await app.close();
    await ended;
    for (const url of urls) await expect(fetch(`http://${url}/-/healthy`)).rejects.toThrow('fetch failed');
  });

  it('counts the connections of all addresses together', async () => {
    const second = await freePort();
    const first = await listen(server(), { host: '127.0.0.1', port: 0 }, { host: '127.0.0.1', port: second });
    const half = LIMITS.connectionsOfClient / 2;
    const sockets = await Promise.all(
      [first, second].flatMap((port) =>
        Array.from({ length: half }, async () => {
          const socket = connect(port, '127.0.0.1');
          socket.on('error', () => {});
          await new Promise((resolve) => socket.once('connect', resolve));
          return socket;
        }),
      ),
    );
    const refused = connect(second, '127.0.0.1');
    refused.on('error', () => {});
    await new Promise((resolve) => refused.once('close', resolve));
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([]);
    for (const socket of sockets) socket.destroy();
  });

  it.skipIf(!hasIpv6)('serves an IPv6 address', async () => {
    const port = await listen(server(), { host: '::1', port: 0 });
    expect(await (await fetch(`http://[::1]:${port}/-/healthy`)).text()).toBe('healthy\n');
  });

  it('names the one address that cannot be bound, and binds none of the others', async () => {
    const taken = await listen(server(), { host: '127.0.0.1', port: 0 });
    const free = await freePort();
    const app = server();
    await expect(
      listen(app, { host: '127.0.0.1', port: free }, { host: '127.0.0.1', port: taken }),
    ).rejects.toMatchObject({ code: 'port_in_use', message: expect.stringContaining(`127.0.0.1:${taken}`) });
    await app.close();
    await expect(fetch(`http://127.0.0.1:${free}/-/healthy`)).rejects.toThrow('fetch failed');
  });

  it.each([
    ['text that is not HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
    [
      'two lengths of one body',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'bad_request',
    ],
    [
      'headers that are too long',
      `GET / HTTP/1.1\r\nHost: ${'x'.repeat(LIMITS.headerBytes)}\r\n\r\n`,
      431,
      'request_header_fields_too_large',
    ],
    ['a request without Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'bad_request'],
    [
      'a request with two Hosts',
      'GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\nConnection: close\r\n\r\n',
      400,
      'bad_request',
    ],
    [
      'an unknown expectation',
      'GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n',
      417,
      'expectation_failed',
    ],
    ['headers that never end', 'GET / HTTP/1.1\r\nHost: x\r\n', 408, 'request_timeout'],
  ])('answers %s in the form of every other error, and ends the connection', async (_, sent, status, name) => {
    const port = await listen(server(), { host: '127.0.0.1', port: 0 });
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    socket.write(sent);
    let answer = '';
    socket.on('data', (text) => (answer += text));
    const begun = Date.now();
    await new Promise((resolve) => socket.once('close', resolve));
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain("content-security-policy: default-src 'none'");
    expect(JSON.parse(body)).toEqual({ error: name, message: expect.any(String) });
    expect(Date.now() - begun).toBeLessThan(30_000);
  });

  it('refuses oversized headers with 431', async () => {
    const port = await listen(server(), { host: '127.0.0.1', port: 0 });
    const status = await new Promise((resolve, reject) => {
      const headers = { 'x-large': 'x'.repeat(LIMITS.headerBytes) };
      httpRequest({ port, path: '/metrics', headers }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(431);
  });

  it('cuts slow clients off', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = server().server;
    for (const limit of [headersTimeout, requestTimeout, keepAliveTimeout, timeout]) {
      expect(limit).toBeGreaterThan(0);
      expect(limit).toBeLessThanOrEqual(90_000);
    }
  });

  it('closes although a client keeps its connection and another has sent half a request', async () => {
    const app = createServer(deps());
    const port = await listen(app, { host: '127.0.0.1', port: 0 });
    const idle = connect(port, '127.0.0.1');
    idle.write('GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => idle.once('data', resolve));
    const half = connect(port, '127.0.0.1');
    half.on('error', () => {});
    half.write('GET /metrics HT');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ended = new Promise((resolve) => idle.once('close', resolve));
    await app.close();
    await ended;
    half.destroy();
    expect(app.server.listening).toBe(false);
  });
});
