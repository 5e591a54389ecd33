import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { head } from './text/redact.ts';

const DEADLINE_MS = 10_000;
/** Maximum length of a quoted error response, in characters */
const MAX_QUOTED = 200;
const MAX_REDIRECTS = 5;

export interface FetchOptions {
  readonly accept: string;
  /** Maximum size of the decompressed body, in bytes */
  readonly maxBytes: number;
  /** Milliseconds until the whole body must have arrived. Default: 10 s */
  readonly deadlineMs?: number;
  /** Aborts the request before its deadline */
  readonly signal?: AbortSignal | undefined;
  /** Value of the header Authorization. With it or with `tls` no redirect is followed: nobody configured the other server */
  readonly authorization?: string | undefined;
  /** PEM texts; what is absent is as on any other connection of this machine */
  readonly tls?:
    | {
        readonly ca?: string | undefined;
        readonly cert?: string | undefined;
        readonly key?: string | undefined;
        readonly serverName?: string | undefined;
      }
    | undefined;
}

/** There was no answer, or one that says that there is none. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  /** HTTP status; undefined where there was no answer */
  readonly status: number | undefined;
  /** Node's code: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … */
  readonly code: string | undefined;
  constructor(
    message: string,
    about: { readonly status?: number; readonly code?: string | undefined; cause?: unknown },
  ) {
    super(message, { cause: about.cause });
    this.status = about.status;
    this.code = about.code;
  }
}

/**
 * Sends a GET request and returns the body as text. The deadline covers the whole response, so a server that accepts the
 * connection but never answers, or stops in the middle, runs into it too.
 *
 * @throws FetchError if there is no answer in time, the status is not 2xx, the body is too large or the server is
 *   unreachable
 */
export async function fetchText(url: URL, options: FetchOptions): Promise<string> {
  const { deadlineMs = DEADLINE_MS } = options;
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    const response = await follow(url, options, signal);
    const { statusCode: status = 0 } = response;
    const text = await bounded(decoded(response), options.maxBytes);
    if (status < 200 || status > 299) throw new FetchError(`it answered ${status}${quoted(text)}`, { status });
    return text;
  } catch (error) {
    if (deadline.aborted) throw new FetchError(`no answer within ${deadlineMs / 1000} s`, { cause: error });
    if (error instanceof FetchError) throw error;
    throw new FetchError(textOf(error), { code: codeOf(error), cause: error });
  }
}

async function follow(url: URL, options: FetchOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const trusting = options.authorization === undefined && options.tls === undefined;
  for (let redirects = 0; ; redirects++) {
    const response = await responseOf(url, options, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined || !trusting) return response;
    response.destroy();
    if (redirects === MAX_REDIRECTS)
      throw new FetchError(`more than ${MAX_REDIRECTS} redirects`, { status: statusCode });
    url = new URL(headers.location, url);
    if (!/^https?:$/.test(url.protocol)) throw new FetchError(`a redirect to ${url.protocol}`, { status: statusCode });
  }
}

function responseOf(
  url: URL,
  { accept, authorization, tls }: FetchOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = { accept, 'accept-encoding': 'gzip', ...(authorization === undefined ? {} : { authorization }) };
  // A connection of its own: one that is kept may be closed by the server just when it is used again.
  const options = { agent: false as const, headers, signal };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, {
            ...options,
            ca: tls?.ca,
            cert: tls?.cert,
            key: tls?.key,
            ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
          })
        : httpRequest(url, options);
    request.on('response', resolve).on('error', reject).end();
  });
}

/** The body, decompressed if it is compressed. */
function decoded(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // An error of either stream arrives where the result is read.
  return pipeline(response, createGunzip(), () => undefined);
}

async function bounded(body: Readable, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new FetchError(`it answered more than ${maxBytes / 1e6} MB`, { code: 'TOO_LARGE' });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

const quoted = (text: string): string => {
  const line = head(text.replaceAll(/\s+/g, ' ').trim(), MAX_QUOTED);
  return line === '' ? '' : `: ${line}`;
};

/** A name with several addresses gives an error for each, and none of its own. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
