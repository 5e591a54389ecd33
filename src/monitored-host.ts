import type { Ending } from './alerting/alerting.ts';
import type { Thresholds } from './alerting/thresholds.ts';
import type { Gate, HostReader } from './collect/host-reader.ts';
import type { Config } from './config/schema.ts';
import type { Policy } from './diagnosis/policy.ts';
import { eventsOf } from './report/events.ts';
import { type Part, PARTS } from './document/document.ts';
import type { AlertedHost, OwnAlerting } from './own-alerting.ts';
import { learnGuestNames } from './text/guest-names.ts';
import { withTransitions } from './history/persist.ts';
import type { LastDocument, ServedHost } from './http/deps.ts';
import type { Logger } from './log.ts';
import type { ProcessMetrics } from './metrics/process.ts';
import { createPipeline } from './pipeline.ts';
import type { View } from './metrics/define.ts';
import { once } from './once.ts';
import { scheduleRenders } from './poll/render-schedule.ts';
import { withRetainedRows } from './poll/source-rows.ts';
import type { Polled, PollOutcome } from './poll/store.ts';
import { readHistory, writeHistory } from './state/history-file.ts';
import type { Saves } from './state/saves.ts';
import { saveEvery } from './state/save-timer.ts';
import { openTrends } from './state/trend-file.ts';
import { type Journal, openJournal } from './state/journal.ts';

const SAVE_MS = 60_000;
const MAX_TRIES = 10;
/** After so many intervals without a poll a document is no longer handed to a collector */
const MAX_INTERVALS = 3;
/** Maximum number of events between the last saved history and a crash */
const MAX_EVENTS = 10_000;
/** Events of a collector's target that are kept in memory: 10,000 of each of 250 targets would take a gigabyte */
const TARGET_EVENTS = 1000;

/** What a poll of a part has read. */
interface KeptDocument {
  readonly part: Part;
  /** Monotonic milliseconds when the poll ended */
  readonly at: number;
  /** The document as it came; absent if the poll has failed */
  readonly raw: unknown;
  readonly error: string | undefined;
}

const hasDocument = (kept: KeptDocument): kept is KeptDocument & { readonly raw: object } =>
  typeof kept.raw === 'object' && kept.raw !== null;

export interface MonitoredHostOptions {
  /** Closed with the host */
  readonly reader: HostReader;
  readonly log: Logger;
  /** Folder of the history, journal and alert state of this host; undefined: in memory only */
  readonly folder: string | undefined;
  /** Where saves that fail are reported */
  readonly saves: Saves;
  /** Metrics of the process, shown with those of the host; absent in a collector, where they are shown for themselves */
  readonly processMetrics: ProcessMetrics | undefined;
  /** Of diagnosis and alerts */
  readonly thresholds: Thresholds;
  /** Evaluates its alerts; absent if that is off */
  readonly alerting: OwnAlerting | undefined;
  /** What the alerts of a collector's target need */
  readonly target?: AlertedHost['target'];
  /** What it is called in a collector */
  readonly name?: string | undefined;
  /** When within their intervals the parts are polled and the state is saved, milliseconds */
  readonly phaseMs?: number | undefined;
  /** What a render waits for: see PipelineOptions */
  readonly renderGate?: Gate | undefined;
  /** Called with each View before it is rendered */
  readonly onView?: ((view: View) => void) | undefined;
  /** Called after each poll */
  readonly onPoll?: ((part: Part, outcome: PollOutcome) => void) | undefined;
}

/** Everything that belongs to one host: reader, poller, history, journal, alert state and exposition. */
export interface MonitoredHost {
  /** What the server needs of it */
  readonly served: ServedHost;
  /** How the polls of a part have gone */
  readonly polled: (part: Part) => Polled;
  /** Starts polling. */
  start(): void;
  /** Applies the settings of a new configuration that can change at run time. */
  reload(config: Config): void;
  /** Stops polling, closes the reader and saves the state. Never rejects. `ending` says what becomes of its alerts. */
  close(ending: Ending): Promise<void>;
}

