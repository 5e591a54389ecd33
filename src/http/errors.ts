import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Problem } from './route.ts';

/** Sends a Problem. Its `error` is derived from the status: `not_found`, `content_too_large`, … */
export function sendProblem(reply: FastifyReply, status: number, message: string): FastifyReply {
  const name = (STATUS_CODES[status] ?? 'error').toLowerCase().replaceAll(/[^a-z]+/g, '_');
  return reply.code(status).send({ error: name, message } satisfies Problem);
}

/** Handles errors of routes and of Fastify. A client gets the details of its own errors, but not of internal ones. */
export function errorHandler(log: Pick<Log, 'error'>) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) return sendProblem(reply, status, error.message);
    log.error({ route: request.routeOptions.url, err: errorText(error) }, 'request failed');
    return sendProblem(reply, 500, 'internal error, see the log');
  };
}

/** 405 with `Allow` for a path that exists with another method, else 404. Call before any route is added. */
export function answerUnknown(app: FastifyInstance): void {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const name of [method].flat()) known.add(name);
    methods.set(url, known);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.get(request.url.split('?', 1)[0] ?? '');
    if (allowed === undefined) return sendProblem(reply, 404, 'nothing is served here; see /');
    const allow = [...allowed].toSorted().join(', ');
    return sendProblem(reply.header('allow', allow), 405, `use ${allow}`);
  });
}
