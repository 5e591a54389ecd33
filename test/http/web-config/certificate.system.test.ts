import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readWebConfig, type WebConfig } from '../../../src/http/web-config/load.ts';
import { type Authority, createAuthority } from '../../support/certificates.ts';
import { describeWith } from '../../support/tools.ts';

const DAY = 24 * 3600 * 1000;

describeWith(['openssl'], 'the certificate that is served', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates of ü '));
  const path = join(folder, 'web.yml');
  let authority: Authority;
  beforeAll(() => {
    authority = createAuthority(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = async (cert: string, key: string): Promise<WebConfig> => {
    writeFileSync(path, `tls_server_config:\n  cert_file: "${cert}"\n  key_file: "${key}"\n`);
    const { result } = await readWebConfig(path);
    if (result instanceof Error) throw result;
    return result;
  };

  it('has an end, and a chain that of its first certificate to expire', async () => {
    const { cert, key } = authority.issue('server');
    const alone = (await read(cert, key)).tls?.expiresAt ?? 0;
    expect(Math.abs(alone - Date.now() - 2 * DAY)).toBeLessThan(DAY / 24);
    const short = createAuthority(folder, 'short', 1);
    const chain = join(folder, 'chain.crt');
    writeFileSync(chain, `${readFileSync(cert, 'utf8')}\n${readFileSync(short.ca, 'utf8')}`);
    const chained = (await read(chain, key)).tls?.expiresAt ?? 0;
    expect(Math.abs(chained - Date.now() - DAY)).toBeLessThan(DAY / 24);
  });
});
