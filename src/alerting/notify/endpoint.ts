import { createSecureContext } from 'node:tls';
import type { Endpoint } from './transport.ts';
import { errorText, OperationalError } from '../../errors.ts';
import { readTextFile } from '../../text-file.ts';

/** A target of alerts as in the configuration: certificates and keys are paths. */
export interface TargetConfig {
  readonly url: string;
  readonly basic_auth?: { readonly username: string; readonly password: string } | undefined;
  readonly bearer_token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
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
 * Reads the files of a target.
 * @throws OperationalError `tls_file_unreadable` that names the file; `tls_unusable` if certificate, key and CA
 *   cannot be used together
 */
export function openEndpoint({ url, basic_auth, bearer_token, headers, tls }: TargetConfig): Endpoint {
  if (tls === undefined) return { url, basicAuth: basic_auth, bearerToken: bearer_token, headers, tls };
  const [ca, cert, key] = [tls.ca_file, tls.cert_file, tls.key_file].map(read);
  try {
    createSecureContext({ ca, cert, key });
  } catch (error) {
    const files = [tls.ca_file, tls.cert_file, tls.key_file].filter((file) => file !== undefined).join(', ');
    // The messages of OpenSSL name the fault but never contain the key.
    throw new OperationalError('tls_unusable', `${files} of an alerting target cannot be used: ${errorText(error)}`, {
      cause: error,
    });
  }
  const { server_name: serverName, insecure_skip_verify: insecureSkipVerify } = tls;
  return {
    url,
    basicAuth: basic_auth,
    bearerToken: bearer_token,
    headers,
    tls: { ca, cert, key, serverName, insecureSkipVerify },
  };
}

function read(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readTextFile(path);
  } catch (error) {
    throw new OperationalError(
      'tls_file_unreadable',
      `${path} of an alerting target cannot be read: ${errorText(error)}`,
      { cause: error },
    );
  }
}
