import { board } from './board.ts';
import { hostLink, UID } from './links.ts';
import { each, first, HOST, HOSTS, join, rate, top, topBy, topOver } from './promql.ts';
import { AGE, NONE, type PanelSpec, UP_DOWN, values, YES_NO } from './spec.ts';

const COLLECTOR = ['collector'];
const SOURCE = ['collector', 'source'];
const FAILING = `hyperv_exporter_source_success{${HOSTS}} == 0 unless hyperv_exporter_source_available{${HOSTS}} == 0`;
const SUCCESS = `hyperv_exporter_collector_success{${HOSTS}}`;
const UP = each('max', HOST, `up{${HOSTS}}`);
const SIMULATED = each('max', HOST, `hyperv_exporter_simulated{${HOSTS}}`);
const LOADED = each('min', HOST, `hyperv_exporter_config_last_reload_successful{${HOSTS}}`);
const READABLE = each('min', HOST, SUCCESS);
const AGE_OF_INVENTORY = `time() - ${each('max', HOST, `hyperv_exporter_collector_last_success_timestamp_seconds{collector="inventory",${HOSTS}}`)}`;
/** Not scraped, then a collector that fails, then a configuration that did not load, then a simulated host */
const TROUBLE = first(
  HOST,
  `8 * (${UP} == bool 0) > 0`,
  `4 * (${READABLE} == bool 0) > 0`,
  `2 * (${LOADED} == bool 0) > 0`,
  `${SIMULATED} > 0`,
  `0 * ${UP}`,
);
const ofWorst = (expr: string) => ({ expr: topBy(TROUBLE, HOST, expr), now: true });

const perMinute = (labels: readonly string[], counter: string, match = HOSTS): string =>
  `60 * ${each('sum', labels, rate(counter, match))} > 0`;
/** How much a counter grew within the time range, where it grew at all. For a graph, rates of thousands of series would cost seconds. */
const grown = (labels: readonly string[], counter: string, match = HOSTS): string =>
  `${each('sum', labels, `increase(${counter}{${match}}[$__range])`)} > 0`;
const duration = (aggregation: string): string =>
  `${aggregation} (hyperv_exporter_collector_duration_seconds{${HOSTS}})`;
const NO_EXPORTER = 'no exporter reports';
const NO_POWERSHELL = 'no PowerShell process';

