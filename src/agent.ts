import type { HostSource } from './collect/source.ts';
import type { Config } from './config/schema.ts';
import { diagnose } from './diagnosis/diagnose.ts';
import type { ExpectVf } from './diagnosis/model.ts';
import { type Part, PARTS } from './document/document.ts';
import { errorText } from './errors.ts';
import { emptyHistory, type History, step } from './history/step.ts';
import { buildHost } from './host/build.ts';
import { filterHost, type HostFilter } from './host/filter.ts';
import { createServer } from './http/server.ts';
import { openWebConfig } from './http/web-config/watch.ts';
import { createRepeater, type Logger } from './log.ts';
import type { Collection } from './metrics/collection.ts';
import type { View } from './metrics/define.ts';
import { createExposition, type Exposition } from './metrics/exposition.ts';
import { createProcessMetrics, type ProcessMetrics } from './metrics/process.ts';
import { createPoller, type Poller, type PollPart } from './poll/poller.ts';
import { createStore, type PollOutcome } from './poll/store.ts';
import { readHistory, writeHistory } from './state/history-file.ts';

const RENDER_MS = 15_000;
const SAVE_MS = 60_000;

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

/** From documents to a View: what one-shot commands need, and the agent serves. */
export interface Pipeline {
  readonly poller: Poller;
  readonly exposition: Exposition;
  readonly view: () => View | undefined;
  readonly collection: () => Collection;
  /** Milliseconds until a source expires; undefined while none can */
  readonly nextExpiry: () => number | undefined;
  /** Folds what the store knows now into the history and renders it. Never rejects. */
  readonly render: () => Promise<void>;
  history(): History;
  reload(config: Config): void;
}

const EVERY_PART = new Set<string>(PARTS);

function polledParts(config: Config): Partial<Record<Part, PollPart>> {
  const off = new Set(config.sources.disabled);
  const parts: Partial<Record<Part, PollPart>> = {};
  for (const part of PARTS) {
    if (part !== 'inventory' && off.has(part)) continue;
    parts[part] = { intervalMs: config.poll[part].interval, deadlineMs: config.poll[part].deadline };
  }
  return parts;
}

const hostFilter = ({ vm, nic }: Config): HostFilter => ({
  vm: (name) => vm.include.test(name) && !vm.exclude.test(name),
  nic: (name) => nic.include.test(name) && !nic.exclude.test(name),
});

/** `expect_vf`: the first rule whose patterns all match decides; without a match a VF is expected. */
function expectVfOf({ expect_vf: rules }: Config): ExpectVf {
  return ({ vmName, vswitchName }) =>
    rules.find((rule) => (rule.vm?.test(vmName ?? '') ?? true) && (rule.vswitch?.test(vswitchName ?? '') ?? true))
      ?.expect ?? true;
}

/**
 * The agent without its server. Renders whenever a poll has ended.
 *
 * @param former the history of a former run
 */
export function createPipeline(
  first: Config,
  { source, log, onPoll }: Pick<Boundaries, 'source' | 'log' | 'onPoll'>,
  former: History = emptyHistory(),
  processMetrics?: ProcessMetrics,
): Pipeline {
  const { clock } = source;
  const parts = polledParts(first);
  const repeater = createRepeater(log);
  const intervals = Object.fromEntries(Object.entries(parts).map(([part, { intervalMs }]) => [part, intervalMs]));
  const disabled = new Set(first.sources.disabled.filter((name) => !EVERY_PART.has(name)));
  const store = createStore({ clock, intervals, disabled });
  const exposition = createExposition(clock, processMetrics);
  const simulated = source.kind === 'demo';
  let config = first;
  let history = former;
  let view: View | undefined;

  const collection = () => store.collection(simulated, source.stats?.());

  async function render(): Promise<void> {
    try {
      const host = filterHost(buildHost(store.snapshot()), hostFilter(config));
      const stepped = step(history, host, clock.now());
      history = stepped.history;
      const { tracked } = stepped;
      view = { tracked, diagnosis: diagnose(tracked, expectVfOf(config)), collection: collection() };
      await exposition.update(view);
      repeater.ended('render', {}, 'rendering works again');
    } catch (error) {
      repeater.failed('render', { err: error }, 'the metrics could not be rendered');
    }
  }

  function onChange(part: Part, outcome: PollOutcome): void {
    const { result, error, document } = outcome;
    onPoll?.(part, outcome);
    if (result === 'ok') repeater.ended(part, { collector: part }, 'polls work again');
    else repeater.failed(part, { collector: part, result, error }, 'poll failed');
    for (const [name, one] of Object.entries(document?.sources ?? {})) {
      const key = `${part}.${name}`;
      if (one.status === 'failed' || one.status === 'partial')
        repeater.failed(
          key,
          { collector: part, source: name, status: one.status, error: one.errors[0] },
          'source not whole',
        );
      else repeater.ended(key, { collector: part, source: name }, 'source is whole again');
    }
    void render();
  }

  const poller = createPoller({ source, store, clock, log, parts, onChange });
  return {
    poller,
    exposition,
    view: () => view,
    collection,
    render,
    nextExpiry: store.nextExpiry,
    history: () => history,
    reload(next) {
      config = next;
      void render();
    },
  };
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
  const pipeline = createPipeline(config, boundaries, former?.history, processMetrics);
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
    reload,
    lifecycleEnabled: config.web['enable-lifecycle'],
    ipAddresses: config.labels['ip-addresses'],
    webConfig,
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
  let closed = false;
  let renderTimer: NodeJS.Timeout | undefined;
  // Every 15 s, and just after a source has expired: a dead PowerShell must not freeze old bytes.
  const keepRendering = (): void => {
    if (closed) return;
    const wait = Math.min(RENDER_MS, (pipeline.nextExpiry() ?? RENDER_MS) + 1);
    renderTimer = setTimeout(() => void pipeline.render().then(keepRendering), wait);
  };
  keepRendering();
  let closing: Promise<void> | undefined;
  const shut = async (): Promise<void> => {
    closed = true;
    clearInterval(saveTimer);
    clearTimeout(renderTimer);
    webConfig?.close();
    await Promise.all([pipeline.poller.stop(), source.close(), server.close()]);
    await save();
  };
  return { server, poller: pipeline.poller, pipeline, reload, close: () => (closing ??= shut()) };
}
