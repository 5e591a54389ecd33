import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post } from '../../../src/alerting/notify/transport.ts';
import { openEndpoint, type ReceiverConfig } from '../../../src/alerting/notify/endpoint.ts';
import { type Authority, createAuthority, type KeyPair } from '../../support/certificates.ts';
import { type Receiver, startReceiver } from '../../support/servers/receiver.ts';
import { describeWith } from '../../support/tools.ts';

describeWith(['openssl'], 'a receiver that speaks TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates '));
  let authority: Authority;
  let client: KeyPair;
  let receiver: Receiver;

  beforeAll(async () => {
    authority = createAuthority(folder);
    client = authority.issue('agent');
    const server = authority.issue('server');
    receiver = await startReceiver({
      cert: readFileSync(server.cert),
      key: readFileSync(server.key),
      ca: readFileSync(authority.ca),
      requestCert: true,
      rejectUnauthorized: true,
    });
  });
  afterAll(async () => {
    await receiver?.close();
    rmSync(folder, { recursive: true });
  });

  const send = (tls: ReceiverConfig['tls']) => post(openEndpoint({ url: receiver.url, tls }), '/api/v2/alerts', []);
  const own = () => ({ cert_file: client.cert, key_file: client.key });

  it('is verified with a private CA, and gets a client certificate', async () => {
    expect(await send({ ca_file: authority.ca, ...own() })).toEqual({ status: 200, text: '' });
  });

  it('is not trusted without that CA, unless nothing is to be verified', async () => {
    await expect(send(own())).rejects.toThrow(/certificate|issuer/);
    expect(await send({ ...own(), insecure_skip_verify: true })).toMatchObject({ status: 200 });
  });

  it('must have the name that is expected', async () => {
    const named = (server_name: string) => send({ ca_file: authority.ca, ...own(), server_name });
    expect(await named('localhost')).toMatchObject({ status: 200 });
    await expect(named('alertmanager.example')).rejects.toThrow(/altnames/);
  });

  it('refuses a client without a certificate', async () => {
    await expect(send({ ca_file: authority.ca })).rejects.toThrow();
  });

  it('is refused if its files cannot be read', () => {
    expect(() => openEndpoint({ url: receiver.url, tls: { ca_file: join(folder, 'none.crt') } })).toThrow(
      /none\.crt of an alert receiver cannot be read/,
    );
    const empty = join(folder, 'empty.crt');
    writeFileSync(empty, 'no certificate');
    return expect(send({ ca_file: empty, ...own() })).rejects.toThrow();
  });
});
