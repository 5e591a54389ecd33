import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FastifyInstance, fastify } from 'fastify';
import type { HttpDeps } from './deps.ts';
import { answerUnknown, errorHandler, sendProblem } from './errors.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { LIMITS } from './limits.ts';
import type { Route } from './route.ts';
import { alertsRoute } from './routes/alerts.ts';
import { capacityRoute } from './routes/capacity.ts';
import { docsRoute } from './routes/docs.ts';
import { explainRoute } from './routes/explain.ts';
import { findingsRoute } from './routes/findings.ts';
import { healthyRoute, readyRoute } from './routes/health.ts';
import { hostRoute } from './routes/host.ts';
import { eventsRoute } from './routes/events.ts';
import { metricsRoute } from './routes/metrics.ts';
import { openApiRoute } from './routes/openapi.ts';
import { pageAssetRoutes, statusPageRoute, vmPageRoute } from './routes/page.ts';
import { reloadRoute } from './routes/reload.ts';
import { vnicsRoute } from './routes/vnics.ts';
import { createTransport } from './transport.ts';
import { guard } from './web-config/guard.ts';

/** Every route, in the order of the API description. */
function allRoutes(deps: HttpDeps): Route[] {
  const routes = [
    statusPageRoute(deps),
    vmPageRoute(deps),
    docsRoute(deps),
    ...pageAssetRoutes(),
    metricsRoute,
    healthyRoute,
    readyRoute,
    reloadRoute(deps),
    hostRoute,
    vnicsRoute(deps),
    findingsRoute,
    capacityRoute,
    explainRoute,
    eventsRoute,
    alertsRoute,
  ];
  return [...routes, openApiRoute(routes, deps.version)];
}

/**
 * The server, not yet listening: `listen` binds it, its `close()` ends it. close() takes no new request, drops idle
 * connections at once and cuts those still busy after a grace of two seconds.
 */
export function createServer(deps: HttpDeps): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: LIMITS.bodyBytes,
    serverFactory: (handler) => createTransport(handler, deps.webConfig, deps.log),
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, error.statusCode ?? 400, 'malformed URL'),
  });
  // No route reads a body: whatever comes is bounded and let go
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (request.raw.url !== undefined && request.raw.url.length > LIMITS.urlLength)
      return sendProblem(reply, 414, `the URL is longer than ${LIMITS.urlLength} characters`);
  });
  if (deps.webConfig !== undefined) guard(app, deps.webConfig);
  if (deps.requestLog === true) {
    app.addHook('onResponse', async (request, reply) => {
      const { method, routeOptions } = request;
      deps.log.info(
        { method, route: routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
        'request',
      );
    });
  }
  answerUnknown(app);
  app.setErrorHandler(errorHandler(deps.log));
  for (const { method, url, handle } of allRoutes(deps))
    app.route({ method, url, handler: async (request, reply) => handle(request, reply, deps.host) });
  cutAtClose(app);
  return app;
}

/**
 * To Node a connection is idle once its answer is handed over, though most of it may still have to be sent; its close()
 * cuts such a one. So closing waits here until all is sent, and cuts what is not sent in time.
 */
function cutAtClose(app: FastifyInstance): void {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  app.server.on('connection', track).on('secureConnection', track);
  app.addHook('preClose', async () => {
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, LIMITS.closeGrace).unref();
    app.server.once('close', () => clearTimeout(cut));
    while ([...sockets].some((socket) => socket.writableLength > 0)) await sleep(LIMITS.closeStep);
  });
}
