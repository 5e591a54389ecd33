import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServedFleet, ServedHost } from '../deps.ts';
import { acceptsGzip, expositionKind } from '../negotiate.ts';
import { type HostRoute, problemAnswer, type Route } from '../route.ts';

const EXPOSITION = { description: 'The exposition', mediaTypes: ['text/plain', 'application/openmetrics-text'] };

async function sendExposition(
  { scrape }: Pick<ServedHost, 'scrape'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const gzip = acceptsGzip(request.headers['accept-encoding']?.toString());
  const { body, contentType } = await scrape(expositionKind(request.headers.accept), gzip);
  if (gzip) reply.header('content-encoding', 'gzip');
  return reply.header('vary', 'accept, accept-encoding').type(contentType).send(body);
}

/** GET /metrics of an agent, and GET /probe of a collector. */
export const metricsRoute: HostRoute = {
  method: 'GET',
  url: '/metrics',
  summary: 'All metrics, in the Prometheus text format 0.0.4 or OpenMetrics 1.0.0, depending on Accept',
  answers: { 200: EXPOSITION },
  handle: (request, reply, host) => sendExposition(host, request, reply),
};

/** GET /metrics of a collector. */
export const collectorMetricsRoute = (fleet: ServedFleet): Route => ({
  method: 'GET',
  url: '/metrics',
  summary: 'Metrics of the collector itself; those of its targets are at /probe',
  answers: { 200: EXPOSITION },
  handle: (request, reply) => sendExposition(fleet, request, reply),
});

/** Bytes that are ready: a request connects to nothing, and only configured targets are served. */
export const probeRoute: HostRoute = {
  method: 'GET',
  url: '/probe',
  summary:
    'All metrics of one target. Also of one that does not answer: what is known of it expires, the state of its collection stays',
  answers: { 200: EXPOSITION, 400: problemAnswer('No target given'), 404: problemAnswer('No such target') },
  handle: (request, reply, host) => sendExposition(host, request, reply),
};
