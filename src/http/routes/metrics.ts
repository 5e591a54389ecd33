import { acceptsGzip, expositionKind } from '../negotiate.ts';
import type { Route } from '../route.ts';

export const metricsRoute: Route = {
  method: 'GET',
  url: '/metrics',
  summary: 'All metrics, in the Prometheus text format 0.0.4 or OpenMetrics 1.0.0, depending on Accept',
  answers: {
    200: { description: 'The exposition', mediaTypes: ['text/plain', 'application/openmetrics-text'] },
  },
  handle: async (request, reply, host) => {
    const gzip = acceptsGzip(request.headers['accept-encoding']?.toString());
    const { body, contentType } = await host.scrape(expositionKind(request.headers.accept), gzip);
    if (gzip) reply.header('content-encoding', 'gzip');
    return reply.header('vary', 'accept, accept-encoding').type(contentType).send(body);
  },
};
