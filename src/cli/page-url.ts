import type { Config } from '../config/schema.ts';
import { webPrefix } from '../config/policy.ts';
import { addressText } from '../http/listen.ts';

const EVERY_ADDRESS = new Set<string | undefined>([undefined, '0.0.0.0', '::']);

/**
 * Address of the agent's own page, for a browser on this machine: that of the first address to listen on.
 * @param port the bound port, if it is not the configured one
 */
export function pageUrl(config: Config, port = config.web['listen-address'][0].port): string {
  const { web } = config;
  const [{ host }] = web['listen-address'];
  const scheme = web.config.file === undefined ? 'http' : 'https';
  const address = addressText({ host: EVERY_ADDRESS.has(host) ? 'localhost' : (host ?? ''), port });
  return `${scheme}://${address}${webPrefix(config).route}/`;
}
