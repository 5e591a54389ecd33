import type { ClusterAnswers } from '../../cluster/answers.ts';
import { SEVERITIES, type Severity } from '../../diagnosis/model.ts';
import { type Level, worst } from '../../report/verdict.ts';
import { head } from '../../text/redact.ts';
import type { Steps } from '../../turn.ts';
import type { FoundHost, ServedTarget } from '../deps.ts';
import { createClusterSections, driftConcerns, foundSection } from './cluster.ts';
import { ago } from './format.ts';
import { hero } from './hero.ts';
import { html, type Html, name } from './html.ts';
import type { PageContent } from './layout.ts';
import type { SiteLinks } from './links.ts';
import { createRanks, isLost, isNamed, type Row, rowOf, sorted, STATE } from './overview-rows.ts';

export interface OverviewQuery {
  readonly filter: string;
  /** From 1 */
  readonly page: number;
}

const PAGE_SIZE = 100;

type OverviewPage = (
  targets: readonly ServedTarget[],
  clusters: readonly ClusterAnswers[],
  nodes: readonly FoundHost[],
  now: number,
  query: OverviewQuery,
) => Steps<PageContent>;

/**
 * The content of a collector's `/`: how many hosts have problems, and all of them by cluster, worst first. Each host is a
 * step, and so is each row of a table.
 */
export function createOverviewPage(links: SiteLinks): OverviewPage {
  const sections = createClusterSections(links);
  const ranksOf = createRanks();
  return function* overviewPage(targets, clusters, nodes, now, { filter, page }) {
    const rows: Row[] = [];
    for (const target of targets) {
      rows.push(yield* rowOf(target));
      yield;
    }
    const paused = new Set(
      clusters.flatMap(({ nodes: own }) => own.flatMap((node) => (node.state === 'paused' ? [node.name] : []))),
    );
    const concerns = driftConcerns(clusters);
    const { level: ofHosts, text } = overviewVerdict(rows);
    const level = worst([ofHosts, ...concerns.map((concern) => concern.level)]);
    yield;
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = rows.filter((row) => isNamed(row, words));
    yield;
    const ranks = ranksOf(rows.flatMap(({ state, cluster }) => [state.name, cluster]));
    yield;
    const found = sorted(matching, ranks);
    const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
    const current = Math.min(page, pages);
    const shown = found.slice((current - 1) * PAGE_SIZE, current * PAGE_SIZE);
    yield;
    const hosts = shown.length > 0 ? yield* table(shown, found, paused, now, links) : undefined;
    const failover = yield* sections.failover(clusters);
    yield;
    const drift = yield* sections.drift(clusters, now);
    yield;
    return {
      title: 'Hosts',
      state: level,
      main: html`${hero({ level, text, concerns }, [])}
        <section id="hosts" aria-labelledby="hosts-title">
          <div class="over-table">
            <h2 id="hosts-title">Hosts</h2>
            <form class="filter" role="search" method="get" action="${links.hosts()}">
              <label class="hidden" for="filter">Filter by host, cluster, state or finding</label>
              <input id="filter" name="filter" type="search" maxlength="200" value="${filter}" placeholder="host, cluster, state…" autocomplete="off" spellcheck="false" /><button type="submit">Filter</button>
            </form>
            <p id="found" class="quiet" role="status">${found.length === rows.length ? `${rows.length} in all` : `${found.length} of ${rows.length}`}</p>
          </div>
          ${firingLine(rows)}
          ${hosts ?? html`<p class="empty">No host matches this filter. <a href="${links.hosts()}">Show all</a></p>`}
          ${pages > 1 ? pager(current, pages, filter, links) : undefined}
        </section>
        ${foundSection(nodes, now)} ${failover} ${drift}`,
    };
  };
}

function overviewVerdict(rows: readonly Row[]): { readonly level: Level; readonly text: string } {
  const count = (test: (row: Row) => boolean): number => rows.filter(test).length;
  const isFallback = ({ state, of }: Row): boolean =>
    state.status === 'up' && of?.summary.paths.has('fallback') === true;
  const others = (level: Level): number =>
    count((row) => row.state.status === 'up' && !isFallback(row) && row.level === level);
  const parts = (
    [
      [count(isFallback), 'has virtual NICs in fallback', 'have virtual NICs in fallback'],
      [others('critical'), 'has critical findings', 'have critical findings'],
      [others('warning'), 'has warnings', 'have warnings'],
      [count(({ state }) => isLost(state)), 'is not reachable', 'are not reachable'],
      [count(({ state }) => state.status === 'connecting'), 'is not read yet', 'are not read yet'],
      [others('unknown'), 'is not fully known', 'are not fully known'],
    ] as const
  ).filter(([number]) => number > 0);
  if (parts.length === 0) return { level: 'good', text: `No virtual NIC of ${rows.length} hosts is in fallback.` };
  const said = parts.map(
    ([number, one, many], index) =>
      `${number}${index === 0 ? ` of ${rows.length} hosts` : ''} ${number === 1 ? one : many}`,
  );
  return { level: worst(rows.map((row) => row.level)), text: `${said.join(', ')}.` };
}

/** How many alerts fire on how many hosts; undefined where the collector does not evaluate alerts. */
function firingLine(rows: readonly Row[]): Html | undefined {
  if (rows.every(({ firing }) => firing === undefined)) return undefined;
  const affected = rows.filter(({ firing = new Map() }) => firing.size > 0);
  if (affected.length === 0) return html`<p id="firing" class="quiet">No alert is firing.</p>`;
  const total = new Map<Severity, number>();
  for (const { firing = new Map<Severity, number>() } of affected)
    for (const [severity, count] of firing) total.set(severity, (total.get(severity) ?? 0) + count);
  const count = [...total.values()].reduce((sum, each) => sum + each, 0);
  return html`<p id="firing" class="quiet">${count} alert${count === 1 ? '' : 's'} firing on ${affected.length} host${affected.length === 1 ? '' : 's'}: ${bySeverity(total)}.</p>`;
}