const collection: PanelSpec[] = [
  {
    kind: 'table',
    title: 'Exporters',
    description:
      'One row for each exporter, those with trouble first: whether Prometheus can scrape it (up), whether all of its collectors succeed (hyperv_exporter_collector_success), whether its configuration loaded (hyperv_exporter_config_last_reload_successful), whether its host is real (hyperv_exporter_simulated), and the age of the inventory. Good: green throughout. Click a row to open the host.',
    unit: 'none',
    width: 16,
    height: 8,
    queries: [ofWorst(UP), ofWorst(READABLE), ofWorst(LOADED), ofWorst(SIMULATED), ofWorst(AGE_OF_INVENTORY)],
    columns: {
      'Value #A': { title: 'scraped', mappings: UP_DOWN },
      'Value #B': { title: 'collectors', mappings: values({ '1': ['ok', 'green'], '0': ['failing', 'red'] }) },
      'Value #C': { title: 'configuration loaded', mappings: YES_NO },
      'Value #D': { title: 'host', mappings: values({ '0': ['real', 'green'], '1': ['simulated', 'orange'] }) },
      'Value #E': { title: 'data age', unit: 's', thresholds: AGE },
    },
    sort: [
      ['scraped', 'up'],
      ['collectors', 'up'],
      ['configuration loaded', 'up'],
    ],
    links: [hostLink('row')],
    noValue: 'no target',
  },
  {
    kind: 'table',
    title: 'Versions',
    description: 'How many exporters run each version (hyperv_exporter_build_info). Good: one version.',
    unit: 'none',
    width: 8,
    height: 8,
    queries: [{ expr: `count by (version, node_version) (hyperv_exporter_build_info{${HOSTS}})`, now: true }],
    columns: { Value: 'exporters' },
    sort: [['exporters', 'down']],
    noValue: NO_EXPORTER,
  },
  {
    kind: 'timeline',
    title: 'Collectors that failed',
    description:
      'Collectors whose last poll brought no valid document at some time within the time range (hyperv_exporter_collector_success). Good: none.',
    unit: 'none',
    width: 12,
    height: 8,
    mappings: values({ '1': ['ok', 'green'], '0': ['failing', 'red'] }),
    queries: [
      {
        expr: join(SUCCESS, 'and', COLLECTOR, `topk($top, min_over_time(${SUCCESS}[$__range] @ end()) == 0)`),
        legend: '{{instance}} {{collector}}',
      },
    ],
    links: [hostLink('series')],
    noValue: 'Every poll brought a valid document.',
  },
  {
    kind: 'timeseries',
    title: 'Age of the data',
    description:
      'For each collector, the time since the host with the oldest data was read (hyperv_exporter_collector_last_success_timestamp_seconds). Good: a saw-tooth as high as the polling interval. The collector config has an interval of ten minutes; the others stay below the line.',
    unit: 's',
    width: 12,
    height: 8,
    min: 0,
    thresholds: AGE,
    queries: [
      {
        expr: `max by (collector) (time() - hyperv_exporter_collector_last_success_timestamp_seconds{${HOSTS}})`,
        legend: '{{collector}}',
      },
    ],
    noValue: NO_EXPORTER,
  },
  {
    kind: 'timeseries',
    title: 'Duration of polls',
    description:
      'How long the last poll of each collector took, on the slowest host and on the median one (hyperv_exporter_collector_duration_seconds). Good: well below the polling interval. The Hyper-V cmdlets need seconds on a host with many virtual machines.',
    unit: 's',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: duration('max by (collector)'), legend: '{{collector}} slowest' },
      {
        expr: `quantile by (collector) (0.5, hyperv_exporter_collector_duration_seconds{${HOSTS}})`,
        legend: '{{collector}} median',
      },
    ],
    noValue: NO_EXPORTER,
  },
  {
    kind: 'table',
    title: 'Failed polls',
    description:
      'Polls that failed, timed out or were skipped within the time range, by host and collector (hyperv_exporter_polls_total). Good: empty. Click a row to open the host.',
    unit: 'none',
    width: 12,
    height: 8,
    decimals: 0,
    queries: [
      {
        expr: top(grown(['collector', 'result'], 'hyperv_exporter_polls_total', `result!="ok",${HOSTS}`)),
        now: true,
      },
    ],
    columns: { Value: 'polls' },
    sort: [['polls', 'down']],
    links: [hostLink('row')],
    noValue: 'No poll failed.',
  },
  {
    kind: 'table',
    title: 'Failing sources',
    description:
      'Cmdlets, classes and counter sets that this Windows has but that could not be read (hyperv_exporter_source_success), with the errors of the last hour (hyperv_exporter_source_errors_total). Whatever they provide is unknown, not healthy. Good: empty. Click a row to open the host.',
    unit: 'none',
    width: 12,
    height: 8,
    queries: [
      {
        expr: top(each('sum', SOURCE, `increase(hyperv_exporter_source_errors_total{${HOSTS}}[1h]) and (${FAILING})`)),
        now: true,
      },
    ],
    columns: { Value: { title: 'errors in one hour', decimals: 0 } },
    sort: [['errors in one hour', 'down']],
    links: [hostLink('row')],
    noValue: 'Every source is readable.',
  },
  {
    kind: 'table',
    title: 'Unusable rows',
    description:
      'Rows within the time range that could not be parsed (hyperv_exporter_rows_skipped_total), and rows that matched no object of the inventory (hyperv_exporter_rows_unmatched_total), by host and source. Good: empty; a few unmatched rows while virtual machines start and stop. Click a row to open the host.',
    unit: 'none',
    width: 12,
    height: 8,
    decimals: 0,
    queries: ['skipped', 'unmatched'].map((what) => ({
      expr: top(grown(['collector', 'source'], `hyperv_exporter_rows_${what}_total`)),
      now: true,
    })),
    columns: { 'Value #A': 'not parsed', 'Value #B': 'unmatched' },
    sort: [
      ['not parsed', 'down'],
      ['unmatched', 'down'],
    ],
    links: [hostLink('row')],
    noValue: 'Every row was used.',
  },
];

