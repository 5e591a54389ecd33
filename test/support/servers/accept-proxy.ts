import { once } from 'node:events';
import { createServer, request } from 'node:http';

export interface AcceptProxy {
  readonly port: number;
  /** Content types of the answers that went through */
  readonly types: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Passes requests on to a port with another `Accept`: Prometheus itself always asks for OpenMetrics first. */
export async function startAcceptProxy(target: number, accept: string): Promise<AcceptProxy> {
  const types = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, accept };
    const passed = request({ host: '127.0.0.1', port: target, path: incoming.url, headers }, (answer) => {
      types.add(answer.headers['content-type'] ?? '');
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    passed.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return {
    port: address.port,
    types,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close').catch(() => undefined);
    },
  };
}
