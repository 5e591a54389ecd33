import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { didYouMean } from '../did-you-mean.ts';
import type { HttpDeps, ServedFleet, ServedHost } from './deps.ts';
import { sendProblem } from './errors.ts';
import { type HostRoute, problemAnswer, type Route } from './route.ts';

const MAX_NAMES = 10;
const target = z.object({ target: z.string().describe('Name of the target') });

/** The request's target, taken out of its query, so that no route needs to know it. */
function takeTarget(request: FastifyRequest): string | undefined {
  const { query } = request;
  if (typeof query !== 'object' || query === null || !('target' in query)) return undefined;
  const { target: name, ...rest } = query;
  request.query = rest;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function someNames(fleet: ServedFleet): string {
  const names = fleet.all().map(({ state }) => state.name);
  return `${names.slice(0, MAX_NAMES).join(', ')}${names.length > MAX_NAMES ? `, … (${names.length} in all)` : ''}`;
}

/** A route about a host for a server: of the agent's only host, or of the target that the request names. */
export function ofHost({ host, fleet }: Pick<HttpDeps, 'host' | 'fleet'>, route: HostRoute): Route {
  if (fleet === undefined) return { ...route, handle: (request, reply) => route.handle(request, reply, known(host)) };
  return {
    ...route,
    query: target.extend(route.query?.shape ?? {}),
    answers: { ...route.answers, 404: route.answers[404] ?? problemAnswer('No such target') },
    handle(request, reply) {
      const name = takeTarget(request);
      if (name === undefined)
        return sendProblem(
          reply,
          400,
          `target: which of this collector's targets? ?target= takes one of ${someNames(fleet)}`,
        );
      const found = fleet.get(name);
      if (found === undefined)
        return sendProblem(
          reply,
          404,
          `this collector has no such target${didYouMean(
            name,
            fleet.all().map(({ state }) => state.name),
          )}; /api/v1/targets lists those that it has`,
        );
      return route.handle(request, reply, found.host);
    },
  };
}

function known(host: ServedHost | undefined): ServedHost {
  if (host === undefined) throw new TypeError('a server needs a host or a fleet');
  return host;
}