/** Opens the saved state of the last run and connects reader, pipeline and state. Polls nothing before `start`. */
export async function openMonitoredHost(config: Config, options: MonitoredHostOptions): Promise<MonitoredHost> {
  const { reader, log, folder, processMetrics, saves, thresholds, target } = options;
  const { clock } = reader;
  const isAgent = options.name === undefined;
  const journal = openJournal({ folder, log, saves, ...(isAgent ? {} : { maxEvents: TARGET_EVENTS }) });
  /** The last document of each part, for a collector; a collector keeps none */
  const documents = new Map<Part, KeptDocument>();
  const withRetained = once(({ part, raw }: KeptDocument & { readonly raw: object }) =>
    withRetainedRows(raw, part, pipeline.snapshot()[part]),
  );
  /** What is kept on disk is older than the present, which a rehearsed host has not reached yet. */
  const present = clock.now() + (reader.rehearsal?.behind() ?? 0);
  learnGuestNames(journal.events({ limit: MAX_EVENTS }).map(({ names }) => names.vm));
  const former = folder === undefined ? undefined : await formerHistory(folder, journal, present, log);
  const kept = await openTrends(folder, present, log, saves, options.phaseMs);
  const alerting = await options.alerting?.openHost({ clock, log, folder, phaseMs: options.phaseMs, target });
  const pipeline = createPipeline(config, {
    reader,
    log,
    policy: policyOf(thresholds),
    processMetrics,
    former,
    phaseMs: options.phaseMs,
    renderGate: options.renderGate,
    journal: () => ({ writable: journal.writable(), eventsTotal: journal.total() }),
    onPoll(part, outcome) {
      options.onPoll?.(part, outcome);
      if (isAgent) documents.set(part, { part, at: clock.monotonic(), raw: outcome.raw, error: outcome.error });
      renders.landed(part);
    },
    onView(view) {
      journal.append(eventsOf(view.tracked, view.diagnosis));
      kept.trends.observe(view.tracked);
      options.onView?.(view);
    },
    onRendered: alerting && ((view, families) => alerting.rendered(view, families)),
  });
  const renders = scheduleRenders({
    clock,
    render: pipeline.render,
    nextExpiry: pipeline.nextExpiry,
    shortestIntervalMs: Math.min(...PARTS.map((part) => config.poll[part].interval)),
  });

  const { poller } = pipeline;
  /** Reads all of the host twice: a path off the VF is shown once two documents agree. A poll that runs is waited out. */
  const readTwice = async (): Promise<void> => {
    for (let read = 0, tries = 0; read < 2 && tries < MAX_TRIES; tries++) {
      if ((await poller.pollAll()) === 'ok') read++;
      await pipeline.render();
    }
  };
  const { tour } = reader;
  let closing = false;
  let started: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    await reader.rehearsal?.run(async () => {
      // What a former run has kept is not played again.
      if (closing || clock.now() <= (former?.takenAt ?? 0)) return;
      await poller.pollAll();
      await pipeline.render();
    });
    if (!closing) poller.start();
  };

  const documentOf = (part: Part): LastDocument | undefined => {
    const last = documents.get(part);
    if (last === undefined) return undefined;
    if (!hasDocument(last)) return { error: `the last poll of ${part} has failed: ${last.error ?? 'no reason given'}` };
    const age = Math.round((clock.monotonic() - last.at) / 1000);
    const limit = MAX_INTERVALS * pipeline.collection().parts[part].intervalSeconds;
    return age > limit ? { error: `the last document of ${part} is ${age} s old` } : { document: withRetained(last) };
  };

  const save = async (): Promise<void> => {
    if (folder !== undefined) await saves.run('history', folder, () => writeHistory(folder, pipeline.history()));
  };
  const endSaving = saveEvery(SAVE_MS, options.phaseMs, () => void save());

  return {
    served: {
      name: options.name,
      simulated: reader.kind === 'demo',
      exposition: (kind) => pipeline.exposition.body(kind),
      view: pipeline.view,
      collection: pipeline.collection,
      events: (query) => journal.events(query),
      alerts: alerting && (() => alerting.alerts()),
      document: isAgent ? documentOf : undefined,
      trends: kept.trends,
      tour: tour && {
        ...tour,
        async jump(stage) {
          await started;
          tour.jump(stage);
          pipeline.forget();
          await readTwice();
        },
      },
    },
    polled: pipeline.polled,
    start() {
      started = start();
      // A target that does not answer has the series of its collection from the start.
      if (options.name !== undefined) void pipeline.render();
    },
    reload: (next) => pipeline.reload(next),
    async close(ending) {
      closing = true;
      endSaving();
      renders.stop();
      await Promise.all([pipeline.poller.stop(), reader.close()]);
      // A rehearsal in the middle of a visit would write to the folder after it was left.
      await started;
      await pipeline.idle();
      await Promise.all([save(), kept.close(), alerting?.close(ending)]);
      journal.close();
    },
  };
}

/** What diagnosis and alerts share. */
const policyOf = (thresholds: Thresholds): Policy => ({
  pool: { left: thresholds.vf_pool_left, ratio: thresholds.vf_pool_ratio },
  massFallback: { minVnics: thresholds.mass_fallback_min_vnics, ratio: thresholds.mass_fallback_ratio },
  severities: Object.fromEntries(
    Object.entries(thresholds.alerts).flatMap(([name, { severity }]) =>
      severity === undefined ? [] : [[name, severity]],
    ),
  ),
});

async function formerHistory(folder: string, journal: Journal, now: number, log: Logger) {
  const { history, error } = await readHistory(folder, now);
  if (error !== undefined) log.warn({ error }, 'the saved history cannot be used; the history starts empty');
  const { takenAt } = history;
  const setBackMs = takenAt === undefined ? 0 : takenAt - now;
  if (setBackMs > 0)
    log.warn(
      { seconds: Math.round(setBackMs / 1000) },
      'the clock was set back since the last run: history, alerts and charts are kept, times after now count as now',
    );
  // Events of the future were recorded before the clock was set back, and the history has them.
  const later = journal.events({ since: takenAt, limit: MAX_EVENTS }).filter(({ at }) => setBackMs > 0 || at <= now);
  return withTransitions(history, later);
}
