import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { HttpDeps, ServedHost } from '../deps.ts';
import { alertsSection } from '../page/alerts.ts';
import { html } from '../page/html.ts';
import { layout, type PageContent, type PageFrame } from '../page/layout.ts';
import { statusPage } from '../page/status.ts';
import { vmPage } from '../page/vm.ts';
import { shipped } from '../../shipped.ts';
import { parseQuery, problemAnswer, type Route } from '../route.ts';

const query = z.object({
  filter: z.string().max(200).default(''),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
});

function frame(version: string, host: ServedHost): PageFrame {
  const view = host.view();
  return {
    host: view?.tracked.host.platform.name,
    version,
    simulated: host.simulated,
    read: view && { at: view.tracked.host.takenAt, now: host.collection().now },
  };
}

const HTML = 'text/html; charset=utf-8';

/** What an administrator looks at first. */
export const statusPageRoute = (deps: HttpDeps): Route => ({
  method: 'GET',
  url: '/',
  summary: 'Status page',
  query,
  answers: {
    200: { description: 'Status of the host', mediaTypes: ['text/html'] },
    400: problemAnswer('Faulty query'),
  },
  handle: (request, reply, host) => {
    const collection = host.collection();
    const alerts = alertsSection(host.alerts?.(), collection.now);
    const page = statusPage(host.view(), collection, parseQuery(query, request), alerts, host.trends);
    return reply.type(HTML).send(layout(frame(deps.version, host), page));
  },
});

const vmQuery = z.object({ id: z.string().max(100).default('').describe('Id of the VM') });
const MAX_EVENTS = 200;

const NO_SUCH_VM: PageContent = {
  title: 'No such VM',
  state: 'unsure',
  main: html`<nav class="back" aria-label="Back"><a href="/">All virtual NICs</a></nav>
    <h1>There is no such VM on this host.</h1>`,
};

export const vmPageRoute = (deps: HttpDeps): Route => ({
  method: 'GET',
  url: '/vm',
  query: vmQuery,
  summary: 'Page of one VM: the chain from the host to the guest, and its events',
  answers: {
    200: { description: 'The VM', mediaTypes: ['text/html'] },
    404: { description: 'No such VM on this host', mediaTypes: ['text/html'] },
  },
  handle: (request, reply, host) => {
    const id = parseQuery(vmQuery, request).id.toLowerCase();
    const view = host.view();
    const vm = view?.tracked.host.vms.find((candidate) => candidate.id === id);
    const all = vm === undefined ? [] : (host.events?.({ vm: vm.name, limit: MAX_EVENTS }) ?? []);
    // Events carry names, and two VMs may share one.
    const others = new Set([
      ...(view?.tracked.host.vms ?? []).flatMap((other) => (other.id === id ? [] : [other.id])),
      ...(view?.tracked.host.vnics ?? []).flatMap((vnic) => (vnic.vmId === id ? [] : [vnic.id])),
    ]);
    const events = all.filter(({ subject }) => !others.has(subject));
    const page = view === undefined ? undefined : vmPage(view, id, events, host.trends);
    return reply
      .code(page === undefined ? 404 : 200)
      .type(HTML)
      .send(layout(frame(deps.version, host), page ?? NO_SUCH_VM));
  },
});

const asset = (file: string, type: string, summary: string): Route => {
  const body = readFileSync(shipped(`http/page/${file}`));
  return {
    method: 'GET',
    url: `/assets/${file}`,
    summary,
    answers: { 200: { description: summary, mediaTypes: [type] } },
    handle: (_request, reply) => reply.type(`${type}; charset=utf-8`).send(body),
  };
};

/** Style and script of the pages: own files, since the pages admit nothing inline. */
export const pageAssetRoutes = (): Route[] => [
  asset('page.css', 'text/css', 'Style of the pages'),
  asset('document.css', 'text/css', 'Style of the documentation'),
  asset('page.js', 'text/javascript', 'Script of the pages'),
];
