import { secretsOf } from '../../http-client/access.ts';
import { type Answer, exchange } from '../../http-client/exchange.ts';
import { head, withoutSecrets } from '../../text/redact.ts';
import type { Endpoint } from './endpoint.ts';

export interface Reply {
  readonly status: number;
  /** The first kilobyte of the body in one line, for the log. Secrets of the request are removed */
  readonly text: string;
}

/** Whether the receiver accepted a request (2xx). */
export const isGood = ({ status }: Reply): boolean => status >= 200 && status < 300;

const MAX_REPLY = 1024;
/** Read to quote from; a secret may be as long as a header */
const MAX_BYTES = 64 * 1024;

/**
 * Posts JSON. Resolves with any status.
 * @param path appended to the path of the endpoint's URL
 * @throws FetchError if there is no answer within 10 s or the connection fails
 */
export async function post(endpoint: Endpoint, path: string, json: unknown): Promise<Reply> {
  const url = new URL(endpoint.url);
  if (path !== '') url.pathname = url.pathname.replace(/\/$/, '') + path;
  const answer = await exchange(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
    access: endpoint,
    maxBytes: MAX_BYTES,
  });
  return { status: answer.status, text: printable(answer, endpoint) };
}

/**
 * The beginning of a body in one line without secrets, since a server may repeat what it was sent. The path counts as
 * one: that of a webhook often is.
 */
function printable({ text, isCut }: Answer, endpoint: Endpoint): string {
  const { pathname, search, searchParams } = new URL(endpoint.url);
  const secrets = [...secretsOf(endpoint), pathname === '/' ? '' : pathname, search, ...searchParams.values()];
  return head(
    withoutSecrets(text, secrets, isCut)
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim(),
    MAX_REPLY,
  );
}
