import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Body } from '../body.ts';
import { LIMITS } from './limits.ts';
import { acceptsGzip } from './negotiate.ts';
import type { createReaders } from './readers.ts';

/** Whether an If-None-Match header names the tag (RFC 9110, 13.1.2: weak comparison). */
const names = (header: string | undefined, etag: string): boolean =>
  header !== undefined && (header.trim() === '*' || header.split(',').some((tag) => tag.trim() === etag));

/** Sends bytes that are ready: compressed where the client takes it, or 304 where it has them. */
export async function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Body,
  readers: ReturnType<typeof createReaders>,
): Promise<FastifyReply> {
  const { headers, raw } = request;
  reply.header('etag', body.etag).header('vary', 'accept, accept-encoding');
  if (reply.statusCode === 200 && names(headers['if-none-match'], body.etag)) return reply.code(304).send();
  const gzip = acceptsGzip(headers['accept-encoding']?.toString());
  const packed = gzip ? await body.compressed() : undefined;
  const pieces = packed === undefined ? body.pieces() : [packed];
  const size = packed?.length ?? body.size;
  if (gzip) reply.header('content-encoding', 'gzip');
  readers.add(packed ?? pieces, size, body.life, reply.raw);
  reply.type(body.contentType).header('content-length', size);
  // TCP and HTTP/2 send from the shared bytes. TLS encrypts into memory of its own whatever it is given.
  if (raw.httpVersionMajor !== 1) return reply.send(packed ?? body.plain());
  if ('encrypted' in raw.socket && size > LIMITS.tlsSlice)
    return reply.send(Readable.from(slices(pieces, LIMITS.tlsSlice)));
  // Fastify sends one buffer. Here many pieces go to the system in one call, and are not joined.
  reply.hijack();
  const fields: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) fields[name] = value;
  reply.raw.writeHead(reply.statusCode, fields);
  if (raw.method === 'HEAD') reply.raw.end();
  else write(reply.raw, pieces, body.inTurns ? LIMITS.turnBytes : Infinity);
  return reply;
}

/**
 * Writes an answer: at most so many bytes in one turn of the event loop, since the system copies them, and more once it has
 * taken those.
 */
function write(response: ServerResponse, pieces: readonly Buffer[], turnBytes: number): void {
  const rest = slices(pieces, turnBytes);
  let next = rest.next();
  const writeMore = (): void => {
    // The client may have closed the connection.
    if (response.destroyed) return;
    response.cork();
    for (let bytes = 0; next.done !== true;) {
      const slice = next.value;
      next = rest.next();
      bytes += slice.length;
      if (next.done === true || bytes + next.value.length <= turnBytes) response.write(slice);
      else {
        response.write(slice, () => setImmediate(writeMore));
        response.uncork();
        return;
      }
    }
    response.end();
  };
  writeMore();
}

function* slices(pieces: readonly Buffer[], most: number): Generator<Buffer> {
  for (const piece of pieces) for (let at = 0; at < piece.length; at += most) yield piece.subarray(at, at + most);
}
