import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';

/** A reverse proxy on loopback that serves an exporter below a path, beside other sites. */
export interface ReverseProxy {
  /** Where the exporter is reached through it, without a slash at the end */
  readonly url: string;
  /** Every request that it got, with the status of its answer */
  readonly answers: readonly { readonly path: string; readonly status: number }[];
  close(): Promise<void>;
}

/**
 * @param prefix such as `/hyperv`; every other path is answered with 404, as another site would
 * @param target port of the exporter on 127.0.0.1
 * @param strips whether the exporter gets the path without the prefix
 */
export async function startReverseProxy(prefix: string, target: number, strips: boolean): Promise<ReverseProxy> {
  const answers: { path: string; status: number }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    response.on('finish', () => answers.push({ path, status: response.statusCode }));
    if (!path.startsWith(`${prefix}/`) && path !== prefix) {
      response.writeHead(404).end('another site');
      return;
    }
    const forwarded = strips ? path.slice(prefix.length) || '/' : path;
    const { method, headers } = request;
    request.pipe(
      httpRequest({ host: '127.0.0.1', port: target, path: forwarded, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }).on('error', () => response.writeHead(502).end()),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}${prefix}`,
    answers,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
