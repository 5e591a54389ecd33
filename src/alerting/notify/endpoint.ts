import { createSecureContext } from 'node:tls';
import type { Endpoint } from './transport.ts';
import { errorText, OperationalError } from '../../errors.ts';
import { readTextFile } from '../../files/text.ts';

/** A receiver of alerts as in the configuration: certificates, keys and secrets may be paths. */
export interface ReceiverConfig {
  readonly url?: string | undefined;
  readonly url_file?: string | undefined;
  readonly basic_auth?:
    | {
        readonly username: string;
        readonly password?: string | undefined;
        readonly password_file?: string | undefined;
      }
    | undefined;
  readonly bearer_token?: string | undefined;
  readonly bearer_token_file?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly header_files?: Readonly<Record<string, string>> | undefined;
  readonly tls?:
    | {
        readonly ca_file?: string | undefined;
        readonly cert_file?: string | undefined;
        readonly key_file?: string | undefined;
        readonly server_name?: string | undefined;
        readonly insecure_skip_verify?: boolean | undefined;
      }
    | undefined;
}

/**
 * Reads the files of a receiver. Called for each request, so that a replaced file is used without a restart.
 * @throws OperationalError that names the file: `secret_file_unreadable`, `tls_file_unreadable`, or `tls_unusable` if
 *   certificate, key and CA cannot be used together
 */
export function openEndpoint(receiver: ReceiverConfig): Endpoint {
  const { basic_auth: auth, headers, header_files: files, tls } = receiver;
  return {
    url: receiver.url ?? readUrl(receiver.url_file),
    basicAuth: auth && { username: auth.username, password: auth.password ?? readSecret(auth.password_file) ?? '' },
    bearerToken: receiver.bearer_token ?? readSecret(receiver.bearer_token_file),
    headers: files === undefined ? headers : { ...headers, ...mapSecrets(files) },
    tls: tls && openTls(tls),
  };
}

function openTls(tls: NonNullable<ReceiverConfig['tls']>): NonNullable<Endpoint['tls']> {
  const [ca, cert, key] = [tls.ca_file, tls.cert_file, tls.key_file].map((file) => read(file, 'tls_file_unreadable'));
  try {
    createSecureContext({ ca, cert, key });
  } catch (error) {
    const files = [tls.ca_file, tls.cert_file, tls.key_file].filter((file) => file !== undefined).join(', ');
    // The messages of OpenSSL name the fault but never contain the key.
    throw new OperationalError('tls_unusable', `${files} of an alert receiver cannot be used: ${errorText(error)}`, {
      cause: error,
    });
  }
  return { ca, cert, key, serverName: tls.server_name, insecureSkipVerify: tls.insecure_skip_verify };
}

const mapSecrets = (files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, file]) => [name, readSecret(file) ?? '']));

/** The content of a file with one secret, without the white space around it, as Prometheus reads it. */
function readSecret(path: string | undefined): string | undefined {
  const secret = read(path, 'secret_file_unreadable')?.trim();
  const fault =
    secret === '' ? 'is empty' : secret !== undefined && /\p{Cc}/u.test(secret) ? 'has more than one line' : undefined;
  if (fault !== undefined)
    throw new OperationalError(
      'secret_file_unreadable',
      `${path} of an alert receiver ${fault}: it must hold one secret`,
    );
  return secret;
}

function readUrl(path: string | undefined): string {
  const url = readSecret(path) ?? '';
  if (/^https?:/.test(url) && URL.canParse(url) && new URL(url).username === '') return url;
  throw new OperationalError(
    'secret_file_unreadable',
    `${path} of an alert receiver must hold an http:// or https:// URL without user and password`,
  );
}

function read(path: string | undefined, code: string): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readTextFile(path);
  } catch (error) {
    throw new OperationalError(code, `${path} of an alert receiver cannot be read: ${errorText(error)}`, {
      cause: error,
    });
  }
}
