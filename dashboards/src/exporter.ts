import { board } from './board.ts';
import { hostLink, UID } from './links.ts';
import { HOSTS, rate } from './promql.ts';
import { AGE, NONE, type PanelSpec, UP_DOWN, values, YES_NO } from './spec.ts';

const FAILING = `hyperv_exporter_source_success{${HOSTS}} == 0 unless on (cluster, instance, collector, source) hyperv_exporter_source_available{${HOSTS}} == 0`;
const perMinute = (by: string, counter: string, match = HOSTS): string =>
  `60 * sum by (${by}) (${rate(counter, match)})`;

const collection: PanelSpec[] = [
  {
    kind: 'table',
    title: 'Exporters',
    description:
      'Each exporter: scraped (up), version (hyperv_exporter_build_info), whether its host is real (hyperv_exporter_simulated), whether its configuration loaded (hyperv_exporter_config_last_reload_successful). Good: up, one version, real, loaded.',
    unit: 'none',
    width: 24,
    height: 6,
    queries: [
      { expr: `max by (cluster, instance) (up{${HOSTS}})`, now: true },
      { expr: `max by (cluster, instance) (hyperv_exporter_simulated{${HOSTS}})`, now: true },
      { expr: `min by (cluster, instance) (hyperv_exporter_config_last_reload_successful{${HOSTS}})`, now: true },
      { expr: `max by (cluster, instance, version, node_version) (hyperv_exporter_build_info{${HOSTS}})`, now: true },
    ],
    columns: {
      'Value #A': { title: 'scraped', mappings: UP_DOWN },
      'Value #B': { title: 'host', mappings: values({ '0': ['real', 'green'], '1': ['simulated', 'orange'] }) },
      'Value #C': { title: 'configuration loaded', mappings: YES_NO },
      'Value #D': false,
    },
    links: [hostLink('row')],
  },
  {
    kind: 'timeline',
    title: 'Collectors',
    description:
      'Whether the last poll of each part brought a valid document (hyperv_exporter_collector_success). Good: green.',
    unit: 'none',
    width: 12,
    height: 8,
    mappings: values({ '1': ['ok', 'green'], '0': ['failing', 'red'] }),
    queries: [{ expr: `hyperv_exporter_collector_success{${HOSTS}}`, legend: '{{instance}} {{collector}}' }],
    links: [hostLink('series')],
  },
  {
    kind: 'timeseries',
    title: 'Age of the data',
    description:
      'Time since the last good document of each part was read on the host (hyperv_exporter_collector_last_success_timestamp_seconds). Good: a saw-tooth as high as the interval; config alone is polled each ten minutes.',
    unit: 's',
    width: 12,
    height: 8,
    min: 0,
    thresholds: AGE,
    queries: [
      {
        expr: `time() - hyperv_exporter_collector_last_success_timestamp_seconds{${HOSTS}}`,
        legend: '{{instance}} {{collector}}',
      },
    ],
  },
  {
    kind: 'heatmap',
    title: 'Duration of polls',
    description:
      'How long the last poll of each part took on each host, as a distribution (hyperv_exporter_collector_duration_seconds). Good: well below the interval; the Hyper-V cmdlets need seconds on dense hosts.',
    unit: 's',
    width: 12,
    height: 8,
    queries: [{ expr: `hyperv_exporter_collector_duration_seconds{${HOSTS}}`, legend: '{{instance}} {{collector}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Polls that did not come back well',
    description: 'Failed, timed out and skipped polls per minute (hyperv_exporter_polls_total). Good: none.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      {
        expr: perMinute('instance, collector, result', 'hyperv_exporter_polls_total', `result!="ok",${HOSTS}`),
        legend: '{{instance}} {{collector}} {{result}}',
      },
    ],
  },
  {
    kind: 'table',
    title: 'Sources that fail',
    description:
      'Cmdlets and counter sets that this Windows has but that could not be read (hyperv_exporter_source_success), with the errors of the last hour. What they feed is unknown, not healthy. Good: empty.',
    unit: 'none',
    width: 12,
    height: 8,
    queries: [
      {
        expr: `min by (cluster, instance, collector, source) (${FAILING})`,
        now: true,
      },
      {
        expr: `sum by (cluster, instance, collector, source) (increase(hyperv_exporter_source_errors_total{${HOSTS}}[1h])) and on (cluster, instance, collector, source) ${FAILING}`,
        now: true,
      },
    ],
    columns: {
      'Value #A': { title: 'readable', mappings: YES_NO },
      'Value #B': { title: 'errors in an hour', decimals: 0 },
    },
    links: [hostLink('row')],
  },
  {
    kind: 'timeseries',
    title: 'Rows skipped and unmatched',
    description:
      'Rows of documents that were not usable, or that belong to no known object, per minute (hyperv_exporter_rows_skipped_total, hyperv_exporter_rows_unmatched_total). Good: none; a few while virtual machines come and go.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      {
        expr: perMinute('instance, source', 'hyperv_exporter_rows_skipped_total'),
        legend: '{{instance}} {{source}} skipped',
      },
      {
        expr: perMinute('instance, source', 'hyperv_exporter_rows_unmatched_total'),
        legend: '{{instance}} {{source}} unmatched',
      },
    ],
  },
];

