import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openWebConfig } from '../../../src/http/web-config/watch.ts';
import { createAuthority } from '../../support/certificates.ts';
import { describeWith } from '../../support/tools.ts';

const quiet = { info() {}, warn() {}, error() {} };

describeWith(['openssl'], 'a reload takes no protection away: TLS and client certificates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'web-config-'));
  const file = join(folder, 'web.yml');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const server = 'cert_file: server.crt, key_file: server.key';
  const strict = `${server}, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert, min_version: TLS13`;
  const weaker: readonly (readonly [string, string])[] = [
    ['', 'TLS'],
    [`tls_server_config: { ${server}, min_version: TLS13 }`, 'the demand for a client certificate'],
    [strict.replace('RequireAndVerifyClientCert', 'VerifyClientCertIfGiven'), 'the demand for a client certificate'],
    [strict.replace('RequireAndVerifyClientCert', 'RequireClientCert'), 'the verification of client certificates'],
    [strict.replace('TLS13', 'TLS12'), 'the minimum of TLS 1.3'],
  ];

  it('none of them is weakened by a reload', async () => {
    createAuthority(folder).issue('server');
    writeFileSync(file, `tls_server_config: { ${strict} }\n`);
    const handle = await openWebConfig(file, quiet, 3_600_000);
    for (const [section, lost] of weaker) {
      writeFileSync(file, section === '' || section.startsWith('tls') ? section : `tls_server_config: { ${section} }`);
      await expect(handle.reload(), section).rejects.toThrow(lost);
      expect(handle.current.tls?.client).toEqual({ request: true, required: true, verified: true });
      expect(handle.current.tls?.context.minVersion).toBe('TLSv1.3');
    }
    handle.close();
  });

  it.each(['server.crt', 'server.key', 'ca.crt'])('%s that is removed leaves the former one in use', async (name) => {
    createAuthority(folder).issue('server');
    writeFileSync(file, `tls_server_config: { ${strict} }\n`);
    const outcomes: boolean[] = [];
    const handle = await openWebConfig(file, quiet, 3_600_000);
    handle.onReload((success) => void outcomes.push(success));
    const { tls } = handle.current;
    const content = readFileSync(join(folder, name));
    rmSync(join(folder, name));
    await expect(handle.reload()).rejects.toThrow(`${name} cannot be read`);
    expect(handle.current.tls).toBe(tls);
    writeFileSync(join(folder, name), content);
    await handle.reload();
    expect(outcomes).toEqual([false, true]);
    handle.close();
  });
});
