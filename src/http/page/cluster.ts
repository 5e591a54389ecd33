import type { ClusterAnswers } from '../../cluster/answers.ts';
import type { Drift } from '../../cluster/drift.ts';
import type { ClusterNode } from '../../host/model.ts';
import { once } from '../../once.ts';
import type { Concern } from '../../report/verdict.ts';
import type { Steps } from '../../turn.ts';
import type { FoundHost } from '../deps.ts';
import { whatToDo } from './fix.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import type { SiteLinks } from './links.ts';

const MAX_ROWS = 100;
const MAX_NAMES = 10;

/** The state of this node in its failover cluster; undefined if no cluster service runs. */
export function clusterNode(node: ClusterNode | undefined): Html | undefined {
  if (node?.state === undefined) return undefined;
  const paused = node.state === 'paused' ? ': the cluster places no VMs here until the node is resumed' : '';
  return html`<p class="cluster ${node.state === 'up' && node.draining !== true ? 'quiet' : 'card info'}">Cluster node ${name(node.name)} is <b>${node.state}</b>${paused}${node.draining === true ? ', and its VMs are being moved away' : ''}.</p>`;
}

/** Differences within clusters that count as warnings; those of a rolling update are expected. */
export function driftConcerns(clusters: readonly ClusterAnswers[]): readonly Concern[] {
  const count = clusters
    .filter(({ updatingSince }) => updatingSince === undefined)
    .flatMap(({ drift }) => drift)
    .filter(({ severity }) => severity === 'warning').length;
  if (count === 0) return [];
  return [{ level: 'warning', text: `${count} difference${count === 1 ? '' : 's'} within a cluster`, anchor: 'drift' }];
}

/** Cluster nodes that are not read, because nobody has confirmed their host key. */
export function foundSection(nodes: readonly FoundHost[], now: number): Html | undefined {
  if (nodes.length === 0) return undefined;
  return html`<section id="found-hosts" aria-labelledby="found-hosts-title">
    <h2 id="found-hosts-title">Found, not trusted</h2>
    <p class="quiet">A cluster has these nodes. They are read once their host key is in the known_hosts file: the command prints the key to compare and the line to add.</p>
    <table class="events">
      <thead>
        <tr><th scope="col">Node</th><th scope="col">State</th><th scope="col">Seen</th><th scope="col">Command</th></tr>
      </thead>
      <tbody>${nodes.slice(0, MAX_ROWS).map(
        (node) =>
          html`<tr>
            <th scope="row">${name(node.name)}<small>cluster ${name(node.cluster)}</small></th>
            <td data-label="State">${node.state}</td>
            <td data-label="Seen">${ago(node.lastSeen, now)}</td>
            <td data-label="Command"><code>${node.command}</code></td>
          </tr>`,
      )}</tbody>
    </table>
  </section>`;
}

/** Sections about clusters. */
export interface ClusterSections {
  /** What the failure of one host would leave without a VF: the worst host of each cluster and vSwitch that is short. */
  failover(clusters: readonly ClusterAnswers[]): Steps<Html | undefined>;
  /** What hosts of a cluster should have in common and do not. */
  drift(clusters: readonly ClusterAnswers[], now: number): Steps<Html | undefined>;
}

interface Shortfall {
  readonly cluster: string;
  readonly host: string;
  readonly vswitch: string;
  readonly short: number;
  readonly complete: boolean;
}

