import { type RequestListener, type Server, createServer as createPlain } from 'node:http';
import { constants, createSecureServer, type SecureServerOptions, type ServerHttp2Session } from 'node:http2';
import { createServer as createTls } from 'node:https';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import type { Log } from '../log.ts';
import { limitConnections, limitPipelining, logRefusals, type Refusal } from './connections.ts';
import { LIMITS } from './limits.ts';
import type { WebConfigHandle } from './web-config/watch.ts';

/** The Node server for Fastify, with its limits: plain HTTP, TLS, or TLS with HTTP/2. */
export function createTransport(
  handler: RequestListener,
  webConfig: WebConfigHandle | undefined,
  log: Omit<Log, 'debug'>,
  connectionRefused: (why: Refusal) => void,
  targets?: () => number,
): Server {
  const logRefusal = logRefusals(log);
  const refused = (why: Refusal, client: string): void => {
    logRefusal(why, client);
    connectionRefused(why);
  };
  const limited = limitPipelining(handler, refused);
  const server = webConfig?.current.tls === undefined ? createPlain(limits, limited) : secure(limited, webConfig, log);
  if (webConfig?.current.tls === undefined)
    webConfig?.onChange(({ tls }) => {
      if (tls !== undefined)
        log.warn({}, 'TLS was switched on: this needs a restart; until then answers are not encrypted');
    });
  limitConnections(server, refused, targets);
  server.setTimeout(LIMITS.socketTimeout);
  return server;
}

const limits = {
  // Node's own answer to a request without Host has no headers: see hostFault.
  requireHostHeader: false,
  maxHeaderSize: LIMITS.headerBytes,
  connectionsCheckingInterval: LIMITS.checkInterval,
  headersTimeout: LIMITS.headersTimeout,
  requestTimeout: LIMITS.requestTimeout,
  keepAliveTimeout: LIMITS.keepAliveTimeout,
};

/** Node's HTTP/2 server also handles HTTP/1.1 with the same handler, so Fastify can treat it as an HTTP/1.1 server. */
function withHttp2(options: typeof limits & SecureServerOptions, handler: RequestListener): Server & TlsServer {
  const server = createSecureServer(
    {
      ...options,
      allowHTTP1: true,
      settings: { maxConcurrentStreams: LIMITS.http2Streams, maxHeaderListSize: LIMITS.headerBytes },
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its compatibility API is that of node:http
    handler as never,
  );
  // Node 20 does not take the limits of HTTP/1.1 from these options.
  Object.assign(server, limits);
  server.on('session', limitSession);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return server as unknown as Server & TlsServer;
}

/** The time limits of HTTP/1.1 for a session of HTTP/2: until its first request, and until each request is complete. */
function limitSession(session: ServerHttp2Session): void {
  const unused = setTimeout(() => session.destroy(), LIMITS.headersTimeout).unref();
  session.once('close', () => clearTimeout(unused));
  session.on('stream', (stream) => {
    clearTimeout(unused);
    if (stream.endAfterHeaders) return;
    const incomplete = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), LIMITS.requestTimeout).unref();
    for (const event of ['end', 'close']) stream.once(event, () => clearTimeout(incomplete));
  });
}

function secure(handler: RequestListener, webConfig: WebConfigHandle, log: Omit<Log, 'debug'>): Server {
  const start = webConfig.current;
  const options = {
    ...limits,
    ...start.tls?.context,
    requestCert: start.tls?.client.request ?? false,
    // Checked below, by the policy in force
    rejectUnauthorized: false,
    handshakeTimeout: LIMITS.headersTimeout,
  };
  const server = start.http2 ? withHttp2(options, handler) : createTls(options, handler);

  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const client = webConfig.current.tls?.client;
    const given = Object.keys(socket.getPeerCertificate()).length > 0;
    if ((client?.required === true && !given) || (client?.verified === true && given && !socket.authorized))
      socket.destroy();
  });
  webConfig.onChange((next) => {
    if (next.http2 !== start.http2 || next.tls?.client.request !== start.tls?.client.request)
      log.warn({}, 'HTTP/2 or asking for client certificates was switched on or off: this needs a restart');
    if (next.tls !== undefined) server.setSecureContext(next.tls.context);
  });
  return server;
}
