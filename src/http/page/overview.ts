import { type HostSummary, hostSummary } from '../../report/host-summary.ts';
import { type Concern, type Level, worst } from '../../report/verdict.ts';
import { ROW_STATUSES, STATUS_TEXT } from '../../report/vnic-rows.ts';
import type { TargetState, TargetStatus } from '../../metrics/catalogue/collector.ts';
import type { View } from '../../metrics/define.ts';
import type { Steps } from '../../turn.ts';
import type { ClusterAnswers } from '../../cluster/answers.ts';
import type { FoundHost, ServedTarget } from '../deps.ts';
import { trustCommand } from '../routes/fleet.ts';
import { failing } from './collectors.ts';
import { ago } from './format.ts';
import { hero } from './hero.ts';
import { html, type Html, name } from './html.ts';
import type { PageContent } from './layout.ts';
import { link } from './links.ts';

export interface OverviewQuery {
  readonly filter: string;
  /** From 1 */
  readonly page: number;
}

interface Row {
  readonly state: TargetState;
  readonly summary: HostSummary | undefined;
  readonly cluster: string;
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

function levelOf(state: TargetState, view: View | undefined): Level {
  // As its alert, SriovTargetUnreachable
  if (isLost(state)) return 'warning';
  if (state.status === 'connecting' || view === undefined) return 'unknown';
  return worst([hostSummary(view).level, ...(failing(view.collection).length > 0 ? (['warning'] as const) : [])]);
}

/** The content of a collector's `/`: how many hosts have problems, and all of them by cluster, worst first. Each host is a step. */
export function* overviewPage(
  targets: readonly ServedTarget[],
  clusters: readonly ClusterAnswers[],
  nodes: readonly FoundHost[],
  now: number,
  { filter, page }: OverviewQuery,
): Steps<PageContent> {
  const rows: Row[] = [];
  for (const target of targets) {
    const view = target.host.view();
    const state = target.state();
    rows.push({
      state,
      summary: view && hostSummary(view),
      level: levelOf(state, view),
      cluster: target.labels['cluster'] ?? '',
    });
    yield;
  }
  const concerns = driftConcerns(clusters);
  const { level: ofHosts, text } = overviewVerdict(rows);
  const level = worst([ofHosts, ...concerns.map((concern) => concern.level)]);
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = sorted(rows.filter((row) => words.every((word) => textOf(row).includes(word))));
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const current = Math.min(page, pages);
  const shown = found.slice((current - 1) * PAGE_SIZE, current * PAGE_SIZE);
  return {
    title: 'Hosts',
    state: level,
    main: html`${hero({ level, text, concerns }, [])}
      <section id="hosts" aria-labelledby="hosts-title">
        <div class="over-table">
          <h2 id="hosts-title">Hosts</h2>
          <form class="filter" role="search" method="get" action="${link.hosts()}">
            <label class="hidden" for="filter">Filter by host, cluster, state or finding</label>
            <input id="filter" name="filter" type="search" maxlength="200" value="${filter}" placeholder="host, cluster, state…" autocomplete="off" spellcheck="false" /><button type="submit">Filter</button>
          </form>
          <p id="found" class="quiet" role="status">${found.length === rows.length ? `${rows.length} in all` : `${found.length} of ${rows.length}`}</p>
        </div>
        ${shown.length === 0 ? html`<p class="empty">No host matches this filter. <a href="${link.hosts()}">Show all</a></p>` : table(shown, now)}
        ${pages > 1 ? pager(current, pages, filter) : undefined}
      </section>
      ${foundSection(nodes, now)} ${failoverSection(clusters)} ${driftSection(clusters, now)}`,
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

const textOf = ({ state, cluster, summary }: Row): string =>
  [
    state.name,
    cluster,
    STATE[state.status].text,
    state.status,
    state.code,
    summary?.worst?.id,
    ...(summary?.paths.keys() ?? []),
  ]
    .join('\n')
    .toLowerCase();

function overviewVerdict(rows: readonly Row[]): { readonly level: Level; readonly text: string } {
  const count = (test: (row: Row) => boolean): number => rows.filter(test).length;
  const fallback = count(({ state, summary }) => state.status === 'up' && summary?.paths.has('fallback') === true);
  const others = (level: Level): number =>
    count((row) => row.state.status === 'up' && row.summary?.paths.has('fallback') !== true && row.level === level);
  const [critical, warning, unsure] = [others('critical'), others('warning'), others('unknown')];
  const lost = count(({ state }) => isLost(state));
  const connecting = count(({ state }) => state.status === 'connecting');
  const are = (number: number): string => (number === 1 ? 'is' : 'are');
  const have = (number: number): string => (number === 1 ? 'has' : 'have');
  const parts = [
    fallback > 0 ? `${fallback} of ${rows.length} hosts ${have(fallback)} virtual NICs in fallback` : '',
    critical > 0 ? `${critical} ${have(critical)} critical findings` : '',
    warning > 0 ? `${warning} ${have(warning)} warnings` : '',
    lost > 0 ? `${lost} ${are(lost)} not reachable` : '',
    connecting > 0 ? `${connecting} ${are(connecting)} not read yet` : '',
    unsure > 0 ? `the state of ${unsure} is not fully known` : '',
  ].filter(Boolean);
  if (parts.length === 0) return { level: 'good', text: `No virtual NIC of ${rows.length} hosts is in fallback.` };
  const text = fallback > 0 ? parts.join(', ') : `Of ${rows.length} hosts ${parts.join(', ')}`;
  return { level: worst(rows.map((row) => row.level)), text: `${text}.` };
}

/** Differences within clusters that count as warnings; those of a rolling update are expected. */
function driftConcerns(clusters: readonly ClusterAnswers[]): readonly Concern[] {
  const count = clusters
    .filter(({ updatingSince }) => updatingSince === undefined)
    .flatMap(({ drift }) => drift)
    .filter(({ severity }) => severity === 'warning').length;
  if (count === 0) return [];
  return [{ level: 'warning', text: `${count} difference${count === 1 ? '' : 's'} within a cluster`, anchor: 'drift' }];
}

const table = (rows: readonly Row[], now: number): Html => html`<table class="vnics hosts">
    <thead>
      <tr>
        <th scope="col">Host</th>
        <th scope="col">State</th>
        <th scope="col">Age of data</th>
        <th scope="col">Virtual NICs</th>
        <th scope="col">VFs in use</th>
        <th scope="col">Worst finding</th>
      </tr>
    </thead>
    <tbody>${rows.map((row) => tableRow(row, now))}</tbody>
  </table>`;

function tableRow({ state, summary, cluster }: Row, now: number): Html {
  const { text, style } = STATE[state.status];
  const counts = ROW_STATUSES.flatMap((status) => {
    const number = summary?.paths.get(status);
    return number === undefined ? [] : [html`<span class="path ${status}">${number} ${STATUS_TEXT[status]}</span> `];
  });
  return html`<tr>
    <th scope="row"><a href="${link.host(state.name)}">${name(state.name)}</a><small>${cluster === '' ? undefined : html`cluster ${name(cluster)}`}</small></th>
    <td data-label="State"><span class="path ${style}">${text}</span>${state.code === undefined ? undefined : html` <code>${state.code}</code>`}</td>
    <td data-label="Age of data" class="since">${ago(state.lastSuccess, now)}</td>
    <td data-label="Virtual NICs">${counts}</td>
    <td data-label="VFs in use">${summary?.vfs === undefined ? undefined : `${summary.vfs.used} of ${summary.vfs.limit}`}</td>
    <td data-label="Worst finding">${summary?.worst === undefined ? undefined : html`<code class="${summary.worst.severity}">${summary.worst.id}</code>`}</td>
  </tr>`;
}

function pager(current: number, pages: number, filter: string): Html {
  const to = (page: number, text: string): Html =>
    page < 1 || page > pages
      ? html`<span class="quiet">${text}</span>`
      : html`<a href="${link.hosts({ filter, page })}">${text}</a>`;
  return html`<nav class="pager" aria-label="Pages">
    ${to(current - 1, 'Previous')} <span>Page ${current} of ${pages}</span> ${to(current + 1, 'Next')}
  </nav>`;
}

/** Cluster nodes that are not read, because nobody has confirmed their host key. */
function foundSection(nodes: readonly FoundHost[], now: number): Html | undefined {
  if (nodes.length === 0) return undefined;
  return html`<section id="found-hosts" aria-labelledby="found-hosts-title">
    <h2 id="found-hosts-title">Found, not trusted</h2>
    <p class="quiet">A cluster has these nodes. They are read once their host key is in the known_hosts file: the command prints the key to compare and the line to add.</p>
    <table class="events">
      <thead>
        <tr><th scope="col">Node</th><th scope="col">State</th><th scope="col">Seen</th><th scope="col">Command</th></tr>
      </thead>
      <tbody>${nodes.slice(0, PAGE_SIZE).map(
        (node) =>
          html`<tr>
            <th scope="row">${name(node.name)}<small>cluster ${name(node.cluster)}</small></th>
            <td data-label="State">${node.state}</td>
            <td data-label="Seen">${ago(node.lastSeen, now)}</td>
            <td data-label="Command"><code>${trustCommand(node.name)}</code></td>
          </tr>`,
      )}</tbody>
    </table>
  </section>`;
}

/** What the failure of one host would leave without a VF: the worst host of each cluster and vSwitch that is short. */
function failoverSection(clusters: readonly ClusterAnswers[]): Html | undefined {
  if (clusters.length === 0) return undefined;
  const rows = clusters.flatMap(({ cluster, failovers }) =>
    failovers.flatMap(({ host, shortfall, complete }) =>
      [...shortfall]
        .filter(([, short]) => short > 0)
        .map(([vswitch, short]) => ({ cluster, host, vswitch, short, complete })),
    ),
  );
  const most = rows.toSorted((a, b) => b.short - a.short).slice(0, PAGE_SIZE);
  return html`<section id="failover" aria-labelledby="failover-title">
    <h2 id="failover-title">If a host failed now</h2>
    ${
      most.length === 0
        ? html`<p class="quiet">The other hosts of its cluster would have a VF for each virtual NIC that asks for one.</p>`
        : html`<table class="events">
            <thead>
              <tr><th scope="col">Host</th><th scope="col">vSwitch</th><th scope="col">Without a VF</th></tr>
            </thead>
            <tbody>${most.map(
              ({ cluster, host, vswitch, short, complete }) =>
                html`<tr>
                  <th scope="row"><a href="${link.host(host)}">${name(host)}</a><small>cluster ${name(cluster)}</small></th>
                  <td data-label="vSwitch">${name(vswitch)}</td>
                  <td data-label="Without a VF">${complete ? '' : 'at most '}${short} virtual NICs</td>
                </tr>`,
            )}</tbody>
          </table>`
    }
  </section>`;
}

/** What hosts of a cluster should have in common and do not. */
function driftSection(clusters: readonly ClusterAnswers[], now: number): Html | undefined {
  const rows = clusters
    .flatMap(({ cluster, drift }) => drift.map((each) => ({ cluster, ...each })))
    .slice(0, PAGE_SIZE);
  if (rows.length === 0) return undefined;
  const updating = clusters.filter(({ updatingSince }) => updatingSince !== undefined);
  return html`<section id="drift" aria-labelledby="drift-title">
    <h2 id="drift-title">Differences within a cluster</h2>
    ${updating.map(({ cluster, updatingSince }) => html`<p class="quiet">The hosts of cluster ${name(cluster)} are being updated one by one (seen ${ago(updatingSince, now)}): differences are to be expected, and no alert fires for them.</p>`)}
    <table class="events">
      <thead>
        <tr><th scope="col">Host</th><th scope="col">What</th><th scope="col">Is</th><th scope="col">Others have</th></tr>
      </thead>
      <tbody>${rows.map(
        ({ cluster, host, object, subject, property, value, norm, severity }) =>
          html`<tr>
            <th scope="row"><a href="${link.host(host)}">${name(host)}</a><small>cluster ${name(cluster)}</small></th>
            <td data-label="What">${object === 'host' ? undefined : html`${object === 'nic' ? 'NIC' : 'vSwitch'} ${name(subject)}: `}${property}</td>
            <td data-label="Is"><code class="${severity}">${value}</code></td>
            <td data-label="Others have">${name(norm)}</td>
          </tr>`,
      )}</tbody>
    </table>
  </section>`;
}
