import { z } from 'zod';
import type { HttpDeps, ServedFleet } from '../deps.ts';
import { layout } from '../page/layout.ts';
import { overviewPage } from '../page/overview.ts';
import { filterText, parseQuery, problemAnswer, type Route } from '../route.ts';

const query = z.object({
  filter: filterText,
  page: z.coerce.number().int().min(1).max(100_000).default(1),
});

/** All hosts of a collector. */
export const overviewRoute = (
  { version, prefix }: Pick<HttpDeps, 'version' | 'prefix'>,
  fleet: ServedFleet,
): Route => ({
  method: 'GET',
  url: '/',
  summary: 'Overview of all hosts',
  query,
  answers: {
    200: { description: 'All hosts, worst first', mediaTypes: ['text/html'] },
    400: problemAnswer('Faulty query'),
  },
  handle(request, reply) {
    const targets = fleet.all();
    const now = fleet.now();
    const newest = Math.max(...targets.map(({ state }) => state.lastSuccess ?? 0));
    const frame = {
      host: 'Hyper-V hosts',
      version,
      prefix: prefix?.link,
      ofAllHosts: true,
      simulated: targets.some(({ host }) => host.simulated),
      read: { at: newest === 0 ? undefined : newest, now },
    };
    return reply
      .type('text/html; charset=utf-8')
      .send(layout(frame, overviewPage(targets, fleet.clusters(), now, parseQuery(query, request))));
  },
});
