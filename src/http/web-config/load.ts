import { createHash, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { type SecureContextOptions, createSecureContext } from 'node:tls';
import { UserError, errorText } from '../../errors.ts';
import { loadTextFile } from '../../files/text.ts';
import { CLIENT_AUTH, CURVES, type ClientPolicy, TLS12_SUITES, TLS13_SUITES, TLS_VERSIONS } from './go-tls.ts';
import { parseWebConfig } from './parse.ts';
import type { TlsConfigFile } from './schema.ts';

/** A web configuration with the content of its files. */
export interface WebConfig {
  readonly tls?: {
    readonly context: SecureContextOptions;
    readonly client: ClientPolicy;
    /** When the first certificate of the chain expires, Unix milliseconds */
    readonly expiresAt: number | undefined;
  };
  readonly http2: boolean;
  /** Header names as given */
  readonly headers: Readonly<Record<string, string>>;
  /** bcrypt hash by user name. Empty: no authentication */
  readonly users: ReadonlyMap<string, string>;
}

/** The result of reading a web configuration: the configuration, or the error. */
export interface LoadedWebConfig {
  /** Changes when the content of any of the files changes */
  readonly fingerprint: string;
  /** Paths of all files that were read; the web configuration itself is the first */
  readonly files: readonly string[];
  readonly result: WebConfig | UserError;
}

/** Reads a web configuration and its files. Their paths are relative to its folder. Never rejects. */
export async function readWebConfig(path: string): Promise<LoadedWebConfig> {
  const hash = createHash('sha256');
  const files: string[] = [];
  const read = async (file: string, what: string): Promise<string> => {
    const place = resolve(dirname(path), file);
    files.push(place);
    try {
      const content = await loadTextFile(place);
      hash.update(`${content.length}:${content}`);
      return content;
    } catch (error) {
      hash.update(errorText(error));
      throw new UserError(`${path}: ${what} ${file} cannot be read (${errorText(error)})`);
    }
  };
  const result = await build(path, read).catch((error: unknown) =>
    error instanceof UserError ? error : new UserError(`${path}: ${errorText(error)}`),
  );
  return { fingerprint: hash.digest('hex'), files, result };
}

type Read = (file: string, what: string) => Promise<string>;

async function build(path: string, read: Read): Promise<WebConfig> {
  const file = parseWebConfig(await read(resolve(path), 'web configuration'), path);
  const tls = file.tls_server_config;
  return {
    ...(tls === undefined ? {} : { tls: await tlsOf(path, tls, read) }),
    http2: tls !== undefined && file.http_server_config.http2,
    headers: file.http_server_config.headers,
    users: new Map(Object.entries(file.basic_auth_users)),
  };
}

async function tlsOf(path: string, tls: TlsConfigFile, read: Read): Promise<NonNullable<WebConfig['tls']>> {
  const context = await secureContext(path, tls, read);
  return { context, client: CLIENT_AUTH[tls.client_auth_type], expiresAt: expiryOf(String(context.cert)) };
}

/** When the first certificate of a PEM text expires, Unix milliseconds; undefined if there is none. */
function expiryOf(pem: string): number | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const ends = blocks.map((block) => Date.parse(new X509Certificate(block).validTo));
  return ends.length === 0 ? undefined : Math.min(...ends);
}

async function secureContext(path: string, tls: TlsConfigFile, read: Read): Promise<SecureContextOptions> {
  const pem = async (name: 'cert' | 'key' | 'client_ca') => {
    const file = tls[`${name}_file`];
    return file === undefined ? tls[name] : await read(file, `tls_server_config.${name}_file`);
  };
  // One after the other, because the fingerprint depends on the order.
  const cert = await pem('cert');
  const key = await pem('key');
  const ca = await pem('client_ca');
  const suites = Object.entries(TLS12_SUITES).filter(([name]) => tls.cipher_suites.some((suite) => suite === name));
  const context: SecureContextOptions = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    minVersion: TLS_VERSIONS[tls.min_version],
    maxVersion: TLS_VERSIONS[tls.max_version],
    honorCipherOrder: tls.prefer_server_cipher_suites,
    ...(tls.cipher_suites.length === 0
      ? {}
      : { ciphers: [...TLS13_SUITES, ...suites.map(([, name]) => name)].join(':') }),
    ...(tls.curve_preferences.length === 0
      ? {}
      : { ecdhCurve: tls.curve_preferences.map((curve) => CURVES[curve]).join(':') }),
  };
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new UserError(`${path}: tls_server_config: the client CA contains no certificate`);
  try {
    createSecureContext(context);
  } catch (error) {
    // The messages of OpenSSL name the fault but never contain the key.
    throw new UserError(`${path}: tls_server_config: certificate and key cannot be used (${errorText(error)})`);
  }
  return context;
}
