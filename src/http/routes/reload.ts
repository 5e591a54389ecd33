import { UserError } from '../../errors.ts';
import type { HttpDeps } from '../deps.ts';
import { sendProblem } from '../errors.ts';
import { type Route, problemAnswer } from '../route.ts';

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
  handle: async (_request, reply) => {
    if (!deps.lifecycleEnabled || deps.reload === undefined) {
      return sendProblem(reply, 403, 'reload over HTTP is not enabled (--web.enable-lifecycle)');
    }
    try {
      await deps.reload();
      return 'reloaded\n';
    } catch (error) {
      if (error instanceof UserError) return sendProblem(reply, 422, error.message);
      throw error;
    }
  },
});
