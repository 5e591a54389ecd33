import { z } from 'zod';
import type { HttpDeps, ServedFleet } from '../deps.ts';
import { page } from '../page/layout.ts';
import { siteLinks } from '../page/links.ts';
import { createOverviewPage } from '../page/overview.ts';
import { filterText, keptRoute, problemAnswer } from '../route.ts';

const query = z.object({
  filter: filterText,
  page: z.coerce.number().int().min(1).max(100_000).default(1),
});

/** All hosts of a collector. */
export const overviewRoute = ({ version, prefix }: Pick<HttpDeps, 'version' | 'prefix'>) => {
  const overviewPage = createOverviewPage(siteLinks(prefix?.link));
  return keptRoute({
    url: '/',
    summary: 'Overview of all hosts',
    query,
    answers: {
      200: { description: 'All hosts, worst first', mediaTypes: ['text/html'] },
      400: problemAnswer('Faulty query'),
    },
    *make(fleet: ServedFleet, asked) {
      const targets = fleet.all();
      const now = fleet.now();
      const clusters = yield* fleet.clusters();
      yield;
      const content = yield* overviewPage(targets, clusters, fleet.found(), now, asked);
      yield;
      const newest = Math.max(0, ...targets.map((target) => target.state().lastSuccess ?? 0));
      const frame = {
        host: 'Hyper-V hosts',
        version,
        prefix: prefix?.link,
        ofAllHosts: true,
        simulated: targets.some(({ host }) => host.simulated),
        read: { at: newest === 0 ? undefined : newest, now },
      };
      return page(frame, content);
    },
  });
};
