import { createSecureContext, type SecureContext } from 'node:tls';
import { errorText, OperationalError } from '../errors.ts';
import { readTextFile } from '../files/text.ts';

/** How a server is reached, as in a configuration: certificates and keys are paths, a secret may be one. */
export interface AccessConfig {
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

/** The same with the content of the files: what identifies the client, and how the server is verified. */
export interface Access {
  readonly basicAuth?: { readonly username: string; readonly password: string } | undefined;
  readonly bearerToken?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly tls?:
    | {
        readonly context: SecureContext;
        /** The name that the certificate must have; undefined: that of the URL */
        readonly serverName: string | undefined;
        readonly insecureSkipVerify: boolean;
      }
    | undefined;
}

/**
 * Reads the files of an access. Called for each request, so that a replaced file is used without a restart.
 * @param owner what the files belong to, for messages: `an alert receiver`
 * @throws OperationalError that names the file: `secret_file_unreadable`, `tls_file_unreadable`, or `tls_unusable` if
 *   certificate, key and CA cannot be used together
 */
export function openAccess({ basic_auth: auth, headers, ...config }: AccessConfig, owner?: string): Access {
  const secret = (path: string | undefined) => (path === undefined ? undefined : readSecret(path, owner));
  const fromFiles = Object.entries(config.header_files ?? {}).map(([name, path]) => [name, readSecret(path, owner)]);
  return {
    basicAuth: auth && { username: auth.username, password: auth.password ?? secret(auth.password_file) ?? '' },
    bearerToken: config.bearer_token ?? secret(config.bearer_token_file),
    headers: { ...headers, ...Object.fromEntries(fromFiles) },
    tls: config.tls && openTls(config.tls, owner),
  };
}

function openTls(tls: NonNullable<AccessConfig['tls']>, owner: string | undefined): NonNullable<Access['tls']> {
  const paths = [tls.ca_file, tls.cert_file, tls.key_file];
  const [ca, cert, key] = paths.map((path) =>
    path === undefined ? undefined : read(path, owner, 'tls_file_unreadable'),
  );
  try {
    return {
      context: createSecureContext({ ca, cert, key }),
      serverName: tls.server_name,
      insecureSkipVerify: tls.insecure_skip_verify === true,
    };
  } catch (error) {
    const files = paths.filter((path) => path !== undefined).join(', ');
    // The messages of OpenSSL name the fault but never contain the key.
    throw new OperationalError('tls_unusable', `${owned(files, owner)} cannot be used: ${errorText(error)}`, {
      cause: error,
    });
  }
}

/**
 * The content of a file with one secret, without the white space around it, as Prometheus reads it.
 * @throws OperationalError `secret_file_unreadable`
 */
export function readSecret(path: string, owner?: string): string {
  const secret = read(path, owner, 'secret_file_unreadable').trim();
  const fault = secret === '' ? 'is empty' : /\p{Cc}/u.test(secret) ? 'has more than one line' : undefined;
  if (fault !== undefined)
    throw new OperationalError('secret_file_unreadable', `${owned(path, owner)} ${fault}: it must hold one secret`);
  return secret;
}

function read(path: string, owner: string | undefined, code: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    throw new OperationalError(code, `${owned(path, owner)} cannot be read: ${errorText(error)}`, { cause: error });
  }
}

const owned = (path: string, owner: string | undefined): string => (owner === undefined ? path : `${path} of ${owner}`);

/** The header Authorization; undefined without credentials. */
export function authorizationOf({ basicAuth, bearerToken }: Access): string | undefined {
  if (bearerToken !== undefined) return `Bearer ${bearerToken}`;
  return basicAuth && `Basic ${base64Of(basicAuth)}`;
}

const base64Of = ({ username, password }: NonNullable<Access['basicAuth']>): string =>
  Buffer.from(`${username}:${password}`).toString('base64');

/** All texts of an access that nobody else may see. */
export const secretsOf = ({ basicAuth, bearerToken, headers }: Access): readonly string[] => [
  ...(bearerToken === undefined ? [] : [bearerToken]),
  ...(basicAuth === undefined ? [] : [base64Of(basicAuth), basicAuth.password]),
  ...Object.values(headers ?? {}),
];
