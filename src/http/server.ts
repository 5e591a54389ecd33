import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FastifyInstance, fastify } from 'fastify';
import { Body } from '../body.ts';
import { BugError } from '../errors.ts';
import { isAllowedHost } from './allowed-hosts.ts';
import type { HttpDeps } from './deps.ts';
import { answerExpectation, answerUnknown, answerUnparsed, errorHandler, hostFault, sendProblem } from './errors.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { isCrossSite } from './cross-site.ts';
import { createKeptAnswers } from './kept.ts';
import { LIMITS } from './limits.ts';
import { showProblems } from './page/problem.ts';
import { createReaders, logSlowAnswers } from './readers.ts';
import type { Route } from './route.ts';
import { alertsRoute } from './routes/alerts.ts';
import { capacityRoute } from './routes/capacity.ts';
import { docsRoute } from './routes/docs.ts';
import { documentRoute } from './routes/document.ts';
import { explainRoute } from './routes/explain.ts';
import { findingsRoute } from './routes/findings.ts';
import { healthyRoute, readyRoute } from './routes/health.ts';
import { hostRoute } from './routes/host.ts';
import { eventsRoute } from './routes/events.ts';
import { type Answering, ofFleet, ofHost, ofNone } from './of-host.ts';
import { fleetReadyRoute, fleetRoute } from './routes/fleet.ts';
import { collectorMetricsRoute, metricsRoute, probeRoute } from './routes/metrics.ts';
import { overviewRoute } from './routes/overview.ts';
import { placementRoute } from './routes/placement.ts';
import { targetsRoute } from './routes/targets.ts';
import { openApiRoute } from './routes/openapi.ts';
import { pageAssetRoutes, statusPageRoute, vmPageRoute } from './routes/page.ts';
import { reloadRoute } from './routes/reload.ts';
import { stageRoute } from './routes/stage.ts';
import { vnicsRoute } from './routes/vnics.ts';
import { sendBody } from './send.ts';
import { createTransport } from './transport.ts';
import { guard } from './web-config/guard.ts';

/** Every route, in the order of the API description. */
function allRoutes(deps: HttpDeps & Answering): Route[] {
  const routes = [
    ...rootRoutes(deps),
    ofHost(deps, vmPageRoute(deps)),
    ofNone(deps, docsRoute(deps)),
    ...pageAssetRoutes(),
    healthyRoute,
    reloadRoute(deps),
    ofHost(deps, stageRoute(deps)),
    ofHost(deps, hostRoute),
    ofHost(deps, vnicsRoute(deps)),
    ofHost(deps, findingsRoute),
    ofHost(deps, capacityRoute),
    ofHost(deps, explainRoute),
    ofHost(deps, eventsRoute),
    ofHost(deps, alertsRoute),
  ];
  return [...routes, openApiRoute(routes, deps.version, deps.prefix?.link)];
}

/** What differs between an agent, which is about its host, and a collector, which is about all its targets. */
function rootRoutes(deps: HttpDeps & Answering): Route[] {
  const { fleet } = deps;
  if (fleet === undefined)
    return [
      ofHost(deps, statusPageRoute(deps, '/')),
      ofHost(deps, metricsRoute),
      ofHost(deps, readyRoute),
      ofHost(deps, documentRoute),
    ];
  return [
    ofFleet(deps, fleet, overviewRoute(deps)),
    ofHost(deps, statusPageRoute(deps, '/host')),
    ofFleet(deps, fleet, collectorMetricsRoute),
    ofHost(deps, probeRoute),
    fleetReadyRoute(fleet),
    targetsRoute(fleet, deps.prefix?.route),
    ofFleet(deps, fleet, fleetRoute),
    ofFleet(deps, fleet, placementRoute),
  ];
}

const refuseSchema = (): never => {
  throw new BugError('a route has a schema of Fastify: queries are parsed by zod, and answers are made by our routes');
};
/** Without these, Fastify loads ajv and a compiler of serializers for schemas that no route has. */
const WITHOUT_SCHEMAS = { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } };

/**
 * Creates the server. It does not listen yet: see `listen`. Its close() accepts no new request, closes idle connections at
 * once, and closes the others after two seconds.
 */
export function createServer(deps: HttpDeps): FastifyInstance {
  const prefix = deps.prefix?.route ?? '';
  const app = fastify({
    logger: false,
    schemaController: WITHOUT_SCHEMAS,
    bodyLimit: LIMITS.bodyBytes,
    serverFactory: (handler) =>
      createTransport(handler, deps.webConfig, deps.log, (why) => deps.connectionRefused?.(why), deps.fleet?.size),
    clientErrorHandler: answerUnparsed,
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, error.statusCode ?? 400, 'malformed URL'),
  });
  // No route reads a body. A body is limited in size and discarded.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));

  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    if (request.raw.url !== undefined && request.raw.url.length > LIMITS.urlLength)
      return void sendProblem(reply, 414, `the URL is longer than ${LIMITS.urlLength} characters`);
    // A request of HTTP/1.0 may have none, one of a browser always has it.
    const fault = hostFault(request.raw);
    if (fault !== undefined) return sendProblem(reply, 400, fault);
    // The authority of a target such as http://name/path counts, and not Host (RFC 9112, 3.2.2).
    const named = /^https?:\/\/([^/?#]*)/i.exec(request.raw.url ?? '')?.[1];
    const host = named ?? request.headers.host ?? request.headers[':authority'];
    if (typeof host === 'string' && !isAllowedHost(host, deps.allowedHosts))
      return void sendProblem(reply, 421, 'this exporter does not answer for this host name: see web.allowed-hosts');
    done();
  });
  app.server.on('checkExpectation', answerExpectation);
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
  answerUnknown(app, prefix);
  showProblems(app, deps);
  app.setErrorHandler(errorHandler(deps.log));
  const kept = createKeptAnswers();
  app.addHook('onClose', async () => kept.clear());
  const logEnded = logSlowAnswers(deps.log);
  const readers = createReaders((answers) => {
    logEnded(answers);
    deps.slowAnswersEnded?.(answers);
  });
  for (const { method, url, handle } of allRoutes({ ...deps, kept }))
    app.route({
      method,
      url: `${prefix}${url}`,
      async handler(request, reply) {
        if (method === 'POST' && isCrossSite(request))
          return sendProblem(reply, 403, 'a page of another site must not change anything here');
        const answer = await handle(request, reply);
        return answer instanceof Body ? sendBody(request, reply, answer, readers) : answer;
      },
    });
  if (prefix !== '') for (const url of ['/', prefix]) app.get(url, (_, reply) => reply.redirect(`${prefix}/`));
  cutAtClose(app);
  return app;
}

/**
 * Node considers a connection idle as soon as the response is handed over, and its close() destroys such a connection even
 * if most of the response is not sent yet. So this waits until everything is sent, or until LIMITS.closeGrace has passed.
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
