import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { Body } from '../../src/body.ts';
import type { ServedHost, ServedTarget } from '../../src/http/deps.ts';
import { LIMITS } from '../../src/http/limits.ts';
import { createServer } from '../../src/http/server.ts';
import { openWebConfig } from '../../src/http/web-config/watch.ts';
import type { View } from '../../src/metrics/define.ts';
import { createAuthority } from '../support/certificates.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';
import { collection, deps, view } from './deps.ts';

const open: FastifyInstance[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((app) => app.close()));
});

/** A server whose host has one view until it is given another, and the number of answers that were made. */
function counting(over: Partial<ServedHost> = {}) {
  let current: View | undefined = view();
  let asked = 0;
  let requests = 0;
  const host: Partial<ServedHost> = {
    view() {
      asked++;
      return current;
    },
    collection,
    ...over,
  };
  const app = createServer(deps({ host }));
  open.push(app);
  return {
    app,
    get: (url: string, headers: Record<string, string> = {}) => {
      requests++;
      return app.inject({ url, headers });
    },
    show: (next: View | undefined) => void (current = next),
    /** Looks at the view beyond the one that each request takes to see whether it is another one */
    made: () => asked - requests,
  };
}

describe('an answer about a host', () => {
  it.each(['/', '/?filter=web', '/vm?id=n', '/api/v1/host', '/api/v1/vnics?path=synthetic', '/api/v1/findings'])(
    '%s is made once for each view, however often it is asked for',
    async (url) => {
      const { get, show, made } = counting();
      const first = await get(url);
      const cost = made();
      expect(cost).toBeGreaterThan(0);
      for (let n = 0; n < 50; n++) expect((await get(url)).body).toBe(first.body);
      // A page that does not exist is made each time, and is small.
      expect(made()).toBe(first.statusCode === 200 ? cost : 51 * cost);
      show(view());
      await get(url);
      expect(made()).toBe(first.statusCode === 200 ? 2 * cost : 52 * cost);
    },
  );

  it('that names no parameter differently is the same answer, and what a route does not know makes none', async () => {
    const { get, made } = counting();
    await get('/?filter=web&sort=vm');
    const cost = made();
    for (const same of ['/?sort=vm&filter=web', '/?filter=web&sort=vm&page=1', '/?filter=web&sort=vm&utm=7'])
      expect((await get(same)).statusCode).toBe(200);
    expect(made()).toBe(cost);
  });

  it('is compressed for those who take it, and not sent again to those who have it', async () => {
    const { get, show } = counting();
    for (const url of ['/', '/api/v1/vnics', '/metrics', '/docs/', '/assets/page.css', '/api/v1/openapi.json']) {
      const plain = await get(url);
      const packed = await get(url, { 'accept-encoding': 'gzip' });
      expect([url, packed.headers['content-encoding']]).toEqual([url, 'gzip']);
      expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.body);
      expect(packed.headers.vary).toBe('accept, accept-encoding');
      const etag = String(plain.headers.etag);
      expect(packed.headers.etag).toBe(etag);
      for (const header of [etag, `"other", ${etag}`, '*']) {
        const unchanged = await get(url, { 'if-none-match': header });
        expect([unchanged.statusCode, unchanged.body, unchanged.headers.etag]).toEqual([304, '', etag]);
        expect(unchanged.headers['content-security-policy']).toMatch(/^default-src 'none'/);
      }
      expect((await get(url, { 'if-none-match': '"other"' })).statusCode).toBe(200);
    }
    const { etag } = (await get('/')).headers;
    show(view());
    expect((await get('/', { 'if-none-match': String(etag) })).statusCode).toBe(200);
  });

  it('keeps nothing before the first view, and a problem never', async () => {
    const { get, show } = counting();
    show(undefined);
    expect((await get('/')).body).toContain('The first poll of this host has not finished yet.');
    expect([(await get('/api/v1/vnics')).statusCode, (await get('/api/v1/explain')).json().error]).toEqual([
      503,
      'service_unavailable',
    ]);
    show(view());
    expect((await get('/')).body).not.toContain('has not finished yet');
    expect((await get('/api/v1/vnics')).statusCode).toBe(200);
  });

  it('with the document of a part is made once for each poll, and is the same bytes as JSON', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => ({ id: `vm-${n}`, name: 'ü'.repeat(20) }));
    const read = (takenAt: number) => ({
      schema: 1,
      part: 'inventory',
      takenAt,
      sources: { vm: { status: 'ok', rows } },
    });
    let last: { readonly document: object } | { readonly error: string } = { document: read(1) };
    const { get } = counting({ document: (part) => (part === 'inventory' ? last : undefined) });
    const url = '/api/v1/document?part=inventory';
    const first = await get(url);
    expect(first.body).toBe(JSON.stringify(read(1)));
    const again = await get(url, { 'accept-encoding': 'gzip' });
    expect([again.headers.etag, gunzipSync(again.rawPayload).toString()]).toEqual([first.headers.etag, first.body]);
    last = { document: read(2) };
    const next = await get(url);
    expect([next.body, next.headers.etag === first.headers.etag]).toEqual([JSON.stringify(read(2)), false]);
    last = { error: 'the last document of inventory is 400 s old' };
    expect((await get(url)).json()).toEqual({
      error: 'service_unavailable',
      message: 'the last document of inventory is 400 s old',
    });
    const [disabled, notYet] = [await get('/api/v1/document?part=cluster'), await get('/api/v1/document?part=config')];
    expect([disabled.statusCode, disabled.body, notYet.statusCode]).toEqual([204, '', 503]);
    expect(notYet.json()).toMatchObject({ message: 'config has not been polled yet' });
  });

  it('HEAD has the length of the bytes and sends none', async () => {
    const { app, get } = counting();
    const { headers, body } = await get('/');
    const head = await app.inject({ method: 'HEAD', url: '/' });
    expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([
      200,
      String(Buffer.byteLength(body)),
      '',
    ]);
    expect(head.headers.etag).toBe(headers.etag);
  });
});

