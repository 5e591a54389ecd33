import type { Config } from '../config/schema.ts';
import { addressText } from '../http/listen.ts';

const EVERY_ADDRESS = new Set<string | undefined>([undefined, '0.0.0.0', '::']);

/**
 * Address of the agent's own page, for a browser on this machine. @param port the bound port, if it is not the
 * configured one
 */
export function pageUrl({ web }: Config, port = web['listen-address'].port): string {
  const { host } = web['listen-address'];
  const scheme = web.config.file === undefined ? 'http' : 'https';
  return `${scheme}://${addressText({ host: EVERY_ADDRESS.has(host) ? 'localhost' : (host ?? ''), port })}/`;
}
