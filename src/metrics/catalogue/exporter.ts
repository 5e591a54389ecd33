import { PARTS, type Part } from '../../document/document.ts';
import { type PartState, POLL_RESULTS, type SourceState } from '../../poll/collection.ts';
import { defineMetric, type MetricDefinition, type View } from '../define.ts';
import { flag, once, seconds, typeOf } from './rows.ts';

/** How the collection goes: served with the host's data. `collector` is a part: inventory, activity, config, cluster. */

type Name = MetricDefinition['name'];

const enabled = (view: View): [Part, PartState][] =>
  PARTS.map((part): [Part, PartState] => [part, view.collection.parts[part]]).filter(([, state]) => state.enabled);

const perCollector = (name: Name, help: string, value: (state: PartState) => number | undefined) =>
  defineMetric({
    name,
    type: typeOf(name),
    help,
    source: 'the agent itself',
    labels: ['collector'],
    samples: (view) =>
      enabled(view).map(([collector, state]) => ({ labels: { collector: collector }, value: value(state) })),
  });

const sourceLabels = once((_state: SourceState) => new Map<string, Readonly<Record<string, string>>>());
function labelsOf(collector: string, source: string, state: SourceState) {
  const made = sourceLabels(state);
  const key = `${collector}/${source}`;
  const labels = made.get(key) ?? { collector, source };
  made.set(key, labels);
  return labels;
}

const perSource = (name: Name, help: string, value: (state: SourceState) => number | undefined) =>
  defineMetric({
    name,
    type: typeOf(name),
    help: `${help} A source is one cmdlet, class or counter set.`,
    source: 'the agent itself',
    labels: ['collector', 'source'],
    samples: (view) =>
      enabled(view).flatMap(([collector, part]) =>
        [...part.sources].map(([source, state]) => ({
          shared: labelsOf(collector, source, state),
          value: value(state),
        })),
      ),
  });

const one = (name: Name, help: string, value: (view: View) => number | undefined) =>
  defineMetric({
    name,
    type: typeOf(name),
    help,
    source: 'the agent itself',
    labels: [],
    samples: (view) => [{ value: value(view) }],
  });

export const exporterMetrics: readonly MetricDefinition[] = [
  one(
    'hyperv_exporter_simulated',
    '1 when the host is a simulated one (demo): no number here is of a real host.',
    (view) => flag(view.collection.simulated),
  ),
  perCollector(
    'hyperv_exporter_collector_success',
    'Whether the last poll of the collector brought a valid answer.',
    (state) => (state.tried ? flag(state.success) : undefined),
  ),
  perCollector(
    'hyperv_exporter_collector_duration_seconds',
    'How long the last poll took.',
    (state) => state.durationSeconds,
  ),
  perCollector(
    'hyperv_exporter_collector_last_success_timestamp_seconds',
    'When the last good document was read on the host, Unix seconds: the age of the data is time() minus this.',
    (state) => seconds(state.lastSuccess),
  ),
  perCollector(
    'hyperv_exporter_poll_interval_seconds',
    'Time between two polls: the configured one, or longer where a poll takes long; without back-off.',
    (state) => state.intervalSeconds,
  ),
  defineMetric({
    name: 'hyperv_exporter_polls_total',
    type: 'counter',
    help: 'Polls by result: ok, failed, timeout (no answer by the deadline), starting (PowerShell had not started by the deadline), skipped (the poll before still ran, or back-off).',
    source: 'the agent itself',
    labels: ['collector', 'result'],
    samples: (view) =>
      enabled(view).flatMap(([collector, state]) =>
        POLL_RESULTS.map((result) => ({
          labels: { collector: collector, result: result },
          value: state.polls[result],
        })),
      ),
  }),
  perSource(
    'hyperv_exporter_source_success',
    'Whether the source answered in the last document and its data has not expired. While 0, its series are as last read until three intervals have passed, then gone.',
    (state) => flag(state.success),
  ),
  perSource('hyperv_exporter_source_available', 'Whether this Windows has the source.', (state) =>
    flag(state.available),
  ),
  perSource(
    'hyperv_exporter_source_last_success_timestamp_seconds',
    'When the source was last read on the host, Unix seconds.',
    (state) => seconds(state.lastSuccess),
  ),
  perSource('hyperv_exporter_source_errors_total', 'Errors that the source returned.', (state) => state.errorsTotal),
  perSource(
    'hyperv_exporter_rows_skipped_total',
    'Rows that could not be used: wrong shape or without their key.',
    (state) => state.rowsSkippedTotal,
  ),
  perSource(
    'hyperv_exporter_rows_unmatched_total',
    'Rows that found no object of the inventory to belong to.',
    (state) => state.rowsUnmatchedTotal,
  ),
  perCollector(
    'hyperv_exporter_powershell_calls_total',
    'Calls sent to PowerShell.',
    (state) => state.powershell?.calls,
  ),
  perCollector(
    'hyperv_exporter_powershell_restarts_total',
    'PowerShell processes started again after a fault or at the end of their term.',
    (state) => state.powershell?.restarts,
  ),
  perCollector(
    'hyperv_exporter_powershell_frame_bytes',
    'Size of the last answer as sent.',
    (state) => state.powershell?.frameBytes,
  ),
  perCollector(
    'hyperv_exporter_child_cpu_seconds_total',
    'Processor time of the PowerShell processes, ended ones included.',
    (state) => state.powershell?.childCpuSeconds,
  ),
  perCollector(
    'hyperv_exporter_child_resident_bytes',
    'Working set of the living PowerShell process.',
    (state) => state.powershell?.childResidentBytes,
  ),
  one('hyperv_exporter_journal_writable', 'Whether the journal of path changes can be written.', (view) =>
    flag(view.collection.journal?.writable),
  ),
  one(
    'hyperv_exporter_journal_events_total',
    'Events written to the journal.',
    (view) => view.collection.journal?.eventsTotal,
  ),
];
