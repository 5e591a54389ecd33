import { openAlerting } from './agent-alerting.ts';
import type { HostSource } from './collect/source.ts';
import type { Config } from './config/schema.ts';
import { eventsOf } from './diagnosis/events.ts';
import { type Part, PARTS } from './document/document.ts';
import { errorText } from './errors.ts';
import { withTransitions } from './history/persist.ts';
import { createServer } from './http/server.ts';
import { openWebConfig } from './http/web-config/watch.ts';
import { createRepeater, type Logger } from './log.ts';
import { createProcessMetrics } from './metrics/process.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import type { Poller } from './poll/poller.ts';
import { scheduleRenders } from './poll/render-schedule.ts';
import type { PollOutcome } from './poll/store.ts';
import { readHistory, writeHistory } from './state/history-file.ts';
import { openJournal } from './state/journal.ts';

const SAVE_MS = 60_000;
/** Events of the time between the last saved history and an end without warning */
const MAX_EVENTS = 10_000;

/** What is outside of the agent, passed in. The agent closes the source. */
export interface Boundaries {
  readonly source: HostSource;
  readonly log: Logger;
  readonly version: string;
  /** Loads the configuration anew; rejects with a UserError. Absent where there is nothing to reload from. */
  readonly loadConfig?: (() => Config) | undefined;
  /** Told of each poll that ended */
  readonly onPoll?: ((part: Part, outcome: PollOutcome) => void) | undefined;
}

export interface Agent {
  /** Not yet listening */
  readonly server: ReturnType<typeof createServer>;
  readonly poller: Poller;
  readonly pipeline: Pipeline;
  /** Loads the configuration anew; one with faults rejects and leaves the old one in force. */
  reload(): Promise<void>;
  /** Stops polling, ends the server and the source, saves the history. Never rejects; may be called twice. */
  close(): Promise<void>;
}

/** Ties configuration and boundaries to a server and a poller; starts neither. */
export async function createAgent(config: Config, boundaries: Boundaries): Promise<Agent> {
  const { source, log, version, loadConfig } = boundaries;
  const folder = config.storage.path;
  const former = folder === undefined ? undefined : await readHistory(folder, source.clock.now());
  if (former?.error !== undefined) log.warn({ error: former.error }, 'history starts anew');

  const processMetrics = createProcessMetrics(source.clock);
  processMetrics.buildInfo(version);
  processMetrics.configLoaded(true);
  const journal = openJournal({ folder, log });
  const alerting = await openAlerting(config, log, processMetrics, source.clock);
  const pipeline = createPipeline(config, {
    source,
    log,
    processMetrics,
    former:
      former && withTransitions(former.history, journal.events({ since: former.history.takenAt, limit: MAX_EVENTS })),
    journal: () => ({ writable: journal.writable(), eventsTotal: journal.total() }),
    onPoll(part, outcome) {
      boundaries.onPoll?.(part, outcome);
      renders.landed(part);
    },
    onView: ({ tracked, diagnosis }) => journal.append(eventsOf(tracked, diagnosis)),
    onRendered: (view, families) => alerting?.rendered(view, families),
  });
  const renders = scheduleRenders({
    clock: source.clock,
    render: pipeline.render,
    nextExpiry: pipeline.nextExpiry,
    shortestIntervalMs: Math.min(...PARTS.map((part) => config.poll[part].interval)),
  });
  const webFile = config.web.config.file;
  const webConfig = webFile === undefined ? undefined : await openWebConfig(webFile, log);

  const reload = async (): Promise<void> => {
    try {
      if (loadConfig === undefined) return;
      const next = loadConfig();
      log.level = next.log.level;
      pipeline.reload(next);
      processMetrics.configLoaded(true);
      log.info('configuration loaded');
    } catch (error) {
      processMetrics.configLoaded(false);
      log.error({ error: errorText(error) }, 'configuration not loaded: the one before stays in force');
      throw error;
    }
  };
  const server = createServer({
    version,
    simulated: source.kind === 'demo',
    scrape: (kind, gzip) => pipeline.exposition.scrape(kind, gzip),
    view: pipeline.view,
    collection: pipeline.collection,
    events: (query) => journal.events(query),
    alerts: alerting === undefined ? undefined : () => [...alerting.alerting.state().values()],
    reload,
    lifecycleEnabled: config.web['enable-lifecycle'],
    ipAddresses: config.labels['ip-addresses'],
    webConfig,
    requestLog: config.log.requests,
    log,
  });

  const repeater = createRepeater(log);
  const save = async (): Promise<void> => {
    if (folder === undefined) return;
    try {
      await writeHistory(folder, pipeline.history());
      repeater.ended('save', {}, 'history is kept again');
    } catch (error) {
      repeater.failed('save', { error: errorText(error) }, 'history cannot be kept');
    }
  };
  const saveTimer = setInterval(() => void save(), SAVE_MS);
  let closing: Promise<void> | undefined;
  const shut = async (): Promise<void> => {
    clearInterval(saveTimer);
    renders.stop();
    webConfig?.close();
    await Promise.all([pipeline.poller.stop(), source.close(), server.close()]);
    await pipeline.idle();
    await Promise.all([save(), alerting?.alerting.close(source.clock.now())]);
    journal.close();
  };
  return { server, poller: pipeline.poller, pipeline, reload, close: () => (closing ??= shut()) };
}
