import { verdict, vnicRows } from '../../report/vnic-rows.ts';
import { troubles } from '../../report/troubles.ts';
import type { Collection } from '../../poll/collection.ts';
import type { View } from '../../metrics/define.ts';
import type { JournalEvent } from '../../report/events.ts';
import { changes } from './changes.ts';
import { collectors } from './collectors.ts';
import { hero } from './hero.ts';
import { html, type Html } from './html.ts';
import type { PageContent } from './layout.ts';
import { pools } from './pools.ts';
import { hostTrends, type ShownTrends } from './trends.ts';
import { troubleList } from './troubles.ts';
import { type TableQuery, vnicTable } from './vnic-table.ts';

/** What the page shows beside the view, where this agent has it. */
export interface StatusExtras {
  readonly alerts?: Html | undefined;
  readonly trends?: ShownTrends | undefined;
  /** The newest events of the host, oldest first */
  readonly events?: readonly JournalEvent[] | undefined;
}

/** The content of `/`: verdict, what is wrong, pools, changes, charts, the vNICs sorted by trouble, and how the collection goes. */
export function statusPage(
  view: View | undefined,
  collection: Collection,
  query: TableQuery,
  { alerts, trends, events }: StatusExtras = {},
): PageContent {
  if (view === undefined)
    return {
      title: 'Starting',
      state: 'unsure',
      main: html`${hero('unsure', 'The first poll of this host has not ended yet.', [])} ${collectors(collection)}`,
    };
  const rows = vnicRows(view);
  const { level, text } = verdict(view, rows);
  return {
    title: 'Status',
    state: level,
    main: html`${hero(level, text, rows)}
      ${troubleList(troubles(view, rows), view.diagnosis.vmqAdvice)}
      <section aria-labelledby="pools-title">
        <h2 id="pools-title">Pools</h2>
        ${pools(view, trends)}
      </section>
      ${events === undefined ? undefined : changes(events, view.collection.now)}
      ${trends === undefined ? undefined : hostTrends(view.tracked.host, trends, view.collection.now)}
      ${vnicTable(view.tracked, rows, view.collection.now, query, trends?.vfBytes)} ${alerts} ${collectors(collection)}`,
  };
}