describe('a collector', () => {
  it('keeps the answers about each target apart, and those about all of them for a moment', async () => {
    const views = new Map<string, View>([
      ['hv01', view()],
      ['hv 02/ü', view()],
    ]);
    const asked = new Map<string, number>();
    let rendered = 0;
    const targetOf = (name: string): ServedTarget => ({
      name,
      labels: {},
      state: () => ({ name, labels: {}, status: 'up' }),
      host: {
        name,
        simulated: false,
        exposition: () => Promise.resolve(new Body('text/plain', [Buffer.from(name)])),
        view() {
          asked.set(name, (asked.get(name) ?? 0) + 1);
          return views.get(name);
        },
        collection,
      },
    });
    const targets = [...views.keys()].map(targetOf);
    const app = createServer({
      version: '1.2.3',
      fleet: {
        get: (name) => targets.find((target) => target.name === name),
        size: () => 1,
        all: () => targets,
        exposition(kind) {
          rendered++;
          return Promise.resolve(new Body('text/plain', [Buffer.from(kind)]));
        },
        *clusters() {
          yield;
          return [];
        },
        found: () => [],
        now: () => 1_800_000_000_000,
        notTried: () => [],
      },
      lifecycleEnabled: false,
      log: { info() {}, warn() {}, error() {} },
    });
    open.push(app);
    const get = async (url: string) => (await app.inject(url)).body;
    const tagOf = async (url: string) => (await app.inject(url)).headers.etag;

    const [one, other] = ['hv01', 'hv 02/ü'].map((name) => `target=${encodeURIComponent(name)}`);
    for (const path of ['/host', '/api/v1/vnics', '/api/v1/findings']) {
      const tags = [await tagOf(`${path}?${one}`), await tagOf(`${path}?${other}`)];
      expect(new Set(tags).size).toBe(2);
      expect([await tagOf(`${path}?${one}`), await tagOf(`${path}?${other}`)]).toEqual(tags);
      views.set('hv01', view());
      expect(await tagOf(`${path}?${one}`)).not.toBe(tags[0]);
      expect(await tagOf(`${path}?${other}`)).toBe(tags[1]);
    }
    expect(await get(`/probe?${other}`)).toBe('hv 02/ü');
    // A form drops the query of its address: the target is a field, as it was given.
    expect(await get(`/host?${other}`)).toContain('<input type="hidden" name="target" value="hv 02/ü" />');
    expect(await get(`/host?${other}`)).toContain('href="/vm?target=hv%2002%2F%C3%BC&amp;id=v1"');

    for (const _ of [1, 2, 3]) await get('/metrics');
    expect(rendered).toBe(1);
    const before = asked.get('hv01') ?? 0;
    const overview = await get('/');
    const cost = (asked.get('hv01') ?? 0) - before;
    for (const _ of [1, 2, 3]) expect(await get('/')).toBe(overview);
    expect((asked.get('hv01') ?? 0) - before).toBe(cost);
    expect(overview).toContain('href="/host?target=hv%2002%2F%C3%BC"');
  });
});

const collectGarbage = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/** Bytes of buffers in this process, after what is not used has been collected. */
async function bufferBytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collectGarbage();
  }
  return process.memoryUsage().arrayBuffers;
}

const MB = 1024 * 1024;
const SIZE = 8 * MB;

/** A host with an exposition that the test replaces, as each render does. */
function large() {
  let body = new Body('text/plain', [Buffer.alloc(SIZE, 'a')]);
  return {
    exposition: () => Promise.resolve(body),
    render() {
      body.retire();
      body = new Body('text/plain', [Buffer.alloc(SIZE, 'a')]);
    },
  };
}

/** Asks for /metrics and reads nothing more than the head of the answer. */
async function readSlowly(socket: Socket, ready = 'connect'): Promise<Socket> {
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, ready);
  socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'readable');
  return socket;
}

