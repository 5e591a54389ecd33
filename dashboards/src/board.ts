import {
  AnnotationQueryBuilder,
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
import type { BoardSpec } from './spec.ts';

const EVERYTHING = { selected: true, text: 'All', value: '$__all' };

/** A variable filled from label values. `all`: several may be chosen, and all are, by this pattern, until some are. */
function variable(name: string, title: string, series: string, all?: '.+' | '.*'): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(name)
    .label(title)
    .datasource(DATASOURCE)
    .query({ query: `label_values(${series}, ${name})`, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(all !== undefined);
  if (all !== undefined) builder.includeAll(true).allValue(all).current(EVERYTHING);
  return builder;
}

/** The ids behind the VM's name, for series that carry no name; all of them, and nothing to choose from. */
const vmIds = (): QueryVariableBuilder =>
  variable('vm_id', 'VM id', `hyperv_vm_info{vm="$vm",${HOSTS}}`)
    .hide(VariableHide.HideVariable)
    .multi(true)
    .includeAll(true)
    .current(EVERYTHING);

/** Data source, cluster (which may be missing), job and hosts, each narrowing the next; a VM by its name. */
function variables(of: BoardSpec['of']): (DatasourceVariableBuilder | QueryVariableBuilder)[] {
  const job = variable('job', 'Job', 'hyperv_host_info{cluster=~"$cluster"}', '.+');
  const hosts = 'hyperv_host_info{cluster=~"$cluster",job=~"$job"}';
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    variable('cluster', 'Cluster', 'hyperv_host_info', '.*'),
    job,
    of === 'host' ? variable('instance', 'Instance', hosts) : variable('instance', 'Instance', hosts, '.+'),
    ...(of === 'vm' ? [variable('vm', 'VM', `hyperv_vm_info{${HOSTS}}`), vmIds()] : []),
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
  for (const each of variables(spec.of)) builder.withVariable(each);
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
