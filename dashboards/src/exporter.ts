import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board, hostLink, HOSTS, steps, UID, values } from './build.ts';

/** Does the exporter see its hosts? */
export const exporter = () =>
  board({
    uid: UID.exporter,
    title: 'SR-IOV / Exporter',
    description: 'Polls, their age and failures, PowerShell, the push of alerts, and what the exporter itself costs.',
    rows: [
      {
        title: 'Collection',
        panels: [
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
              'Time since the last good document of each part was read on the host. Good: a saw-tooth as high as the interval.',
            unit: 's',
            width: 12,
            height: 8,
            min: 0,
            thresholds: steps([null, 'green'], [t.poll_stale_floor_seconds, 'orange']),
            queries: [
              {
                expr: `time() - hyperv_exporter_collector_last_success_timestamp_seconds{${HOSTS}}`,
                legend: '{{instance}} {{collector}}',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'Duration of a poll',
            description:
              'How long the last poll of each part took. Good: well below its interval; the Hyper-V cmdlets need seconds on dense hosts.',
            unit: 's',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              { expr: `hyperv_exporter_collector_duration_seconds{${HOSTS}}`, legend: '{{instance}} {{collector}}' },
            ],
          },
          {
            kind: 'timeseries',
            title: 'Polls that did not come back well',
            description: 'Failed, timed out and skipped polls per minute. Good: none.',
            unit: 'none',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              {
                expr: `60 * sum by (instance, collector, result) (rate(hyperv_exporter_polls_total{result!="ok",${HOSTS}}[$__rate_interval]))`,
                legend: '{{instance}} {{collector}} {{result}}',
              },
            ],
          },
          {
            kind: 'table',
            title: 'Sources that fail',
            description:
              'Cmdlets and counter sets that this Windows has but that could not be read. What they feed is unknown, not healthy. Good: empty.',
            unit: 'none',
            width: 12,
            height: 8,
            queries: [
              {
                expr: `hyperv_exporter_source_success{${HOSTS}} == 0 unless on (cluster, instance, collector, source) hyperv_exporter_source_available{${HOSTS}} == 0`,
                now: true,
              },
            ],
            columns: { Value: ' ' },
          },
          {
            kind: 'timeseries',
            title: 'Rows skipped and unmatched',
            description:
              'Rows of documents that were not usable, or that belong to no known object, per minute. Good: none; a few while VMs come and go.',
            unit: 'none',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              {
                expr: `60 * sum by (instance, source) (rate(hyperv_exporter_rows_skipped_total{${HOSTS}}[$__rate_interval]))`,
                legend: '{{instance}} {{source}} skipped',
              },
              {
                expr: `60 * sum by (instance, source) (rate(hyperv_exporter_rows_unmatched_total{${HOSTS}}[$__rate_interval]))`,
                legend: '{{instance}} {{source}} unmatched',
              },
            ],
          },
        ],
      },
      {
        title: 'Cost and PowerShell',
        panels: [
          {
            kind: 'timeseries',
            title: 'Memory',
            description: 'Resident memory of the exporter and of its PowerShell processes. Good: flat.',
            unit: 'bytes',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              { expr: `process_resident_memory_bytes{${HOSTS}}`, legend: '{{instance}} exporter' },
              {
                expr: `hyperv_exporter_child_resident_bytes{${HOSTS}}`,
                legend: '{{instance}} PowerShell {{collector}}',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'CPU',
            description: 'Processors used by the exporter and by its PowerShell processes. Good: a few hundredths.',
            unit: 'none',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              { expr: `rate(process_cpu_seconds_total{${HOSTS}}[$__rate_interval])`, legend: '{{instance}} exporter' },
              {
                expr: `rate(hyperv_exporter_child_cpu_seconds_total{${HOSTS}}[$__rate_interval])`,
                legend: '{{instance}} PowerShell {{collector}}',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'PowerShell restarts',
            description: 'Restarts of the PowerShell processes per hour, recycles included. Good: a steady few.',
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
            title: 'Alerts pushed',
            description:
              'Alerts that the agent sent to each Alertmanager, and those that failed, per minute. No data where the push is off. Good: no errors.',
            unit: 'none',
            width: 12,
            height: 7,
            min: 0,
            queries: [
              {
                expr: `60 * rate(hyperv_exporter_notifications_sent_total{${HOSTS}}[$__rate_interval])`,
                legend: '{{instance}} {{alertmanager}} sent',
              },
              {
                expr: `60 * rate(hyperv_exporter_notifications_errors_total{${HOSTS}}[$__rate_interval])`,
                legend: '{{instance}} {{alertmanager}} errors',
              },
            ],
          },
        ],
      },
    ],
  });
