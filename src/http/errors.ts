import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../log.ts';
import { visibleText } from '../text/visible.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { LIMITS } from './limits.ts';
import { type Problem, ProblemError } from './route.ts';

/** The body of an error answer, whose message may quote the request; its name follows from the status (`not_found`, `content_too_large`, …). */
function problemOf(status: number, message: string): Problem {
  return {
    error: (STATUS_CODES[status] ?? 'error').toLowerCase().replaceAll(/[^a-z]+/g, '_'),
    message: visibleText(message),
  };
}

/** Sends a Problem with its status and the security headers. */
export function sendProblem(reply: FastifyReply, status: number, message: string): FastifyReply {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
  return reply.code(status).send(problemOf(status, message));
}

const PARSER_PROBLEMS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, `the headers are longer than ${LIMITS.headerBytes} bytes`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
};

/** Answers a connection whose request Node's HTTP parser refused, in the form of every other error, and ends it. */
export function answerUnparsed(error: Error & { readonly code?: string }, socket: Socket): void {
  // Nothing can be said before the handshake of TLS has ended: the answer would wait as long as the client likes.
  if (!/^(?:HPE|ERR_HTTP)_/.test(error.code ?? '') || !socket.writable) return void socket.destroy();
  const [status, message] = PARSER_PROBLEMS[error.code ?? ''] ?? [400, 'the request is not valid HTTP'];
  const body = JSON.stringify(problemOf(status, message));
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'), () => socket.destroy());
}

/** Answers a request whose header Expect asks for something unknown, which Node would do without headers and body. */
export function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const body = JSON.stringify(problemOf(417, 'only Expect: 100-continue is understood'));
  response.writeHead(417, {
    ...SECURITY_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Why the Host of a request is not usable (RFC 9112, 3.2): exactly one is needed, before HTTP/1.1 none either. */
export function hostFault({ httpVersion, rawHeaders }: IncomingMessage): string | undefined {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1) return 'the request has more than one Host header';
  return hosts === 0 && httpVersion === '1.1' ? 'the request has no Host header' : undefined;
}

/** Handles errors of routes and of Fastify. A client gets the details of its own errors, but not of internal ones. */
export function errorHandler(log: Pick<Log, 'error'>) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const status = error.statusCode ?? 500;
    if (error instanceof ProblemError || (status >= 400 && status < 500))
      return sendProblem(reply, status, error.message);
    log.error({ route: request.routeOptions.url, err: error }, 'request failed');
    return sendProblem(reply, 500, 'internal error, see the log');
  };
}

/** 405 with `Allow` for a path that exists with another method, else 404. Call before any route is added. */
export function answerUnknown(app: FastifyInstance, prefix = ''): void {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const name of [method].flat()) known.add(name);
    methods.set(url, known);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.get(request.url.split('?', 1)[0] ?? '');
    if (allowed === undefined) return sendProblem(reply, 404, `nothing is served here; see ${prefix}/`);
    const allow = [...allowed].toSorted().join(', ');
    return sendProblem(reply.header('allow', allow), 405, `use ${allow}`);
  });
}
