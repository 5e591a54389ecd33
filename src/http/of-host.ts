import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { didYouMean } from '../text/did-you-mean.ts';
import { clientOfSocket } from './connections.ts';
import type { HttpDeps, ServedFleet, ServedHost } from './deps.ts';
import type { KeptAnswers, Question } from './kept.ts';
import { type HostRoute, type KeptRoute, problemAnswer, ProblemError, type Route } from './route.ts';

/** A view is followed by the next within 20 s. Where it is not, ages must go on. */
const HOST_FRESH_MS = 20_000;
/** Hosts of a fleet have a new view every few milliseconds. */
const FLEET_FRESH_MS = 5_000;
const MAX_NAMES = 10;
const target = z.object({ target: z.string().describe('Name of the target') });

/** What routes need to answer: the hosts, and the answers that are kept. */
export type Answering = Pick<HttpDeps, 'host' | 'fleet'> & { readonly kept: KeptAnswers };

/** The request's target, taken out of its query, so that no route needs to know it. */
function takeTarget(request: FastifyRequest): string | undefined {
  const { query } = request;
  if (typeof query !== 'object' || query === null || !('target' in query)) return undefined;
  const { target: name, ...rest } = query;
  request.query = rest;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function someNames(fleet: ServedFleet): string {
  const names = fleet.all().map(({ name }) => name);
  return `${names.slice(0, MAX_NAMES).join(', ')}${names.length > MAX_NAMES ? `, … (${names.length} in all)` : ''}`;
}

/** The host of a request: the agent's only one, or the target that the request names. @throws ProblemError */
function hostOf({ host, fleet }: Answering, request: FastifyRequest): ServedHost {
  if (fleet === undefined) {
    if (host === undefined) throw new TypeError('a server needs a host or a fleet');
    return host;
  }
  const name = takeTarget(request);
  if (name === undefined)
    throw new ProblemError(400, `target: which of this collector's targets? ?target= takes one of ${someNames(fleet)}`);
  const found = fleet.get(name);
  if (found === undefined)
    throw new ProblemError(
      404,
      `this collector has no such target${didYouMean(
        name,
        fleet.all().map((one) => one.name),
      )}; /api/v1/targets lists those that it has`,
    );
  return found.host;
}

/** A route about a host for a server. An answer that is kept is made again for each view. */
export function ofHost(answering: Answering, route: HostRoute | KeptRoute<ServedHost>): Route {
  return {
    ...(answering.fleet === undefined ? route : withTarget(route)),
    handle(request, reply) {
      const host = hostOf(answering, request);
      if ('handle' in route) return route.handle(request, reply, host);
      const of = { about: host, name: `host ${host.name ?? ''}`, moment: host.view(), freshMs: HOST_FRESH_MS };
      return answerKept(answering, route, of, request, reply);
    },
  };
}

const withTarget = <R extends Omit<Route, 'handle'>>(route: R): R => ({
  ...route,
  query: target.extend(route.query?.shape ?? {}),
  answers: { ...route.answers, 404: route.answers[404] ?? problemAnswer('No such target') },
});

/** A route about all hosts of a collector. Its answers are kept for five seconds. */
export const ofFleet = (answering: Answering, fleet: ServedFleet, route: KeptRoute<ServedFleet>): Route => ({
  ...route,
  handle: (request, reply) =>
    answerKept(
      answering,
      route,
      { about: fleet, name: 'fleet', moment: fleet, freshMs: FLEET_FRESH_MS },
      request,
      reply,
    ),
});

/** A route about nothing that is read: the documentation. */
export const ofNone = (answering: Answering, route: KeptRoute<unknown>): Route => ({
  ...route,
  handle: (request, reply) =>
    answerKept(
      answering,
      route,
      { about: undefined, name: 'none', moment: answering.host?.view() ?? answering, freshMs: HOST_FRESH_MS },
      request,
      reply,
    ),
});

interface Of<About> extends Pick<Question, 'moment' | 'freshMs'> {
  readonly about: About;
  /** Unique among all that answers of this server are about */
  readonly name: string;
}

async function answerKept<About>(
  { kept }: Answering,
  { url, ask }: KeptRoute<About>,
  { about, name, moment, freshMs }: Of<About>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const asked = ask(request, about);
  if (asked === undefined) return reply.code(204).send();
  const { key, make } = asked;
  const question = {
    key: JSON.stringify([name, url, key]),
    moment: asked.moment ?? moment,
    freshMs,
    make: () => make(about),
  };
  const { status, body } = await kept.answer(question, {
    client: clientOfSocket(request.raw.socket),
    onGone: (listener) => reply.raw.once('close', listener),
  });
  reply.code(status);
  return body;
}