/** Reads the rest; resolves with whether all of it came. */
async function readRest(socket: Socket): Promise<boolean> {
  let bytes = 0;
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > SIZE) resolve(true);
    });
    socket.on('close', () => resolve(bytes > SIZE));
  });
}

describe('a large answer', () => {
  it.each([true, false])(
    'comes whole and in order, also behind another one on a connection (in turns: %s)',
    async (inTurns) => {
      const sizes = [1, LIMITS.turnBytes - 1, LIMITS.turnBytes, 3, 2.5 * LIMITS.turnBytes, 17, 900_000, 900_000];
      const pieces = sizes.map((size, index) => Buffer.alloc(size, String.fromCharCode(97 + index)));
      const body = new Body('text/plain', pieces, { inTurns });
      const app = createServer(deps({ host: { view, collection, exposition: () => Promise.resolve(body) } }));
      open.push(app);
      const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
      const socket = connectPlain(port, '127.0.0.1');
      sockets.push(socket);
      const request = (method: string, more = '') => `${method} /metrics HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
      socket.write(`${request('HEAD')}${request('GET')}${request('GET', 'Connection: close\r\n')}`);
      const received: Buffer[] = [];
      for await (const chunk of socket) received.push(chunk as Buffer);
      const text = Buffer.concat(received).toString('latin1');
      const bodies = text.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)+\r\n/);
      const whole = Buffer.concat(pieces).toString('latin1');
      expect(bodies.map(({ length }) => length)).toEqual([0, 0, whole.length, whole.length]);
      expect(bodies[2] === whole && bodies[3] === whole).toBe(true);
    },
  );
});

describe('clients that read slowly', () => {
  it('share the bytes of one render, and are ended, the oldest first, where those of former renders fill their memory', async () => {
    const host = large();
    let ended = 0;
    const warnings: object[] = [];
    const app = createServer(
      deps({
        host,
        slowAnswersEnded: (answers) => (ended += answers),
        log: { info() {}, error() {}, warn: (fields) => void warnings.push(fields) },
      }),
    );
    open.push(app);
    const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
    const slow = () => readSlowly(connectPlain(port, '127.0.0.1'));

    const before = await bufferBytes();
    const sharing = await Promise.all(Array.from({ length: 20 }, slow));
    expect((await bufferBytes()) - before).toBeLessThan(2 * SIZE);
    for (const socket of sharing) socket.destroy();

    const held = LIMITS.retiredBytes / SIZE;
    const clients: Socket[] = [];
    for (let render = 0; render < held + 6; render++) {
      clients.push(await slow());
      host.render();
    }
    // The one that checks is also a reader, but a fast one.
    expect(await readRest(await slow())).toBe(true);
    await until('six were ended', () => ended === 6);
    expect((await bufferBytes()) - before).toBeLessThan(LIMITS.retiredBytes + 3 * SIZE);
    const results = await Promise.all(clients.map(readRest));
    expect(results).toEqual([...Array.from({ length: 6 }, () => false), ...Array.from({ length: held }, () => true)]);
    expect(warnings).toEqual([{ answers: 1, limit: LIMITS.retiredBytes }]);
  });

  it('cost nothing any more once they have read or gone', async () => {
    const host = large();
    let ended = 0;
    const app = createServer(deps({ host, slowAnswersEnded: (answers) => (ended += answers) }));
    open.push(app);
    const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
    for (let render = 0; render < 12; render++) {
      const socket = await readSlowly(connectPlain(port, '127.0.0.1'));
      if (render % 2 === 0) expect(await readRest(socket)).toBe(true);
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      host.render();
    }
    expect(ended).toBe(0);
  });
});

describeWith(['openssl'], 'clients that read slowly over TLS', () => {
  it('do not each have a copy of the answer', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slow-'));
    const { cert, key } = createAuthority(folder).issue('server');
    const file = join(folder, 'web.yml');
    writeFileSync(
      file,
      `tls_server_config:\n  cert_file: "${cert}"\n  key_file: "${key}"\nhttp_server_config:\n  http2: false\n`,
    );
    const log = { info() {}, warn() {}, error() {}, debug() {} };
    const webConfig = await openWebConfig(file, log);
    const app = createServer(deps({ host: large(), webConfig }));
    open.push(app);
    const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
    const slow = () => readSlowly(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }), 'secureConnect');
    const first = await slow();
    await bufferBytes();
    const before = process.memoryUsage().rss;
    const clients = await Promise.all(Array.from({ length: 30 }, slow));
    await bufferBytes();
    expect(process.memoryUsage().rss - before).toBeLessThan((30 * SIZE) / 4);
    expect(await Promise.all([first, ...clients].map(readRest))).toEqual(Array.from({ length: 31 }, () => true));
    webConfig.close();
    rmSync(folder, { recursive: true });
  });
});