const costs: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Memory',
    description:
      'Resident memory of the exporter (process_resident_memory_bytes), of its PowerShell processes (hyperv_exporter_child_resident_bytes), and of the Windows processes that it puts load on, vmms and WmiPrvSE (hyperv_host_process_resident_bytes): the largest ones within the time range. Good: flat.',
    unit: 'bytes',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: topOver(HOST, `process_resident_memory_bytes{${HOSTS}}`), legend: '{{instance}} exporter' },
      {
        expr: topOver(COLLECTOR, `hyperv_exporter_child_resident_bytes{${HOSTS}}`),
        legend: '{{instance}} PowerShell {{collector}}',
      },
      {
        expr: topOver(['process'], `hyperv_host_process_resident_bytes{${HOSTS}}`),
        legend: '{{instance}} {{process}}',
      },
    ],
    noValue: NO_EXPORTER,
  },
  {
    kind: 'timeseries',
    title: 'CPU',
    description:
      'Processors used by the exporter (process_cpu_seconds_total) and by its PowerShell processes (hyperv_exporter_child_cpu_seconds_total): the largest users within the time range. Good: a few hundredths.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: topOver(HOST, rate('process_cpu_seconds_total', HOSTS)), legend: '{{instance}} exporter' },
      {
        expr: topOver(COLLECTOR, rate('hyperv_exporter_child_cpu_seconds_total', HOSTS)),
        legend: '{{instance}} PowerShell {{collector}}',
      },
    ],
    noValue: NO_EXPORTER,
  },
  {
    kind: 'timeseries',
    title: 'PowerShell restarts',
    description:
      'Restarts of the PowerShell processes within the last hour, planned ones included (hyperv_exporter_powershell_restarts_total). Good: few, and always the same number.',
    unit: 'none',
    width: 12,
    height: 7,
    min: 0,
    queries: [
      {
        expr: topOver(COLLECTOR, `increase(hyperv_exporter_powershell_restarts_total{${HOSTS}}[1h]) > 0`),
        legend: '{{instance}} {{collector}}',
      },
    ],
    noValue: 'No PowerShell process restarted.',
  },
  {
    kind: 'timeseries',
    title: 'Size of the documents',
    description:
      'Bytes of the last document that PowerShell sent, on the hosts with the largest ones (hyperv_exporter_powershell_frame_bytes). It grows with the number of virtual machines. Good: far below the limit of 64 MB.',
    unit: 'bytes',
    width: 12,
    height: 7,
    min: 0,
    queries: [
      {
        expr: topOver(COLLECTOR, `hyperv_exporter_powershell_frame_bytes{${HOSTS}}`),
        legend: '{{instance}} {{collector}}',
      },
    ],
    noValue: NO_POWERSHELL,
  },
];

const notifications = 'hyperv_exporter_notifications';
const PUSH_OFF = 'No agent pushes alerts.';

const push: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Alerts pushed',
    description:
      'Alerts per minute that the agents sent to each Alertmanager, over all hosts (hyperv_exporter_notifications_sent_total). Good: steady while something fires.',
    unit: 'none',
    width: 6,
    height: 7,
    min: 0,
    queries: [
      {
        expr: `60 * sum by (alertmanager) (${rate(`${notifications}_sent_total`, HOSTS)})`,
        legend: '{{alertmanager}}',
      },
    ],
    noValue: PUSH_OFF,
  },
  {
    kind: 'timeseries',
    title: 'Alerts not delivered',
    description:
      'Alerts per minute that could not be sent (hyperv_exporter_notifications_errors_total) or were dropped (hyperv_exporter_notifications_dropped_total), by host and Alertmanager, where there are any. Good: none.',
    unit: 'none',
    width: 6,
    height: 7,
    min: 0,
    queries: (
      [
        ['errors', 'not sent'],
        ['dropped', 'dropped'],
      ] as const
    ).map(([result, what]) => ({
      expr: top(perMinute(['alertmanager'], `${notifications}_${result}_total`)),
      legend: `{{instance}} {{alertmanager}} ${what}`,
    })),
    noValue: 'Every alert was delivered, or none was pushed.',
  },
  {
    kind: 'timeseries',
    title: 'Alerts waiting to be sent',
    description:
      'Length of the queues to the Alertmanagers, where anything waits (hyperv_exporter_notifications_queue_length). Good: back to 0 at once.',
    unit: 'none',
    width: 6,
    height: 7,
    min: 0,
    queries: [{ expr: top(`${notifications}_queue_length{${HOSTS}} > 0`), legend: '{{instance}}' }],
    noValue: 'Nothing waits.',
  },
  {
    kind: 'stat',
    title: 'Journals that cannot be written',
    description:
      'Agents with a journal of path changes that they cannot write (hyperv_exporter_journal_writable): after a restart they will not know what happened before. Good: 0.',
    unit: 'none',
    width: 6,
    height: 7,
    thresholds: NONE,
    queries: [{ expr: `sum(hyperv_exporter_journal_writable{${HOSTS}} == bool 0)`, now: true }],
    noValue: 'no journal configured',
  },
];

/** Does the exporter see its hosts? */
export const exporter = () =>
  board({
    uid: UID.exporter,
    title: 'SR-IOV / Exporter',
    description: 'Polls, the age of the data, failures, PowerShell, pushed alerts, and what the exporter itself costs.',
    of: 'hosts',
    top: 25,
    rows: [
      { title: 'Collection', panels: collection },
      { title: 'Cost and PowerShell', panels: costs },
      { title: 'Pushed alerts', panels: push },
    ],
  });
