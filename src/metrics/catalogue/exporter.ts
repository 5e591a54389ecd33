import { PARTS, type Part } from '../../document/document.ts';
import { type PartState, POLL_RESULTS, type SourceState } from '../../poll/collection.ts';
import { defineMetric, type MetricDefinition, type View } from '../define.ts';
import { flag, seconds, typeOf } from './common.ts';

/** The state of the collection, served with the data of the host. `collector` is a part: inventory, activity, config, cluster, eventlog. */

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

/** The same objects for all hosts, a few dozen: documents have no other sources than those that are asked for. */
const sourceLabels = new Map<string, Readonly<Record<string, string>>>();
function labelsOf(collector: string, source: string) {
  const key = `${collector}/${source}`;
  const labels = sourceLabels.get(key) ?? { collector, source };
  sourceLabels.set(key, labels);
  return labels;
}

const perSource = (name: Name, help: string, value: (state: SourceState) => number | undefined) =>
  defineMetric({
    name,
    type: typeOf(name),
    help: `${help} A source is a cmdlet, class or counter set.`,
    source: 'the agent itself',
    labels: ['collector', 'source'],
    samples: (view) =>
      enabled(view).flatMap(([collector, part]) =>
        [...part.sources].map(([source, state]) => ({
          shared: labelsOf(collector, source),
          value: value(state),
        })),
      ),
  });

const exporterMetric = (name: Name, help: string, value: (view: View) => number | undefined) =>
  defineMetric({
    name,
    type: typeOf(name),
    help,
    source: 'the agent itself',
    labels: [],
    samples: (view) => [{ value: value(view) }],
  });

/** Metrics of the collection itself: parts, sources, sessions. */
export const exporterMetrics: readonly MetricDefinition[] = [
  exporterMetric(
    'hyperv_exporter_simulated',
    'Whether the host is a simulated one: 1 if so, and no number is of a real host; 0 if not.',
    (view) => flag(view.collection.simulated),
  ),
  perCollector(
    'hyperv_exporter_collector_success',
    'Whether the last poll of the collector returned a valid document: 1 if so, 0 if not.',
    (state) => (state.tried ? flag(state.success) : undefined),
  ),
  perCollector(
    'hyperv_exporter_collector_duration_seconds',
    'Duration of the last poll of the collector, in seconds.',
    (state) => state.durationSeconds,
  ),
  perCollector(
    'hyperv_exporter_collector_last_success_timestamp_seconds',
    'Time when the last valid document of the collector was read on the host, in Unix seconds.',
    (state) => seconds(state.lastSuccess),
  ),
  perCollector(
    'hyperv_exporter_poll_interval_seconds',
    'Time between two polls of the collector, in seconds: the configured interval, or longer if polls take long. Without back-off.',
    (state) => state.intervalSeconds,
  ),
  defineMetric({
    name: 'hyperv_exporter_polls_total',
    type: 'counter',
    help: 'Number of polls by result: ok, failed, timeout (no answer by the deadline), starting (no session with the host by the deadline, which goes on starting) or skipped (the previous poll was still running, or back-off).',
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
    'Whether the source answered in the last document and its data has not expired: 1 if so, 0 if not. While 0, its series keep their last values for three intervals and then disappear.',
    (state) => flag(state.success),
  ),
  perSource('hyperv_exporter_source_available', 'Whether this Windows has the source: 1 if so, 0 if not.', (state) =>
    flag(state.available),
  ),
  perSource(
    'hyperv_exporter_source_last_success_timestamp_seconds',
    'Time when the source was last read on the host, in Unix seconds.',
    (state) => seconds(state.lastSuccess),
  ),
  perSource(
    'hyperv_exporter_source_errors_total',
    'Number of errors that the source returned.',
    (state) => state.errorsTotal,
  ),
  perSource(
    'hyperv_exporter_rows_skipped_total',
    'Number of rows of the source that could not be used because they have the wrong shape or no key.',
    (state) => state.rowsSkippedTotal,
  ),
  perSource(
    'hyperv_exporter_rows_unmatched_total',
    'Number of rows of the source that matched no object of the inventory.',
    (state) => state.rowsUnmatchedTotal,
  ),
  perCollector(
    'hyperv_exporter_powershell_calls_total',
    'Number of calls sent to PowerShell.',
    (state) => state.powershell?.calls,
  ),
  perCollector(
    'hyperv_exporter_powershell_restarts_total',
    'Number of PowerShell processes that were restarted, after a failure or as planned.',
    (state) => state.powershell?.restarts,
  ),
  perCollector(
    'hyperv_exporter_powershell_frame_bytes',
    'Size of the last document that PowerShell sent, in bytes.',
    (state) => state.powershell?.frameBytes,
  ),
  perCollector(
    'hyperv_exporter_child_cpu_seconds_total',
    'Processor time of the PowerShell processes, in seconds, including processes that have ended.',
    (state) => state.powershell?.childCpuSeconds,
  ),
  perCollector(
    'hyperv_exporter_child_resident_bytes',
    'Working set of the running PowerShell process, in bytes.',
    (state) => state.powershell?.childResidentBytes,
  ),
  exporterMetric(
    'hyperv_exporter_journal_writable',
    'Whether the journal of path changes can be written: 1 if so, 0 if not.',
    (view) => flag(view.collection.journal?.writable),
  ),
  exporterMetric(
    'hyperv_exporter_journal_events_total',
    'Number of events written to the journal.',
    (view) => view.collection.journal?.eventsTotal,
  ),
];
