import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createHttpReader, httpTargetFaults } from '../../../src/collect/http/reader.ts';
import { parseDocument } from '../../../src/document/parse.ts';

const folder = mkdtempSync(join(tmpdir(), 'agent '));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function readerOf(answer: RequestListener, target: Partial<Parameters<typeof createHttpReader>[0]> = {}) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/agent/`;
  return createHttpReader({ name: 'hv01', url, ...target }, { clock: systemClock });
}
const read = (reader: ReturnType<typeof createHttpReader>) => reader.read('inventory', AbortSignal.timeout(5000));

describe('the reader of an agent', () => {
  it('asks for a part below the prefix of the URL, and takes compressed answers', async () => {
    let asked: string | undefined;
    const reader = await readerOf((request, response) => {
      asked = request.url;
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"schema":1}'));
    });
    expect(await read(reader)).toEqual({ schema: 1 });
    expect(asked).toBe('/agent/api/v1/document?part=inventory');
  });

  it('has a document without sources of a part that the agent does not read', async () => {
    const reader = await readerOf((_, response) => response.writeHead(204).end());
    expect(parseDocument(await read(reader))).toMatchObject({ part: 'inventory', sources: {} });
  });

  it.each([
    [401, '', 'not_authorized'],
    [403, '', 'not_authorized'],
    [404, '', 'no_agent'],
    [503, '{"message":"the last poll of inventory has failed: timeout"}', 'agent_cannot_read'],
    [500, '', 'no_agent'],
    [302, '', 'no_agent'],
    [200, '<html>', 'no_agent'],
  ])('an answer with %d %s is %s', async (status, body, code) => {
    const reader = await readerOf(
      (_, response) => response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end(body),
      { basic_auth: { username: 'u', password_file: fileOf('password', 'p\n') } },
    );
    await expect(read(reader)).rejects.toMatchObject({ code, message: expect.stringMatching(/^hv01 \(http:/) });
  });

  it('quotes why the agent has nothing', async () => {
    const reader = await readerOf((_, response) => response.writeHead(503).end('{"message":"the poll failed"}'));
    await expect(read(reader)).rejects.toThrow(/no current document of its host \(it answered 503: .*the poll failed/);
  });

  it('refuses an answer that decompresses to more than any document', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(200_000);
    const reader = await readerOf((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    await expect(read(reader)).rejects.toMatchObject({ code: 'answer_too_large' });
  });

  it('refuses an answer with more values than memory should be taken for', async () => {
    for (const body of [`[0${',{}'.repeat(2_000_000)}]`, '['.repeat(2_000_000)]) {
      const reader = await readerOf((_, response) => response.end(body));
      await expect(read(reader)).rejects.toMatchObject({ code: 'answer_too_large' });
    }
  });

  it('is sent nowhere else by the agent', async () => {
    let elsewhere = 0;
    const reader = await readerOf((request, response) => {
      if (request.url?.startsWith('/latest/') === true) elsewhere++;
      response.writeHead(302, { location: '/latest/meta-data' }).end();
    });
    await expect(read(reader)).rejects.toMatchObject({ code: 'no_agent', message: expect.stringContaining('as url') });
    expect(elsewhere).toBe(0);
  });

  it('ends when the server changes to another protocol, for which Node tells nothing', async () => {
    const reader = await readerOf((request) => {
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
    });
    await expect(read(reader)).rejects.toMatchObject({ code: 'no_agent', message: expect.stringContaining('101') });
  });

  it('ends at the deadline of the poll', async () => {
    const reader = await readerOf((_, response) => void response.writeHead(200).write('{'));
    const started = performance.now();
    await expect(reader.read('activity', AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'connect_failed' });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('sends user and password, the latter without the line break of its file', async () => {
    let authorization: string | undefined;
    const reader = await readerOf(
      (request, response) => {
        ({ authorization } = request.headers);
        response.end('{"schema":1}');
      },
      { basic_auth: { username: 'u', password_file: fileOf('password', 'p\r\n') } },
    );
    await read(reader);
    expect(authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  });

  it.each([
    ['/nowhere/password', '/nowhere/password cannot be read'],
    [fileOf('two lines', 'a\nb\n'), 'two lines has more than one line'],
  ])('names a password file that cannot be used: %s', async (password_file, message) => {
    const reader = await readerOf((_, response) => response.end('{}'), {
      basic_auth: { username: 'u', password_file },
    });
    await expect(read(reader)).rejects.toMatchObject({
      code: 'credential_unreadable',
      message: expect.stringContaining(message),
    });
  });
});

describe('a target that is an agent', () => {
  it.each([
    ['ftp://x', '"ftp://x" is no http:// or https:// URL'],
    ['hv01:10182', '"hv01:10182" is no http:// or https:// URL'],
    ['', '"" is no http:// or https:// URL'],
    [
      'http://u:p@x',
      'must be scheme, host, port and path only: a user and the file of its password go into basic_auth',
    ],
    ['http://x/?a', 'must be scheme, host, port and path only: a user and the file of its password go into basic_auth'],
  ])('cannot be read at %j', (url, message) => {
    expect(httpTargetFaults({ name: 'hv01', url })).toEqual([{ key: 'url', message }]);
  });
});
