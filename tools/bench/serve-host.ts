import type { ServedHost } from '../../src/http/deps.ts';
import { copyPageAssets } from './page-assets.ts';

/**
 * Starts the agent's own HTTP server for one simulated host on a free port of loopback, without web configuration and log.
 * @returns its origin, such as `http://127.0.0.1:40123`
 */
export async function serveHost(
  host: Omit<ServedHost, 'simulated'>,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> {
  copyPageAssets();
  // Its module reads the assets when it is loaded.
  const { createServer } = await import('../../src/http/server.ts');
  const server = createServer({
    version: '0.0.0',
    host: { simulated: true, ...host },
    lifecycleEnabled: false,
    log: { info() {}, warn() {}, error() {} },
  });
  return { origin: await server.listen({ host: '127.0.0.1', port: 0 }), close: () => server.close() };
}
