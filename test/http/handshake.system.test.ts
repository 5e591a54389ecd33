import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LIMITS } from '../../src/http/limits.ts';
import { listen } from '../../src/http/listen.ts';
import { createServer } from '../../src/http/server.ts';
import { openWebConfig } from '../../src/http/web-config/watch.ts';
import { createAuthority } from '../support/certificates.ts';
import { describeWith } from '../support/tools.ts';
import { deps, quiet } from './deps.ts';

/** The beginning of a record that announces 512 bytes of a ClientHello. */
const HALF_A_HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0]);

const REQUEST = 'POST /-/healthy HTTP/1.1\r\nHost: x\r\n';
/** Sets the session up: the preface, and a frame SETTINGS without settings (RFC 9113, 3.4). */
const PREFACE = Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0`, 'latin1');

describeWith(['openssl'], 'a handshake of TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handshake-'));
  beforeAll(() => void createAuthority(folder).issue('server'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A server with TLS. @param more further lines of its web configuration */
  async function serve(more = '') {
    const file = join(folder, 'web.yml');
    writeFileSync(file, `tls_server_config: { cert_file: server.crt, key_file: server.key }\n${more}`);
    const webConfig = await openWebConfig(file, quiet);
    const app = createServer(deps({ webConfig }));
    const port = await listen(app, { host: '127.0.0.1', port: 0 });
    return {
      port,
      close: async () => {
        webConfig.close();
        await app.close();
      },
    };
  }

  it.each([
    ['never finished', HALF_A_HELLO, false],
    ['never begun', Buffer.alloc(0), false],
    ['of no TLS at all', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), false],
    ['never finished, with HTTP/2', HALF_A_HELLO, true],
  ])('that is %s ends the connection in time', async (_, sent, http2) => {
    const { port, close } = await serve(`http_server_config: { http2: ${http2} }\n`);
    const socket = connect(port, '127.0.0.1');
    const begun = Date.now();
    socket.on('error', () => {});
    socket.write(sent);
    socket.resume();
    await once(socket, 'close');
    expect(Date.now() - begun).toBeLessThan(LIMITS.headersTimeout + 20_000);
    await close();
  });

  it.each([
    ['nothing', false, ['http/1.1'], '', LIMITS.headersTimeout],
    ['half the headers', false, ['http/1.1'], REQUEST, LIMITS.headersTimeout],
    ['nothing, where HTTP/2 is on', true, ['http/1.1'], '', LIMITS.headersTimeout],
    ['half the headers, where HTTP/2 is on', true, ['http/1.1'], REQUEST, LIMITS.headersTimeout],
    [
      'half the body, where HTTP/2 is on',
      true,
      ['http/1.1'],
      `${REQUEST}Content-Length: 9\r\n\r\nhalf`,
      LIMITS.requestTimeout,
    ],
    ['nothing by HTTP/2', true, ['h2'], '', LIMITS.headersTimeout],
    ['no request by HTTP/2', true, ['h2'], PREFACE, LIMITS.headersTimeout],
  ] as const)(
    'after which the client sends %s ends the connection in time',
    async (_, http2, protocols, sent, limit) => {
      const { port, close } = await serve(`http_server_config: { http2: ${http2} }\n`);
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [...protocols] });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      const begun = Date.now();
      socket.write(sent);
      socket.resume();
      await once(socket, 'close');
      expect(Date.now() - begun).toBeLessThan(LIMITS.keepAliveTimeout / 2);
      expect(Date.now() - begun).toBeGreaterThan(limit - 1000);
      await close();
    },
  );

  it('after which a request by HTTP/2 never ends: the request is cancelled, others are answered', async () => {
    const { port, close } = await serve();
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    const headers = { ':method': 'POST', ':path': '/-/reload', 'content-type': 'text/plain', 'content-length': 9 };
    const endless = session.request(headers, { endStream: false });
    endless.on('error', () => {}).resume();
    endless.write('half');
    await new Promise((resolve) => endless.once('close', resolve));
    expect(endless.rstCode).toBe(constants.NGHTTP2_CANCEL);
    const good = session.request({ ':path': '/-/healthy' });
    const [answer] = (await once(good.resume(), 'response')) as [{ ':status': number }];
    expect(answer[':status']).toBe(200);
    session.close();
    await close();
  });
});