/** "1 critical, 2 warning", the worst first */
const bySeverity = (counts: ReadonlyMap<Severity, number>): string =>
  SEVERITIES.flatMap((severity) => {
    const count = counts.get(severity);
    return count === undefined ? [] : [`${count} ${severity}`];
  }).join(', ');

const columns = (hasAlerts: boolean): readonly string[] => [
  'Host',
  'State',
  'Age of data',
  'Virtual NICs',
  'VFs in use',
  'Problems',
  ...(hasAlerts ? ['Alerts'] : []),
];
/** Characters of an error: the beginning says what is wrong and what to do, the page of the host has the rest. */
const ERROR_LENGTH = 300;

/**
 * @param all the rows of all pages, which the heading of each cluster counts
 * @param paused names of hosts whose cluster node is paused: they take no VM
 */
function* table(
  rows: readonly Row[],
  all: readonly Row[],
  paused: ReadonlySet<string>,
  now: number,
  links: SiteLinks,
): Steps<Html> {
  const isGrouped = all.some(({ cluster }) => cluster !== '');
  const titles = columns(all.some(({ firing }) => firing !== undefined));
  const groups: Html[] = [];
  for (const cluster of new Set(rows.map((row) => row.cluster))) {
    const own: Html[] = [];
    for (const row of rows) {
      if (row.cluster !== cluster) continue;
      own.push(tableRow(row, paused.has(row.state.name), now, links));
      yield;
    }
    groups.push(html`<tbody>${isGrouped ? clusterRow(cluster, all, titles.length) : undefined}${own}</tbody>`);
  }
  return html`<table class="vnics hosts">
    <thead>
      <tr>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr>
    </thead>
    ${groups}
  </table>`;
}

function clusterRow(cluster: string, all: readonly Row[], width: number): Html {
  const own = all.filter((row) => row.cluster === cluster);
  const title = cluster === '' ? 'Without a cluster' : html`Cluster ${name(cluster)}`;
  return html`<tr class="group"><th scope="rowgroup" colspan="${width}">${title} <small>${own.length} host${own.length === 1 ? '' : 's'}</small></th></tr>`;
}

function tableRow(row: Row, isPaused: boolean, now: number, links: SiteLinks): Html {
  const { state, of, firing } = row;
  const { text, style } = STATE[state.status];
  return html`<tr>
    <th scope="row"><a href="${links.host(state.name)}">${name(state.name)}</a></th>
    <td data-label="State"><span class="path ${style}">${text}</span>${state.code === undefined ? undefined : html` <code>${state.code}</code>`}${isPaused ? html` <span class="path not_requested">Paused</span>` : undefined}</td>
    <td data-label="Age of data" class="since">${ago(state.lastSuccess, now) ?? 'not read yet'}</td>
    ${
      isLost(state)
        ? // What was read last is not the state of now. The page of the host has it.
          html`<td data-label="Why" class="why" colspan="3">${name(head(state.error ?? '', ERROR_LENGTH))}</td>`
        : html`<td data-label="Virtual NICs">${of?.paths}</td>
            <td data-label="VFs in use">${of?.vfs}</td>
            <td data-label="Problems">${problems(row, links)}</td>`
    }
    ${firing === undefined ? undefined : html`<td data-label="Alerts">${alertsLink(firing, links.host(state.name))}</td>`}
  </tr>`;
}

/** The firing alerts of a host, with a link to where its page lists them. */
function alertsLink(firing: ReadonlyMap<Severity, number>, page: string): Html | undefined {
  const [worstSeverity] = firing.keys();
  if (worstSeverity === undefined) return undefined;
  return html`<a class="badge ${worstSeverity}" href="${page}#alerts-title">${bySeverity(firing)}</a>`;
}

/** The reason that puts most at risk, and what else is wrong, each with a link to where the host's page explains it. */
function problems({ state, of }: Row, links: SiteLinks): Html {
  const to = (anchor: string): string => `${links.host(state.name)}#${anchor}-title`;
  const { worst: first, concerns = [] } = of?.summary ?? {};
  const { failed = [] } = of ?? {};
  const isSaid = first === undefined || concerns.some(({ text }) => text.includes(first.id));
  return html`${isSaid || first.severity === 'info' ? undefined : html`<a href="${to('troubles')}"><code class="${first.severity}">${first.id}</code></a>`}${concerns
    .filter(({ level }) => level !== 'good')
    .map(
      ({ level, text, anchor }) => html` <a class="badge ${level}" href="${to(anchor)}">${name(text)}</a>`,
    )}${failed.length === 0 ? undefined : html` <a class="badge warning" href="${to('collectors')}">not read: ${failed.join(', ')}</a>`}`;
}

function pager(current: number, pages: number, filter: string, links: SiteLinks): Html {
  const to = (page: number, text: string): Html =>
    page < 1 || page > pages
      ? html`<span class="quiet">${text}</span>`
      : html`<a href="${links.hosts({ filter, page })}">${text}</a>`;
  return html`<nav class="pager" aria-label="Pages">
    ${to(current - 1, 'Previous')} <span>Page ${current} of ${pages}</span> ${to(current + 1, 'Next')}
  </nav>`;
}
