import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Body } from '../../body.ts';
import type { View } from '../../metrics/define.ts';
import type { JournalEvent } from '../../report/events.ts';
import type { HttpDeps, ServedHost } from '../deps.ts';
import { html } from '../page/html.ts';
import { page, type PageContent, type PageFrame } from '../page/layout.ts';
import { hostLinks, type HostLinks } from '../page/links.ts';
import { createStatusPage } from '../page/status.ts';
import { formerVmPage, vmPage } from '../page/vm.ts';
import { once } from '../../once.ts';
import { shipped } from '../../shipped.ts';
import { GROUPS, type Sort, SORTS } from '../../report/vnic-list.ts';
import { vnicRows } from '../../report/vnic-rows.ts';
import { filterText, keptRoute, problemAnswer, type Route } from '../route.ts';

const query = z.object({
  filter: filterText,
  sort: z
    .enum(SORTS.flatMap((sort) => [sort, `-${sort}` as const]))
    .or(z.literal(''))
    .default('')
    .transform((text) => text || 'trouble')
    .describe('Column to sort by, with - before it the other way round'),
  group: z
    .enum(GROUPS)
    .or(z.literal('').transform(() => 'none' as const))
    .default('none'),
  show: z.enum(['', 'all']).default('').describe('all: also rows without problems'),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
});

function frame({ version, prefix }: Pick<HttpDeps, 'version' | 'prefix'>, host: ServedHost): PageFrame {
  const view = host.view();
  return {
    host: view?.tracked.host.platform.name ?? host.name,
    version,
    prefix: prefix?.link,
    simulated: host.simulated,
    target: host.name,
    tour: host.tour,
    read: view && { at: view.tracked.host.takenAt, now: host.collection().now },
  };
}

/** Events that a page is made from, the newest so many */
const MAX_EVENTS = 200;

/** The status page of a host. @param url `/` in an agent, which has one host */
export const statusPageRoute = (deps: Pick<HttpDeps, 'version' | 'prefix'>, url: string) => {
  const statusPage = createStatusPage();
  return keptRoute({
    url,
    summary: 'Status page',
    query,
    answers: {
      200: { description: 'Status of the host', mediaTypes: ['text/html'] },
      400: problemAnswer('Invalid query'),
    },
    *make(host: ServedHost, { sort, show, ...table }) {
      const descending = sort.startsWith('-');
      const order = { ...table, sort: sort.replace('-', '') as Sort, descending, all: show === 'all' };
      const content = yield* statusPage(
        host.view(),
        host.collection(),
        order,
        hostLinks(host.name, deps.prefix?.link),
        {
          alerts: host.alerts?.(),
          trends: host.trends,
          events: host.events?.({ limit: MAX_EVENTS }),
        },
      );
      yield;
      return page(frame(deps, host), content);
    },
  });
};

const vmQuery = z.object({ id: z.string().max(100).default('').describe('Id of the VM') });

const noSuchVm = (links: HostLinks): PageContent => ({
  title: 'No such VM',
  state: 'unknown',
  main: html`<nav class="back" aria-label="Back"><a href="${links.vnics()}">All virtual NICs</a></nav>
    <h1>There is no such VM on this host.</h1>`,
});

/** GET /vm: the page of one VM. */
export const vmPageRoute = (deps: Pick<HttpDeps, 'version' | 'prefix'>) =>
  keptRoute({
    url: '/vm',
    query: vmQuery,
    summary: 'Page of one VM: the chain from the host to the guest, and its events',
    answers: {
      200: { description: 'The VM', mediaTypes: ['text/html'] },
      404: { description: 'No such VM on this host', mediaTypes: ['text/html'] },
    },
    *make(host: ServedHost, asked) {
      const id = asked.id.toLowerCase();
      const links = hostLinks(host.name, deps.prefix?.link);
      const view = host.view();
      if (view !== undefined) yield* vnicRows.inSteps(view);
      const events = eventsOfVm(host, view, id);
      yield;
      const content =
        view && (vmPage(view, id, events, links, host.trends) ?? formerVmPage(view, id, events, links, host.trends));
      return page(frame(deps, host), content ?? noSuchVm(links), content === undefined ? 404 : 200);
    },
  });

/** The VM that each VM and each virtual NIC is or belongs to, by id. */
const ownersOf = once(
  ({ tracked: { host } }: View): ReadonlyMap<string, string | undefined> =>
    new Map([...host.vms.map(({ id }) => [id, id] as const), ...host.vnics.map(({ id, vmId }) => [id, vmId] as const)]),
);

/** Events by the id of the VM; those of an older version carry its name alone, which two VMs may share. */
function eventsOfVm(host: ServedHost, view: View | undefined, id: string): readonly JournalEvent[] {
  const vm = view?.tracked.host.vms.find((candidate) => candidate.id === id);
  if (view === undefined || vm === undefined)
    return id === '' ? [] : (host.events?.({ vm: id, limit: MAX_EVENTS }) ?? []);
  const owners = ownersOf(view);
  const isOfAnother = (subject: string): boolean => owners.has(subject) && owners.get(subject) !== id;
  return (host.events?.({ vm: vm.name, limit: MAX_EVENTS }) ?? []).filter(
    ({ subject, names: { vmId } }) => (vmId === undefined || vmId === id) && !isOfAnother(subject),
  );
}

const asset = (file: string, type: string, summary: string): Route => {
  const body = new Body(`${type}; charset=utf-8`, [readFileSync(shipped(`http/page/${file}`))]);
  return {
    method: 'GET',
    url: `/assets/${file}`,
    summary,
    answers: { 200: { description: summary, mediaTypes: [type] } },
    handle: () => body,
  };
};

/** Style and script of the pages. They are separate files, because the pages allow nothing inline. */
export const pageAssetRoutes = (): Route[] => [
  asset('page.css', 'text/css', 'Style of the pages'),
  asset('document.css', 'text/css', 'Style of the documentation'),
  asset('page.js', 'text/javascript', 'Script of the pages'),
];
