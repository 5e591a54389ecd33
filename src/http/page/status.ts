import type { AlertInstance } from '../../alerting/evaluate.ts';
import type { Collection } from '../../poll/collection.ts';
import type { View } from '../../metrics/define.ts';
import type { JournalEvent } from '../../report/events.ts';
import { troubles } from '../../report/troubles.ts';
import { verdict } from '../../report/verdict.ts';
import { vnicRows } from '../../report/vnic-rows.ts';
import { alertsSection, severityOfAlert } from './alerts.ts';
import { changes } from './changes.ts';
import { clusterNode } from './cluster.ts';
import { collectors, failing } from './collectors.ts';
import { hero } from './hero.ts';
import { html } from './html.ts';
import type { PageContent } from './layout.ts';
import type { HostLinks } from './links.ts';
import { pools } from './pools.ts';
import { hostTrends, type ShownTrends } from './trends.ts';
import { troubleList } from './troubles.ts';
import { type TableQuery, vnicTable } from './vnic-table.ts';

/** What the page shows beside the view, where this agent has it. */
export interface StatusExtras {
  readonly alerts?: readonly AlertInstance[] | undefined;
  readonly trends?: ShownTrends | undefined;
  /** The newest events of the host, oldest first */
  readonly events?: readonly JournalEvent[] | undefined;
}

/** The content of `/`: verdict, what is wrong, pools, changes, charts, the vNICs sorted by trouble, and how the collection goes. */
export function statusPage(
  view: View | undefined,
  collection: Collection,
  query: TableQuery,
  links: HostLinks,
  { alerts, trends, events }: StatusExtras = {},
): PageContent {
  if (view === undefined) {
    const text = 'The first poll of this host has not ended yet.';
    return {
      title: 'Starting',
      state: 'unknown',
      main: html`${hero({ level: 'unknown', text, concerns: [] }, [])} ${collectors(collection)}`,
    };
  }
  const rows = vnicRows(view);
  const found = troubles(view, rows);
  const whole = verdict(view, {
    rows,
    troubles: found,
    firing: (alerts ?? []).filter(({ state }) => state === 'firing').map(severityOfAlert),
    failing: failing(collection),
  });
  return {
    title: whole.short,
    state: whole.level,
    main: html`${hero(whole, rows, links)} ${clusterNode(view.tracked.host.cluster)}
      ${troubleList(found, view.diagnosis.vmqAdvice, links)}
      <section aria-labelledby="pools-title">
        <h2 id="pools-title">Pools</h2>
        ${pools(view, links, trends)}
      </section>
      ${events === undefined ? undefined : changes(events, view.collection.now, links)}
      ${trends === undefined ? undefined : hostTrends(view.tracked.host, trends, view.collection.now)}
      ${vnicTable(view.tracked, rows, view.collection.now, query, links, trends?.vfBytes)} ${alertsSection(alerts, collection.now)} ${collectors(collection)}`,
  };
}
