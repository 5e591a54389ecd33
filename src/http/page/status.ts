import type { AlertInstance } from '../../alerting/evaluate.ts';
import type { Collection } from '../../poll/collection.ts';
import type { View } from '../../metrics/define.ts';
import type { JournalEvent } from '../../report/events.ts';
import { troublesOf } from '../../report/troubles.ts';
import { verdict } from '../../report/verdict.ts';
import { type ListedVnics, listedVnics } from '../../report/vnic-list.ts';
import { type VnicRow, vnicRows } from '../../report/vnic-rows.ts';
import type { Steps } from '../../turn.ts';
import { alertsSection, severityOfAlert } from './alerts.ts';
import { changes } from './changes.ts';
import { clusterNode } from './cluster.ts';
import { collectors, failing } from './collectors.ts';
import { hero } from './hero.ts';
import { ago } from './format.ts';
import { html, type Html, name } from './html.ts';
import type { PageContent } from './layout.ts';
import type { HostLinks } from './links.ts';
import { pools } from './pools.ts';
import { hostTrends, type ShownTrends } from './trends.ts';
import { troubleList } from './troubles.ts';
import { type TableQuery, vnicTable } from './vnic-table.ts';

/** What the page shows besides the view, if this agent has it. */
export interface StatusExtras {
  readonly alerts?: readonly AlertInstance[] | undefined;
  readonly trends?: ShownTrends | undefined;
  /** The newest events of the host, oldest first */
  readonly events?: readonly JournalEvent[] | undefined;
}

type StatusPage = (
  view: View | undefined,
  collection: Collection,
  query: TableQuery,
  links: HostLinks,
  extras?: StatusExtras,
) => Steps<PageContent>;

/** What does not depend on the query */
interface OfView {
  readonly sections: Html;
  readonly vnics: ListedVnics;
}

/**
 * The content of `/`, in steps: verdict, what is wrong, pools, recent changes, charts, the vNICs with problems first, alerts,
 * and the state of the collection. What does not depend on the query is made once for each view. The view is undefined before
 * the first poll has finished.
 */
export function createStatusPage(): StatusPage {
  const made = new WeakMap<View, OfView>();
  return function* statusPage(view, collection, query, links, extras = {}) {
    if (view === undefined) {
      const text = 'The first poll of this host has not finished yet.';
      return {
        title: 'Starting',
        state: 'unknown',
        main: html`${hero({ level: 'unknown', text, concerns: [] }, [])} ${unread(collection)} ${collectors(collection)}`,
      };
    }
    const rows = yield* vnicRows.inSteps(view);
    const found = yield* troublesOf.inSteps(view);
    yield;
    const whole = verdict(view, {
      rows,
      troubles: found,
      firing: (extras.alerts ?? []).filter(({ state }) => state === 'firing').map(severityOfAlert),
      failing: failing(collection),
    });
    yield;
    const { sections, vnics } = made.get(view) ?? (yield* ofView(view, rows, links, extras));
    made.set(view, { sections, vnics });
    yield;
    const { now } = view.collection;
    const known = view.tracked.host.takenAt !== undefined;
    const table = yield* vnicTable(vnics, known, now, query, links);
    yield;
    const alerts = alertsSection(extras.alerts, collection.now, links);
    yield;
    return {
      title: whole.short,
      state: whole.level,
      main: html`${hero(whole, rows, links)} ${unread(collection)} ${clusterNode(view.tracked.host.cluster)} ${sections}
        ${table} ${alerts} ${collectors(collection)}`,
    };
  };
}

/** Why the last inventory could not be read, which explains all that is missing or old below it. */
function unread({ parts: { inventory }, now }: Collection): Html | undefined {
  const { enabled, tried, success, error, lastSuccess } = inventory;
  if (!enabled || !tried || success) return undefined;
  const last =
    lastSuccess === undefined
      ? 'No reading has succeeded yet.'
      : html`The last successful reading was ${ago(lastSuccess, now)} ago.`;
  return html`<p class="unread"><b>This host cannot be read.</b> ${name(error)} ${last}</p>`;
}

function* ofView(
  view: View,
  rows: readonly VnicRow[],
  links: HostLinks,
  { trends, events }: StatusExtras,
): Steps<OfView> {
  const { now } = view.collection;
  const wrong = troubleList(troublesOf(view), view.diagnosis.vmqAdvice, links);
  yield;
  const bars = pools(view, links, trends);
  yield;
  const changed = events && changes(events, now, links);
  yield;
  const charts = trends && (yield* hostTrends(view, trends));
  yield;
  const sections = html`${wrong}
    <section aria-labelledby="pools-title">
      <h2 id="pools-title">Pools</h2>
      ${bars}
    </section>
    ${changed} ${charts}`;
  return { sections, vnics: yield* listedVnics(view.tracked, rows, trends?.vfBytes) };
}
