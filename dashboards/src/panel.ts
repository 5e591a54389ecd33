import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  TableSortByFieldStateBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  type DynamicConfigValue,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as StatusHistory } from '@grafana/grafana-foundation-sdk/statushistory';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { type Column, type PanelSpec, type Query, steps } from './spec.ts';

/** Always by the board's variable: other sites have no data source of the same name. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
/**
 * The least step of a query. Grafana makes `$__rate_interval` at least four of it: 5 min, since the counters are
 * cached for up to 15 s and polled on their own time.
 */
const MIN_STEP = '75s';

const kinds = {
  stat: () => new Stat(),
  table: () => new Table(),
  timeseries: () => new TimeSeries(),
  timeline: () => new StateTimeline().mergeValues(true).perPage(40),
  history: () => new StatusHistory().perPage(40),
  bars: () => new BarGauge().orientation(VizOrientation.Horizontal).displayMode(BarGaugeDisplayMode.Basic),
};

type AnyPanel = ReturnType<(typeof kinds)[keyof typeof kinds]>;

function query(spec: Query, index: number, kind: PanelSpec['kind']): Builder<Dataquery> {
  const builder = new DataqueryBuilder()
    .expr(spec.expr)
    .refId(String.fromCharCode(65 + index))
    .interval(MIN_STEP)
    .datasource(DATASOURCE);
  if (spec.legend !== undefined) builder.legendFormat(spec.legend);
  if (spec.now === true) builder.instant();
  else builder.range();
  return builder.format(kind === 'table' ? PromQueryFormat.Table : PromQueryFormat.TimeSeries);
}

/** Without steps of its own a panel gets Grafana's: red from 80 on. */
const thresholds = (spec: Pick<PanelSpec, 'thresholds'>): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...(spec.thresholds ?? steps([null, 'text']))]);

/** How the cells of a column look, as overrides of the panel. */
function columnProperties({ unit, decimals, thresholds: own, mappings }: Column): DynamicConfigValue[] {
  const coloured = own !== undefined || mappings !== undefined;
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(mappings === undefined ? [] : [{ id: 'mappings', value: mappings }]),
    ...(own === undefined ? [] : [{ id: 'thresholds', value: thresholds({ thresholds: own }).build() }]),
    ...(coloured ? [{ id: 'custom.cellOptions', value: { type: 'color-text' } }] : []),
  ];
}

/** One row for each set of labels, one column for each query. */
function layOut(table: Table, { columns = {}, sort = [] }: PanelSpec): void {
  const named = Object.entries(columns);
  const hidden = named.filter(([, column]) => column === false).map(([field]) => field);
  const titles = named.flatMap(([field, column]) =>
    column === false ? [] : [[field, typeof column === 'string' ? column : column.title] as const],
  );
  table.withTransformation({ id: 'merge', options: {} });
  table.withTransformation({
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(['Time', 'job', '__name__', ...hidden].map((field) => [field, true])),
      renameByName: Object.fromEntries(titles),
    },
  });
  for (const [, column] of named) {
    if (typeof column === 'object') table.overrideByName(column.title, columnProperties(column));
  }
  table.sortBy(
    sort.map(([column, order]) => new TableSortByFieldStateBuilder().displayName(column).desc(order === 'down')),
  );
}

export function panel(spec: PanelSpec): AnyPanel {
  const builder: AnyPanel = kinds[spec.kind]();
  builder.title(spec.title).description(spec.description).unit(spec.unit).datasource(DATASOURCE);
  builder.span(spec.width).height(spec.height).interval(MIN_STEP).thresholds(thresholds(spec));
  spec.queries.forEach((each, index) => builder.withTarget(query(each, index, spec.kind)));
  if (spec.min !== undefined) builder.min(spec.min);
  if (spec.max !== undefined) builder.max(spec.max);
  if (spec.decimals !== undefined) builder.decimals(spec.decimals);
  if (spec.noValue !== undefined) builder.noValue(spec.noValue);
  if (spec.timeFrom !== undefined) builder.timeFrom(spec.timeFrom);
  if (spec.mappings !== undefined) builder.mappings([...spec.mappings]);
  if (spec.links !== undefined)
    builder.dataLinks(spec.links.map(({ title, url }) => new DashboardLinkBuilder(title).url(url)));
  if (builder instanceof Table) layOut(builder, spec);
  if (builder instanceof TimeSeries && spec.thresholds !== undefined)
    builder.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  return builder;
}