/** Each row is a step, and is made once for the answers of its cluster. */
export function createClusterSections(links: SiteLinks): ClusterSections {
  const shortfalls = once(({ cluster, failovers }: ClusterAnswers): readonly Shortfall[] =>
    failovers.flatMap(({ host, shortfall, complete }) =>
      [...shortfall]
        .filter(([, short]) => short > 0)
        .map(([vswitch, short]) => ({ cluster, host, vswitch, short, complete })),
    ),
  );
  const shortfallRow = once(
    ({ cluster, host, vswitch, short, complete }: Shortfall) =>
      html`<tr>
        <th scope="row"><a href="${links.host(host)}">${name(host)}</a><small>cluster ${name(cluster)}</small></th>
        <td data-label="vSwitch">${name(vswitch)}</td>
        <td data-label="Without a VF">${complete ? '' : 'at most '}${short} virtual NICs</td>
      </tr>`,
  );
  const drifts = once(({ cluster, drift }: ClusterAnswers) =>
    drift.slice(0, MAX_ROWS).map((each) => ({ cluster, ...each })),
  );
  /** The parts of a row before and after its number on the page, which the answers of other clusters change. */
  const driftRow = once(
    ({
      cluster,
      host,
      object,
      subject,
      property,
      value,
      norm,
      severity,
      fix,
    }: Drift & { readonly cluster: string }) => ({
      before: html`<tr>
          <th scope="row"><a href="${links.host(host)}">${name(host)}</a><small>cluster ${name(cluster)}</small></th>
          <td data-label="What">${object === 'host' ? undefined : html`${object === 'nic' ? 'NIC' : 'vSwitch'} ${name(subject)}: `}${property}
            <details id="drift-`,
      after: html`"><summary>How to change ${name(host)}</summary>${whatToDo(fix, fix)}</details></td>
          <td data-label="Is"><code class="${severity}">${value}</code></td>
          <td data-label="Others have">${name(norm)}</td>
        </tr>`,
    }),
  );
  return {
    *failover(clusters) {
      if (clusters.length === 0) return undefined;
      const most = clusters
        .flatMap(shortfalls)
        .sort((a, b) => b.short - a.short)
        .slice(0, MAX_ROWS);
      yield;
      const rows: Html[] = [];
      for (const one of most) {
        rows.push(shortfallRow(one));
        yield;
      }
      const unknown = clusters.flatMap(({ nodes }) =>
        nodes.filter(({ state }) => state === 'unknown').map((node) => node.name),
      );
      return html`<section id="failover" aria-labelledby="failover-title">
        <h2 id="failover-title">If a host failed now</h2>
        ${unknown.length === 0 ? undefined : html`<p class="quiet">Not known for ${unknown.slice(0, MAX_NAMES).map((host, index) => html`${index === 0 ? '' : ', '}${name(host)}`)}${unknown.length > MAX_NAMES ? ` and ${unknown.length - MAX_NAMES} more` : ''}, which could not be read. ${unknown.length === 1 ? 'Its' : 'Their'} VFs count as taken.</p>`}
        ${
          rows.length === 0
            ? html`<p class="quiet">The other hosts of its cluster would have a VF for each virtual NIC that asks for one${unknown.length === 0 ? '' : ', for each host that was read'}.</p>`
            : html`<table class="events">
                <thead>
                  <tr><th scope="col">Host</th><th scope="col">vSwitch</th><th scope="col">Without a VF</th></tr>
                </thead>
                <tbody>${rows}</tbody>
              </table>`
        }
      </section>`;
    },
    *drift(clusters, now) {
      const rows: Html[] = [];
      for (const each of clusters.flatMap(drifts).slice(0, MAX_ROWS)) {
        const { before, after } = driftRow(each);
        rows.push(html`${before}${rows.length}${after}`);
        yield;
      }
      if (rows.length === 0) return undefined;
      const updating = clusters.filter(({ updatingSince }) => updatingSince !== undefined);
      return html`<section id="drift" aria-labelledby="drift-title">
        <h2 id="drift-title">Differences within a cluster</h2>
        ${updating.map(({ cluster, updatingSince }) => html`<p class="quiet">The hosts of cluster ${name(cluster)} are being updated one by one (seen ${ago(updatingSince, now)}): differences are to be expected, and no alert fires for them.</p>`)}
        <table class="events">
          <thead>
            <tr><th scope="col">Host</th><th scope="col">What</th><th scope="col">Is</th><th scope="col">Others have</th></tr>
          </thead>
          <tbody>${rows}</tbody>
        </table>
      </section>`;
    },
  };
}
