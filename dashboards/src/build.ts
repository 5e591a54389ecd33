import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  MappingType,
  QueryVariableBuilder,
  RowBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Heatmap } from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';

/** Stable ids: links between the boards and from runbooks rest on them. */
export const UID = {
  fleet: 'sriov-fleet',
  capacity: 'sriov-capacity',
  host: 'sriov-host',
  vm: 'sriov-vm',
  exporter: 'sriov-exporter',
} as const;

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Label matchers that every selector carries. */
export const HOSTS = 'cluster=~"$cluster",job=~"$job",instance=~"$instance"';
/** The same on recording rules, which have no job */
export const RECORDED = 'cluster=~"$cluster",instance=~"$instance"';
export const CLUSTERS = 'cluster=~"$cluster"';
/** The joins of the boards */
export const ON_HOST = 'on (cluster, instance)';
export const ON_VNIC = 'on (cluster, instance, vnic_id)';

export interface Query {
  readonly expr: string;
  readonly legend?: string;
  /** One value now, for stats, bar gauges and tables; a range otherwise */
  readonly now?: boolean;
}

export interface PanelSpec {
  readonly kind: 'stat' | 'table' | 'timeseries' | 'timeline' | 'bars' | 'heatmap';
  readonly title: string;
  /** What is shown, where it comes from, what good looks like */
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly width: number;
  readonly height: number;
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  readonly thresholds?: readonly Threshold[];
  readonly mappings?: readonly ValueMapping[];
  readonly noValue?: string;
  /** Columns of a table: what is renamed, and what is left out */
  readonly columns?: Readonly<Record<string, string>>;
  /** Column names whose cells are shares or counts with colours */
  readonly links?: readonly { readonly title: string; readonly url: string }[];
}

export const steps = (...pairs: readonly (readonly [number | null, string])[]): Threshold[] =>
  pairs.map(([value, color]) => ({ value, color }));

export const values = (options: Readonly<Record<string, readonly [string, string]>>): ValueMapping[] => [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(options).map(([value, [text, color]], index) => [value, { text, color, index }]),
    ),
  },
];

/** The path of a vNIC as a number, for timelines: the metrics are three booleans. */
export const PATH_VALUES = values({
  '3': ['on its VF', 'green'],
  '2': ['VF assigned, not used', 'orange'],
  '1': ['synthetic path', 'red'],
  '0': ['no VF asked for', 'text'],
});

const kinds = {
  stat: () => new Stat(),
  table: () => new Table(),
  timeseries: () => new TimeSeries(),
  timeline: () => new StateTimeline(),
  bars: () => new BarGauge(),
  heatmap: () => new Heatmap(),
};

type AnyPanel = ReturnType<(typeof kinds)[keyof typeof kinds]>;

function query(spec: Query, index: number, kind: PanelSpec['kind']): Builder<Dataquery> {
  const builder = new DataqueryBuilder()
    .expr(spec.expr)
    .refId(String.fromCharCode(65 + index))
    .datasource(DATASOURCE);
  if (spec.legend !== undefined) builder.legendFormat(spec.legend);
  if (spec.now === true) builder.instant();
  else builder.range();
  if (kind === 'table') builder.format(PromQueryFormat.Table);
  if (kind === 'heatmap') builder.format(PromQueryFormat.TimeSeries);
  return builder;
}

function panel(spec: PanelSpec): AnyPanel {
  const builder: AnyPanel = kinds[spec.kind]();
  builder.title(spec.title).description(spec.description).unit(spec.unit).datasource(DATASOURCE);
  builder.span(spec.width).height(spec.height);
  // The counters are cached for up to 15 s: a shorter interval would show steps that are not there.
  builder.interval('1m');
  spec.queries.forEach((each, index) => builder.withTarget(query(each, index, spec.kind)));
  if (spec.min !== undefined) builder.min(spec.min);
  if (spec.max !== undefined) builder.max(spec.max);
  if (spec.decimals !== undefined) builder.decimals(spec.decimals);
  if (spec.noValue !== undefined) builder.noValue(spec.noValue);
  if (spec.mappings !== undefined) builder.mappings([...spec.mappings]);
  if (spec.thresholds !== undefined)
    builder.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...spec.thresholds]));
  if (spec.links !== undefined)
    builder.dataLinks(spec.links.map(({ title, url }) => new DashboardLinkBuilder(title).url(url)));
  if (spec.kind === 'table') {
    builder.withTransformation({ id: 'merge', options: {} });
    builder.withTransformation({
      id: 'organize',
      options: { excludeByName: { Time: true, job: true, __name__: true }, renameByName: spec.columns ?? {} },
    });
  }
  if (builder instanceof StateTimeline) builder.mergeValues(true).perPage(40);
  return builder;
}

