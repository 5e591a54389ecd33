import { z } from 'zod';
import type { HttpDeps } from '../deps.ts';
import { sendProblem } from '../errors.ts';
import { hostLinks } from '../page/links.ts';
import { parseQuery, problemAnswer, type HostRoute } from '../route.ts';

const query = z.object({ number: z.coerce.number().int().min(1).max(1000).describe('Stage, counted from 1') });

/** Puts a simulated host into a stage of its tour, and leads back to the page. Only a simulated host has stages. */
export const stageRoute = ({ prefix }: Pick<HttpDeps, 'prefix'>): HostRoute => ({
  method: 'POST',
  url: '/demo/stage',
  summary: 'Puts the simulated host into a stage of its tour (--source demo only)',
  query,
  answers: {
    303: { description: 'The host is in this stage; see the status page', mediaTypes: ['text/plain'] },
    400: problemAnswer('Faulty query'),
    403: problemAnswer('Sent by a page of another site'),
    404: problemAnswer('No such stage, or not a simulated host on its tour'),
  },
  async handle(request, reply, { tour, name }) {
    const { number } = parseQuery(query, request);
    if (tour?.stages[number - 1] === undefined)
      return sendProblem(
        reply,
        404,
        tour === undefined ? 'this host has no stages' : `stages are 1 to ${tour.stages.length}`,
      );
    await tour.jump(number - 1);
    return reply.redirect(hostLinks(name, prefix?.link).status(), 303);
  },
});
