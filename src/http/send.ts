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
  const bytes = gzip ? await body.compressed() : body.plain();
  if (gzip) reply.header('content-encoding', 'gzip');
  readers.add(bytes, body.life, reply.raw);
  reply.type(body.contentType).header('content-length', bytes.length);
  // TCP and HTTP/2 send from the shared bytes. TLS encrypts into memory of its own whatever it is given.
  const copies = raw.httpVersionMajor === 1 && 'encrypted' in raw.socket && bytes.length > LIMITS.tlsSlice;
  return reply.send(copies ? Readable.from(slices(bytes)) : bytes);
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += LIMITS.tlsSlice) yield bytes.subarray(at, at + LIMITS.tlsSlice);
}
