import { type HostSummary, hostSummary } from '../../report/host-summary.ts';
import { type Level, worst } from '../../report/verdict.ts';
import { ROW_STATUSES, STATUS_TEXT } from '../../report/vnic-rows.ts';
import type { Severity } from '../../diagnosis/model.ts';
import type { TargetState, TargetStatus } from '../../metrics/catalogue/collector.ts';
import type { View } from '../../metrics/define.ts';
import { head } from '../../text/redact.ts';
import type { Steps } from '../../turn.ts';
import type { ClusterAnswers } from '../../cluster/answers.ts';
import type { FoundHost, ServedTarget } from '../deps.ts';
import { driftConcerns, driftSection, failoverSection, foundSection } from './cluster.ts';
import { failing } from './collectors.ts';
import { ago } from './format.ts';
import { hero } from './hero.ts';
import { html, type Html, name } from './html.ts';
import type { PageContent } from './layout.ts';
import { firingBySeverity, SEVERITIES } from './alerts.ts';
import type { SiteLinks } from './links.ts';
import { usageBar } from './pools.ts';

export interface OverviewQuery {
  readonly filter: string;
  /** From 1 */
  readonly page: number;
}

interface Row {
  readonly state: TargetState;
  readonly summary: HostSummary | undefined;
  readonly cluster: string;
  /** Firing alerts by severity; undefined where the collector does not evaluate alerts */
  readonly firing: ReadonlyMap<Severity, number> | undefined;
  /** Names of its firing alerts, for the filter */
  readonly alertNames: readonly string[];
  /** Parts and sources that could not be read last time */
  readonly failed: readonly string[];
  /** The worst of its connection, its verdict and its collection */
  readonly level: Level;
}

const PAGE_SIZE = 100;
const STATE: Readonly<Record<TargetStatus, { readonly text: string; readonly style: string }>> = {
  untrusted: { text: 'Host key not trusted', style: 'fallback' },
  down: { text: 'Not reachable', style: 'fallback' },
  connecting: { text: 'Connecting', style: 'unknown' },
  up: { text: 'Read', style: 'vf' },
};
const LEVEL: Readonly<Record<Level, number>> = { critical: 1, warning: 2, unknown: 3, good: 4 };

const isLost = ({ status }: TargetState): boolean => status === 'down' || status === 'untrusted';

/** Lower is worse: not reachable, then by level. */
const rank = (row: Row): number => (isLost(row.state) ? 0 : LEVEL[row.level]);

function levelOf(state: TargetState, view: View | undefined, failed: readonly string[]): Level {
  // As its alert, SriovTargetUnreachable
  if (isLost(state)) return 'warning';
  if (state.status === 'connecting' || view === undefined) return 'unknown';
  return worst([hostSummary(view).level, ...(failed.length > 0 ? (['warning'] as const) : [])]);
}