/** A variable filled from label values; each narrows the next. */
function variable(label: string, expr: string, text: string, many: boolean): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(label)
    .label(text)
    .datasource(DATASOURCE)
    .query({ query: `label_values(${expr}, ${label})`, refId: label })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(many);
  return many ? builder.includeAll(true).allValue('.+') : builder;
}

const clusterAll = (builder: QueryVariableBuilder): QueryVariableBuilder => builder.allValue('.*');

export interface BoardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** One host at a time: a drill-down board */
  readonly singleHost?: boolean;
  readonly vm?: boolean;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSpec[] }[];
}

/** A board in Grafana's classic JSON (schema 42), which Grafana 10 and later read. */
export function board(spec: BoardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags(['sriov', 'hyper-v'])
    .readonly()
    .timezone('browser')
    .refresh('1m')
    .time({ from: 'now-6h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(clusterAll(variable('cluster', 'hyperv_host_info', 'Cluster', true)))
    .withVariable(variable('job', 'hyperv_host_info{cluster=~"$cluster"}', 'Job', true))
    .withVariable(
      variable('instance', 'hyperv_host_info{cluster=~"$cluster",job=~"$job"}', 'Instance', spec.singleHost !== true),
    );
  if (spec.vm === true) builder.withVariable(variable('vm', `hyperv_vm_info{${HOSTS}}`, 'VM', false));
  builder
    .link(
      new DashboardLinkBuilder('SR-IOV boards')
        .type(DashboardLinkType.Dashboards)
        .tags(['sriov'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Firing alerts')
        .datasource(DATASOURCE)
        .enable(true)
        .iconColor('red')
        .expr(`ALERTS{alertname=~"Sriov.+",alertstate="firing",severity=~"critical|warning",${CLUSTERS}}`)
        .titleFormat('{{alertname}}')
        .textFormat('{{instance}} {{vm}} {{vswitch}}')
        .step('1m'),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Path changes')
        .datasource(DATASOURCE)
        .enable(false)
        .iconColor('blue')
        .expr(`increase(hyperv_vnic_path_transitions_total{${HOSTS}}[2m]) > 0`)
        .titleFormat('{{vm}} to {{to}}')
        .textFormat('{{instance}} {{vnic}}')
        .step('1m'),
    );
  for (const row of spec.rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const each of row.panels) builder.withPanel(panel(each));
  }
  return numbered(builder.build());
}

/** The SDK leaves panel ids out; stable ones let links and tests name a panel. */
function numbered(built: Dashboard): Dashboard {
  const panels = (built.panels ?? []).map((each, index) => Object.assign(each, { id: index + 1 }));
  return Object.assign(built, { id: null, panels });
}

/** To the board of one host, from a table row or a series that has `instance`. */
export const hostLink = (from: 'row' | 'series'): { title: string; url: string } => ({
  title: 'Open the host',
  url: `/d/${UID.host}?\${datasource:queryparam}&\${cluster:queryparam}&\${job:queryparam}&var-instance=\${__${from === 'row' ? 'data.fields' : 'field.labels'}.instance}&\${__url_time_range}`,
});

export const vmLink = (from: 'row' | 'series'): { title: string; url: string } => ({
  title: 'Open the VM',
  url: `/d/${UID.vm}?\${datasource:queryparam}&\${cluster:queryparam}&\${job:queryparam}&var-instance=\${__${from === 'row' ? 'data.fields' : 'field.labels'}.instance}&var-vm=\${__${from === 'row' ? 'data.fields' : 'field.labels'}.vm}&\${__url_time_range}`,
});
