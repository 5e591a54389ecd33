import { readFileSync } from 'node:fs';
import type { Endpoint } from './transport.ts';
import { errorText, OperationalError } from '../../errors.ts';

/** A target of alerts as configured; files by their path. */
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

/** @throws OperationalError `tls_file_unreadable` that names the file */
export function openEndpoint({ url, basic_auth, bearer_token, headers, tls }: TargetConfig): Endpoint {
  return {
    url,
    basicAuth: basic_auth,
    bearerToken: bearer_token,
    headers,
    tls: tls && {
      ca: read(tls.ca_file),
      cert: read(tls.cert_file),
      key: read(tls.key_file),
      serverName: tls.server_name,
      insecureSkipVerify: tls.insecure_skip_verify,
    },
  };
}

function read(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new OperationalError(
      'tls_file_unreadable',
      `${path} of an alerting target can not be read: ${errorText(error)}`,
      { cause: error },
    );
  }
}
