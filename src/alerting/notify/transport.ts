import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { head, withoutSecrets } from '../../text/redact.ts';

/** Where and how to send alerts, from the configuration. */
export interface Endpoint {
  /** For an Alertmanager the base URL with its path prefix, if any. For a webhook the whole URL */
  readonly url: string;
  readonly basicAuth?: { readonly username: string; readonly password: string } | undefined;
  readonly bearerToken?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly tls?:
    | {
        readonly ca?: string | undefined;
        readonly cert?: string | undefined;
        readonly key?: string | undefined;
        readonly serverName?: string | undefined;
        readonly insecureSkipVerify?: boolean | undefined;
      }
    | undefined;
}

export interface Reply {
  readonly status: number;
  /** The first kilobyte of the body in one line, for the log. Secrets of the request are removed */
  readonly text: string;
}

/** Whether the receiver accepted a request (2xx). */
export const isGood = ({ status }: Reply): boolean => status >= 200 && status < 300;

const TIMEOUT_MS = 10_000;
const MAX_REPLY = 1024;
/** Read to quote from; a secret may be as long as a header */
const MAX_BODY = 64 * 1024;

/**
 * Posts JSON. Resolves with any status. A redirect is not followed, because credentials would go to a server that nobody
 * configured.
 * @throws Error if there is no answer within 10 s or the connection fails
 */
export function post(endpoint: Endpoint, path: string, json: unknown): Promise<Reply> {
  const body = JSON.stringify(json);
  const url = new URL(endpoint.url);
  const secure = url.protocol === 'https:';
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const options: RequestOptions & Record<string, unknown> = {
    method: 'POST',
    path: url.pathname.replace(/\/$/, '') + path + url.search,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (secure ? 443 : 80),
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...authorization(endpoint),
      ...endpoint.headers,
    },
    signal: deadline,
    ...(secure
      ? {
          ca: endpoint.tls?.ca,
          cert: endpoint.tls?.cert,
          key: endpoint.tls?.key,
          servername: endpoint.tls?.serverName,
          rejectUnauthorized: endpoint.tls?.insecureSkipVerify !== true,
        }
      : {}),
  };
  return new Promise((resolve, refuse) => {
    const reject = (error: Error) =>
      refuse(deadline.aborted ? new Error(`no answer within ${TIMEOUT_MS / 1000} s`, { cause: error }) : error);
    const request = (secure ? httpsRequest : httpRequest)(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length <= MAX_BODY) text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: printable(text, endpoint) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

function authorization({ basicAuth, bearerToken }: Endpoint): { readonly authorization?: string } {
  if (bearerToken !== undefined) return { authorization: `Bearer ${bearerToken}` };
  if (basicAuth === undefined) return {};
  return { authorization: `Basic ${base64(basicAuth)}` };
}

const base64 = ({ username, password }: NonNullable<Endpoint['basicAuth']>): string =>
  Buffer.from(`${username}:${password}`).toString('base64');

/**
 * The beginning of a body in one line without secrets, since a server may repeat what it was sent. The path counts as
 * one: that of a webhook often is.
 */
function printable(body: string, { url, basicAuth, bearerToken, headers = {} }: Endpoint): string {
  const { pathname, search, searchParams } = new URL(url);
  const secrets = [
    bearerToken ?? '',
    ...(basicAuth === undefined ? [] : [base64(basicAuth), basicAuth.password]),
    ...Object.values(headers),
    pathname === '/' ? '' : pathname,
    search,
    ...searchParams.values(),
  ];
  const clean = withoutSecrets(body.slice(0, MAX_BODY), secrets, body.length > MAX_BODY);
  return head(clean.replace(/[\p{Cc}\s]+/gu, ' ').trim(), MAX_REPLY);
}
