import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { boardLinks } from './links.ts';
import { DATASOURCE, panel } from './panel.ts';
import { ALERTING, HOSTS } from './promql.ts';
import { type BoardSpec, TOPS } from './spec.ts';

/**
 * A series that every host has, read by its own exporter or by a collector, as long as the scrape succeeds. A collector's own
 * metrics do not have it: its job is not one of hosts.
 */
const EXPORTERS = 'hyperv_exporter_simulated';

const EVERYTHING = { selected: true, text: 'All', value: '$__all' };

/**
 * A variable filled from label values. `several`: more than one may be chosen, and all are until some are. What Grafana
 * then fills in are the values that it found, unless `allValue` puts a pattern in their place.
 */
function variable(
  name: string,
  title: string,
  series: string,
  { several = true, allValue }: { several?: boolean; allValue?: '.+' | '.*' } = {},
): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(name)
    .label(title)
    .datasource(DATASOURCE)
    .query({ query: `label_values(${series}, ${name})`, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(several);
  if (several) builder.includeAll(true).current(EVERYTHING);
  if (allValue !== undefined) builder.allValue(allValue);
  return builder;
}

/** How many rows and series to show. Values outside the list may be typed in. */
const topVariable = (top: number): CustomVariableBuilder =>
  new CustomVariableBuilder('top')
    .label('Show the worst')
    .values(TOPS.join(','))
    .current({ selected: true, text: String(top), value: String(top) });

/** The ids behind the VM's name, for series that carry no name; all of them, and nothing to choose from. */
const vmIds = (): QueryVariableBuilder =>
  variable('vm_id', 'VM id', `hyperv_vm_info{vm="$vm",${HOSTS}}`).hide(VariableHide.HideVariable);

/**
 * Data source, cluster, job and hosts, each narrowing the next; a VM by its name.
 *
 * Only this exporter has the series that jobs are looked up by. With a pattern for all jobs, `up` and `process_*` would
 * be those of every target that Prometheus has. Hosts are looked up by `up`, so that one can be chosen that never answered.
 * A host without a cluster has no such label: the pattern for all clusters matches that, too.
 */
function variables({
  of,
  top,
}: BoardSpec): (DatasourceVariableBuilder | QueryVariableBuilder | CustomVariableBuilder)[] {
  const hosts = 'up{cluster=~"$cluster",job=~"$job"}';
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    variable('cluster', 'Cluster', EXPORTERS, { allValue: '.*' }),
    variable('job', 'Job', `${EXPORTERS}{cluster=~"$cluster"}`),
    variable('instance', 'Instance', hosts, of === 'host' ? { several: false } : { allValue: '.+' }),
    ...(top === undefined ? [] : [topVariable(top)]),
    ...(of === 'vm' ? [variable('vm', 'VM', `hyperv_vm_info{${HOSTS}}`, { several: false }), vmIds()] : []),
  ];
}

const annotation = (name: string, color: string): AnnotationQueryBuilder =>
  new AnnotationQueryBuilder().name(name).datasource(DATASOURCE).iconColor(color).step('1m');

function annotations(of: BoardSpec['of']): AnnotationQueryBuilder[] {
  const alerts = (severity: string, color: string) =>
    annotation(`Firing alerts, ${severity}`, color)
      .enable(true)
      .expr(`ALERTS{alertstate="firing",severity="${severity}",${ALERTING}}`)
      .titleFormat('{{alertname}}')
      .textFormat('{{instance}} {{vm}} {{vswitch}} {{nic}}');
  const changed = of === 'vm' ? `vm="$vm",${HOSTS}` : HOSTS;
  return [
    alerts('critical', 'red'),
    alerts('warning', 'orange'),
    // Over many hosts there is always one: shown there on demand.
    annotation('Path changes', 'blue')
      .enable(of !== 'hosts')
      .expr(`increase(hyperv_vnic_path_transitions_total{${changed}}[2m]) > 0`)
      .titleFormat('{{vm}} {{vnic}} to {{to}}')
      .textFormat('{{instance}}'),
  ];
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
    .tooltip(DashboardCursorSync.Crosshair);
  for (const each of variables(spec)) builder.withVariable(each);
  for (const each of annotations(spec.of)) builder.annotation(each);
  for (const each of boardLinks()) builder.link(each);
  for (const row of spec.rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const each of row.panels) builder.withPanel(panel(each));
  }
  return finished(builder.build());
}

/**
 * The SDK leaves panel ids out; stable ones let links and tests name a panel. And it puts every link and annotation
 * into a menu, where nobody finds them: they belong at the head of the board.
 */
function finished(built: Dashboard): Dashboard {
  const panels = (built.panels ?? []).map((each, index) => Object.assign(each, { id: index + 1 }));
  const whole = JSON.stringify({ ...built, id: null, panels }, (key, value: unknown) =>
    key === 'placement' && value === 'inControlsMenu' ? undefined : value,
  );
  return JSON.parse(whole) as Dashboard;
}