/** The content of a collector's `/`: how many hosts have problems, and all of them by cluster, worst first. Each host is a step. */
export function* overviewPage(
  targets: readonly ServedTarget[],
  clusters: readonly ClusterAnswers[],
  nodes: readonly FoundHost[],
  now: number,
  { filter, page }: OverviewQuery,
  links: SiteLinks,
): Steps<PageContent> {
  const rows: Row[] = [];
  for (const target of targets) {
    const view = target.host.view();
    const state = target.state();
    const failed = view === undefined ? [] : failing(view.collection);
    const alerts = target.host.alerts?.();
    rows.push({
      state,
      summary: view && hostSummary(view),
      firing: alerts && firingBySeverity(alerts),
      alertNames: (alerts ?? []).flatMap((alert) => (alert.state === 'firing' ? [alert.name] : [])),
      failed,
      level: levelOf(state, view, failed),
      cluster: target.labels['cluster'] ?? '',
    });
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
  const matching = rows.filter((row) => words.every((word) => textOf(row).includes(word)));
  yield;
  const found = sorted(matching);
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const current = Math.min(page, pages);
  const shown = found.slice((current - 1) * PAGE_SIZE, current * PAGE_SIZE);
  yield;
  const hosts = shown.length > 0 ? table(shown, found, paused, now, links) : undefined;
  yield;
  const failover = failoverSection(clusters, links);
  yield;
  const drift = driftSection(clusters, now, links);
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
}

const byName = new Intl.Collator('en', { numeric: true });

/** Clusters by their worst host, hosts of a cluster worst first. */
function sorted(rows: readonly Row[]): readonly Row[] {
  const ofCluster = new Map<string, number>();
  for (const row of rows) ofCluster.set(row.cluster, Math.min(ofCluster.get(row.cluster) ?? 9, rank(row)));
  return rows.toSorted(
    (a, b) =>
      (ofCluster.get(a.cluster) ?? 9) - (ofCluster.get(b.cluster) ?? 9) ||
      byName.compare(a.cluster, b.cluster) ||
      rank(a) - rank(b) ||
      byName.compare(a.state.name, b.state.name),
  );
}

const textOf = ({ state, cluster, summary, failed, alertNames }: Row): string =>
  [
    state.name,
    cluster,
    STATE[state.status].text,
    state.status,
    state.code,
    summary?.worst?.id,
    ...(summary?.concerns.map(({ text }) => text) ?? []),
    ...failed,
    ...alertNames,
    ...(alertNames.length > 0 ? ['firing'] : []),
    ...(summary?.paths.keys() ?? []),
  ]
    .join('\n')
    .toLowerCase();

function overviewVerdict(rows: readonly Row[]): { readonly level: Level; readonly text: string } {
  const count = (test: (row: Row) => boolean): number => rows.filter(test).length;
  const isFallback = ({ state, summary }: Row): boolean =>
    state.status === 'up' && summary?.paths.has('fallback') === true;
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
/** Statuses of vNICs that ask for a VF and run: the others tell nothing about a host at a glance. */
const AT_A_GLANCE = ROW_STATUSES.filter(
  (status) => status !== 'not_requested' && status !== 'inactive' && status !== 'not_applicable',
);
/** Characters of an error: the beginning says what is wrong and what to do, the page of the host has the rest. */
const ERROR_LENGTH = 300;

/**
 * @param all the rows of all pages, which the heading of each cluster counts
 * @param paused names of hosts whose cluster node is paused: they take no VM
 */
function table(
  rows: readonly Row[],
  all: readonly Row[],
  paused: ReadonlySet<string>,
  now: number,
  links: SiteLinks,
): Html {
  const isGrouped = all.some(({ cluster }) => cluster !== '');
  const titles = columns(all.some(({ firing }) => firing !== undefined));
  const groups = [...new Set(rows.map(({ cluster }) => cluster))];
  return html`<table class="vnics hosts">
    <thead>
      <tr>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr>
    </thead>
    ${groups.map((cluster) => html`<tbody>${isGrouped ? clusterRow(cluster, all, titles.length) : undefined}${rows.filter((row) => row.cluster === cluster).map((row) => tableRow(row, paused.has(row.state.name), now, links))}</tbody>`)}
  </table>`;
}

function clusterRow(cluster: string, all: readonly Row[], width: number): Html {
  const own = all.filter((row) => row.cluster === cluster);
  const title = cluster === '' ? 'Without a cluster' : html`Cluster ${name(cluster)}`;
  return html`<tr class="group"><th scope="rowgroup" colspan="${width}">${title} <small>${own.length} host${own.length === 1 ? '' : 's'}</small></th></tr>`;
}

function tableRow(row: Row, isPaused: boolean, now: number, links: SiteLinks): Html {
  const { state, summary, firing } = row;
  const { text, style } = STATE[state.status];
  return html`<tr>
    <th scope="row"><a href="${links.host(state.name)}">${name(state.name)}</a></th>
    <td data-label="State"><span class="path ${style}">${text}</span>${state.code === undefined ? undefined : html` <code>${state.code}</code>`}${isPaused ? html` <span class="path not_requested">Paused</span>` : undefined}</td>
    <td data-label="Age of data" class="since">${ago(state.lastSuccess, now) ?? 'not read yet'}</td>
    ${
      isLost(state)
        ? // What was read last is not the state of now. The page of the host has it.
          html`<td data-label="Why" class="why" colspan="3">${name(head(state.error ?? '', ERROR_LENGTH))}</td>`
        : html`<td data-label="Virtual NICs">${paths(summary)}</td>
            <td data-label="VFs in use">${summary?.vfs === undefined ? undefined : html`${summary.vfs.used} of ${summary.vfs.limit}${usageBar(summary.vfs)}`}</td>
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

function paths(summary: HostSummary | undefined): Html | undefined {
  if (summary === undefined || summary.paths.size === 0) return undefined;
  const counts = AT_A_GLANCE.flatMap((status) => {
    const number = summary.paths.get(status);
    return number === undefined ? [] : [html`<span class="path ${status}">${number} ${STATUS_TEXT[status]}</span> `];
  });
  return counts.length === 0 ? html`<span class="quiet">none asks for a VF</span>` : html`${counts}`;
}

/** The reason that puts most at risk, and what else is wrong, each with a link to where the host's page explains it. */
function problems({ state, summary, failed }: Row, links: SiteLinks): Html {
  const to = (anchor: string): string => `${links.host(state.name)}#${anchor}-title`;
  const { worst: first, concerns = [] } = summary ?? {};
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
