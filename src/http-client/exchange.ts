import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Access, authorizationOf } from './access.ts';

const DEADLINE_MS = 10_000;
const MAX_REDIRECTS = 5;

export interface Request {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** With it, and for a POST, no redirect is followed: nobody configured the other server */
  readonly access?: Access | undefined;
  /** How much of the decompressed body is read, in bytes */
  readonly maxBytes: number;
  /** Milliseconds until the whole body must have arrived. Default: 10 s */
  readonly deadlineMs?: number | undefined;
  /** Called with the number of bytes of each piece of the decompressed body */
  readonly received?: ((bytes: number) => void) | undefined;
  /** Aborts the request before its deadline */
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Whether the body is longer than `maxBytes`: the text is its beginning */
  readonly isCut: boolean;
}

/** There was no answer, or one that is not what was asked for. */
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
 * Sends a request and reads the answer, whatever its status. The deadline covers the whole answer, so a server that
 * accepts the connection but never answers, or stops in the middle, runs into it too.
 * @throws FetchError if the server is unreachable or there is no complete answer in time
 */
export async function exchange(url: URL, request: Request): Promise<Answer> {
  const { deadlineMs = DEADLINE_MS } = request;
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  try {
    const response = await follow(url, request, signal);
    return { status: response.statusCode ?? 0, ...(await beginning(decoded(response), request)) };
  } catch (error) {
    if (deadline.aborted) throw new FetchError(`no answer within ${deadlineMs / 1000} s`, { cause: error });
    if (error instanceof FetchError) throw error;
    throw new FetchError(textOf(error), { code: codeOf(error), cause: error });
  }
}

async function follow(url: URL, request: Request, signal: AbortSignal): Promise<IncomingMessage> {
  const mayFollow = request.access === undefined && request.method !== 'POST';
  for (let redirects = 0; ; redirects++) {
    const response = await responseOf(url, request, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined || !mayFollow) return response;
    response.destroy();
    if (redirects === MAX_REDIRECTS)
      throw new FetchError(`more than ${MAX_REDIRECTS} redirects`, { status: statusCode });
    url = new URL(headers.location, url);
    if (!/^https?:$/.test(url.protocol)) throw new FetchError(`a redirect to ${url.protocol}`, { status: statusCode });
  }
}

function responseOf(
  url: URL,
  { method = 'GET', headers, body, access = {} }: Request,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const authorization = authorizationOf(access);
  const options = {
    method,
    // A connection of its own: one that is kept may be closed by the server just when it is used again.
    agent: false as const,
    headers: {
      'accept-encoding': 'gzip',
      ...headers,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      ...(authorization === undefined ? {} : { authorization }),
      ...access.headers,
    },
    signal,
  };
  const { tls } = access;
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, {
            ...options,
            ...(tls && { secureContext: tls.context, rejectUnauthorized: !tls.insecureSkipVerify }),
            ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
          })
        : httpRequest(url, options);
    // Without a listener Node ends the connection and emits neither a response nor an error: nobody would be told.
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      reject(new FetchError('it answered 101 and speaks another protocol', { status: 101 }));
    });
    request.on('close', () => reject(new FetchError('the connection was closed before an answer', {})));
    request.on('response', resolve).on('error', reject).end(body);
  });
}

/** The body, decompressed if it is compressed. */
function decoded(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // An error of either stream arrives where the result is read.
  return pipeline(response, createGunzip(), () => undefined);
}

async function beginning(body: Readable, { maxBytes, received }: Request): Promise<Pick<Answer, 'text' | 'isCut'>> {
  const decoder = new TextDecoder();
  let text = '';
  let room = maxBytes;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    received?.(chunk.byteLength);
    text += decoder.decode(chunk.subarray(0, room), { stream: true });
    if (chunk.byteLength > room) return { text, isCut: true };
    room -= chunk.byteLength;
  }
  return { text: text + decoder.decode(), isCut: false };
}

/** A name with several addresses gives an error for each, and none of its own. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