const costs: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Memory',
    description:
      'Resident memory of the exporter (process_resident_memory_bytes), of its PowerShell processes, and of the host processes that it loads, vmms and WmiPrvSE. Good: flat.',
    unit: 'bytes',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: `process_resident_memory_bytes{${HOSTS}}`, legend: '{{instance}} exporter' },
      { expr: `hyperv_exporter_child_resident_bytes{${HOSTS}}`, legend: '{{instance}} PowerShell {{collector}}' },
      { expr: `hyperv_host_process_resident_bytes{${HOSTS}}`, legend: '{{instance}} {{process}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'CPU',
    description:
      'Processors used by the exporter (process_cpu_seconds_total) and by its PowerShell processes. Good: a few hundredths.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: rate('process_cpu_seconds_total', HOSTS), legend: '{{instance}} exporter' },
      {
        expr: rate('hyperv_exporter_child_cpu_seconds_total', HOSTS),
        legend: '{{instance}} PowerShell {{collector}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'PowerShell restarts',
    description:
      'Restarts of the PowerShell processes per hour, recycles included (hyperv_exporter_powershell_restarts_total). Good: a steady few.',
    unit: 'none',
    width: 12,
    height: 7,
    min: 0,
    queries: [
      {
        expr: `increase(hyperv_exporter_powershell_restarts_total{${HOSTS}}[1h])`,
        legend: '{{instance}} {{collector}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Size of answers',
    description:
      'Bytes of the last answer of PowerShell as sent (hyperv_exporter_powershell_frame_bytes). It grows with virtual machines. Good: far below the limit of a frame.',
    unit: 'bytes',
    width: 12,
    height: 7,
    min: 0,
    queries: [{ expr: `hyperv_exporter_powershell_frame_bytes{${HOSTS}}`, legend: '{{instance}} {{collector}}' }],
  },
];

const notifications = 'hyperv_exporter_notifications';

const push: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Alerts pushed',
    description:
      'Alerts that the agent sent to each Alertmanager, that failed, and that were given up, per minute (hyperv_exporter_notifications_*_total). No data where the push is off. Good: no errors, none dropped.',
    unit: 'none',
    width: 12,
    height: 7,
    min: 0,
    queries: ['sent', 'errors', 'dropped'].map((result) => ({
      expr: perMinute('instance, alertmanager', `${notifications}_${result}_total`),
      legend: `{{instance}} {{alertmanager}} ${result}`,
    })),
  },
  {
    kind: 'timeseries',
    title: 'Alerts that wait to be sent',
    description:
      'Length of the queues to the Alertmanagers (hyperv_exporter_notifications_queue_length). Good: back to 0 at once.',
    unit: 'none',
    width: 6,
    height: 7,
    min: 0,
    queries: [{ expr: `${notifications}_queue_length{${HOSTS}}`, legend: '{{instance}}' }],
  },
  {
    kind: 'stat',
    title: 'Journals that can not be written',
    description:
      'Agents with a journal of path changes that could not write to it (hyperv_exporter_journal_writable): what happened would be forgotten at a restart. No data where no storage is set. Good: 0.',
    unit: 'none',
    width: 6,
    height: 7,
    thresholds: NONE,
    queries: [{ expr: `sum(hyperv_exporter_journal_writable{${HOSTS}} == bool 0)`, now: true }],
    noValue: 'no journal',
  },
];

/** Does the exporter see its hosts? */
export const exporter = () =>
  board({
    uid: UID.exporter,
    title: 'SR-IOV / Exporter',
    description: 'Polls, their age and failures, PowerShell, the push of alerts, and what the exporter itself costs.',
    of: 'hosts',
    rows: [
      { title: 'Collection', panels: collection },
      { title: 'Cost and PowerShell', panels: costs },
      { title: 'Alerting agent', panels: push },
    ],
  });
