import type { FastifyRequest } from 'fastify';
import { UserError } from '../../errors.ts';
import type { HttpDeps } from '../deps.ts';
import { sendProblem } from '../errors.ts';
import { type Route, problemAnswer } from '../route.ts';

/**
 * Whether a browser sent the request for a page of another site. Browsers say so by Sec-Fetch-Site (W3C Fetch Metadata),
 * older ones by Origin; other clients send neither.
 */
function isCrossSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return headers.origin !== undefined && headers.origin.replace(/^https?:\/\//, '') !== headers.host;
}

/** POST /-/reload. */
export const reloadRoute = (deps: HttpDeps): Route => ({
  method: 'POST',
  url: '/-/reload',
  summary: 'Reloads the configuration. Disabled by default',
  answers: {
    200: { description: 'The new configuration is in use', mediaTypes: ['text/plain'] },
    403: problemAnswer('Not enabled, or sent by a page of another site'),
    422: problemAnswer('The configuration has faults; the previous one stays in use'),
  },
  handle: async (request, reply) => {
    if (!deps.lifecycleEnabled || deps.reload === undefined) {
      return sendProblem(reply, 403, 'reload over HTTP is not enabled (--web.enable-lifecycle)');
    }
    if (isCrossSite(request))
      return sendProblem(reply, 403, 'a page of another site must not reload the configuration');
    try {
      await deps.reload();
      return 'reloaded\n';
    } catch (error) {
      if (error instanceof UserError) return sendProblem(reply, 422, error.message);
      throw error;
    }
  },
});
