import type { FastifyRequest } from 'fastify';

/**
 * Whether a browser sent the request for a page of another site. Browsers say so by Sec-Fetch-Site (W3C Fetch Metadata),
 * older ones by Origin; other clients send neither.
 */
export function isCrossSite({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return headers.origin !== undefined && headers.origin.replace(/^https?:\/\//, '') !== headers.host;
}
