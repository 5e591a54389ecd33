import { isIP } from 'node:net';
import type { ListenAddress } from './listen.ts';

/** The names of this server in Host headers, beside IP addresses and localhost. Undefined: every name is answered */
export type AllowedHosts = ReadonlySet<string> | undefined;

/**
 * The names that a server answers for. A server that listens on loopback addresses only has them always: a page of
 * another site may point its own name there (DNS rebinding), and the browser would let it read the answers.
 */
export function allowedHosts(
  configured: readonly string[],
  externalUrl: string | undefined,
  addresses: readonly ListenAddress[],
): AllowedHosts {
  if (configured.length === 0 && !addresses.every(({ host }) => isLoopback(host))) return undefined;
  const own = externalUrl === undefined ? [] : [new URL(externalUrl).hostname];
  return new Set([...configured, ...own].map((name) => name.toLowerCase()));
}

/**
 * Whether a Host header names this server. An IP address does: DNS rebinding needs a name. So does localhost, with all
 * names below it (RFC 6761).
 */
export function isAllowedHost(header: string, allowed: AllowedHosts): boolean {
  if (allowed === undefined) return true;
  const name = /^(\[[0-9a-f:.]+\]|[^:/?#@[\]\s]+)(?::\d{0,5})?$/i.exec(header)?.[1]?.toLowerCase();
  if (name === undefined) return false;
  const bare = name.replace(/^\[|\]$|\.$/g, '');
  return isIP(bare) !== 0 || bare === 'localhost' || bare.endsWith('.localhost') || allowed.has(bare);
}

const isLoopback = (host: string | undefined): boolean =>
  host !== undefined && (host === '::1' || host.toLowerCase() === 'localhost' || /^127(?:\.\d+){3}$/.test(host));
