import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

describeWith(['openssl'], 'a handshake of TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handshake-'));
  beforeAll(() => void createAuthority(folder).issue('server'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['never finished', HALF_A_HELLO, false],
    ['never begun', Buffer.alloc(0), false],
    ['of no TLS at all', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), false],
    ['never finished, with HTTP/2', HALF_A_HELLO, true],
  ])('that is %s ends the connection in time', async (_, sent, http2) => {
    const file = join(folder, 'web.yml');
    writeFileSync(
      file,
      `tls_server_config: { cert_file: server.crt, key_file: server.key }\nhttp_server_config: { http2: ${http2} }\n`,
    );
    const webConfig = await openWebConfig(file, quiet);
    const app = createServer(deps({ webConfig }));
    const port = await listen(app, { host: '127.0.0.1', port: 0 });
    const socket = connect(port, '127.0.0.1');
    const begun = Date.now();
    socket.on('error', () => {});
    socket.write(sent);
    socket.resume();
    await once(socket, 'close');
    expect(Date.now() - begun).toBeLessThan(LIMITS.headersTimeout + 20_000);
    webConfig.close();
    await app.close();
  });
});
