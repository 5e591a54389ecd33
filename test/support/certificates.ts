import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from './tools.ts';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** File of the authority's own certificate */
  readonly ca: string;
  /** A key and a certificate for localhost and 127.0.0.1, as files. */
  issue(name: string): KeyPair;
}

/** A certificate authority in a folder, for one test run; its own certificate is good for so many days. */
export function createAuthority(folder: string, name = 'ca', days = 2): Authority {
  const openssl = (...args: string[]) => execFileSync(tool('openssl'), args, { cwd: folder, stdio: 'pipe' });
  const file = (ending: string) => join(folder, ending);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    String(days),
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
  );
  return {
    ca: file(`${name}.crt`),
    issue(owner) {
      writeFileSync(file(`${owner}.ext`), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
      openssl('req', ...newKey, '-subj', `/CN=${owner}`, '-keyout', `${owner}.key`, '-out', `${owner}.csr`);
      const signed = ['-CA', `${name}.crt`, '-CAkey', `${name}.key`, '-CAcreateserial', '-days', '2'];
      openssl('x509', '-req', '-in', `${owner}.csr`, ...signed, '-extfile', `${owner}.ext`, '-out', `${owner}.crt`);
      return { cert: file(`${owner}.crt`), key: file(`${owner}.key`) };
    },
  };
}
