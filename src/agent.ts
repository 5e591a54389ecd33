import { setFlagsFromString } from 'node:v8';
import { createSaves, type Saves, STATE_FILES } from './state/saves.ts';
import { readThresholds, withExternalUrl } from './alerting/thresholds-file.ts';
import type { Clock } from './clock.ts';
import type { HostReader } from './collect/host-reader.ts';
import { webPrefix } from './config/policy.ts';
import type { Config } from './config/schema.ts';
import type { Part } from './document/document.ts';
import { errorText } from './errors.ts';
import { openClusters } from './fleet/clusters.ts';
import { sweepFolders, targetsFolder } from './fleet/folders.ts';
import { type NodeTrust, openFoundTargets } from './fleet/found-targets.ts';
import { createFleet, type FleetHost, type TargetReader } from './fleet/fleet.ts';
import type { Target } from './fleet/target.ts';
import { allowedHosts } from './http/allowed-hosts.ts';
import type { ServedFleet, ServedHost } from './http/deps.ts';
import { createServer } from './http/server.ts';
import { openWebConfig } from './http/web-config/watch.ts';
import type { Logger } from './log.ts';
import { createCollectorExposition, familiesOfTarget } from './metrics/collector.ts';
import { createProcessMetrics, type ProcessMetrics } from './metrics/process.ts';
import { openMonitoredHost } from './monitored-host.ts';
import { COLLECTOR_FLAGS } from './node-flags.ts';
import { openAlerting } from './own-alerting.ts';
import type { PollOutcome } from './poll/store.ts';
import { inSlices, oneAtATime } from './turn.ts';

/** How long a collector says that it is not ready because of targets that were not tried yet. */
const READY_MS = 60_000;
/** How often it is looked whether a found node has become trusted, milliseconds */
const REFRESH_MS = 60_000;
/** How often folders of targets that were removed are looked for, milliseconds */
const SWEEP_MS = 6 * 3_600_000;

/** The targets of a collector, passed in. */
export interface TargetReaders {
  readonly clock: Clock;
  /** The targets of a configuration; throws a UserError */
  targets(config: Config): readonly Target[];
  /** Opens the reader of a target, which connects to nothing before its first read; the collector closes it */
  open(target: Target, config: Config): Promise<TargetReader>;
  /** How many connections wait until others have been made */
  connectsWaiting(): number;
  /** How nodes that seeds have named become targets; absent where no cluster can be configured */
  readonly trust?: NodeTrust | undefined;
}

/** Everything outside the agent that it uses. */
export interface Boundaries {
  /** What an agent reads; it closes the reader */
  readonly reader?: HostReader | undefined;
  /** What a collector reads, in the place of `reader` */
  readonly readers?: TargetReaders | undefined;
  readonly log: Logger;
  readonly version: string;
  /** Loads the configuration again; rejects with a UserError. Absent if there is nothing to load it from */
  readonly loadConfig?: (() => Config | Promise<Config>) | undefined;
  /** Called after each poll of an agent's host */
  readonly onPoll?: ((part: Part, outcome: PollOutcome) => void) | undefined;
}

export interface Agent {
  /** Not yet listening */
  readonly server: ReturnType<typeof createServer>;
  /** Starts polling all hosts. */
  start(): void;
  /**
   * Loads the configuration again, as it is after this call: however many calls come during a reload, one more follows.
   * Rejects if it has faults; the previous one then stays in use.
   */
  reload(): Promise<void>;
  /** Closes the server, stops polling, closes the reader and saves the state. Never rejects. May be called more than once. */
  close(): Promise<void>;
}

/** What is read and how it is served: one host, or the targets of a collector. */
interface Monitored {
  readonly served: { readonly host: ServedHost } | { readonly fleet: ServedFleet };
  start(): void;
  /** Takes over a configuration; rejects where it cannot */
  reload(config: Config): Promise<void>;
  close(): Promise<void>;
}

/**
 * Creates the server and the hosts that it serves, without starting them.
 * @throws UserError or OperationalError if a file that the configuration names cannot be used
 */
export async function createAgent(config: Config, boundaries: Boundaries): Promise<Agent> {
  const { log, version, loadConfig, reader, readers } = boundaries;
  const clock = (reader ?? readers)?.clock;
  if (clock === undefined) throw new TypeError('an agent needs a reader, a collector needs readers');
  const webFile = config.web.config.file;
  const webConfig = webFile === undefined ? undefined : await openWebConfig(webFile, log);
  const processMetrics = createProcessMetrics(clock);
  processMetrics.buildInfo(version);
  /** Whether each file in use is the one on disk */
  const inUse = { config: true, web: true };
  const loaded = (file: keyof typeof inUse, success: boolean): void => {
    inUse[file] = success;
    processMetrics.configLoaded(inUse.config && inUse.web);
  };
  loaded('config', true);
  webConfig?.onReload((success) => loaded('web', success));
  processMetrics.certificateExpires(webConfig?.current.tls?.expiresAt);
  webConfig?.onChange(({ tls }) => processMetrics.certificateExpires(tls?.expiresAt));
  processMetrics.stateFiles(STATE_FILES);
  const saves = createSaves(log, (file) => processMetrics.saveFailed(file));
  const monitored =
    readers === undefined
      ? await openHost(config, boundaries, processMetrics, saves)
      : await openFleet(config, readers, log, processMetrics, saves);

  const reloadConfig = async (): Promise<void> => {
    try {
      if (loadConfig === undefined) return;
      const next = await loadConfig();
      await monitored.reload(next);
      log.level = next.log.level;
      loaded('config', true);
      log.info('configuration loaded');
    } catch (error) {
      loaded('config', false);
      log.error({ error: errorText(error) }, 'configuration not loaded, the previous one stays in use');
      throw error;
    }
  };
  const reload = oneAtATime(async () => {
    await reloadConfig();
    // It reports itself.
    await webConfig?.reload();
  });
  const server = createServer({
    version,
    prefix: webPrefix(config),
    ...monitored.served,
    reload,
    lifecycleEnabled: config.web['enable-lifecycle'],
    ipAddresses: config.labels['ip-addresses'],
    webConfig,
    allowedHosts: allowedHosts(config.web['allowed-hosts'], config.web['external-url'], config.web['listen-address']),
    requestLog: config.log.requests,
    connectionRefused: (limit) => processMetrics.connectionRefused(limit),
    slowAnswersEnded: (answers) => processMetrics.slowAnswersEnded(answers),
    log,
  });

  const shut = async (): Promise<void> => {
    webConfig?.close();
    await Promise.all([server.close(), monitored.close()]);
  };
  let closing: Promise<void> | undefined;
  return {
    server,
    start: () => monitored.start(),
    reload,
    close: () => (closing ??= shut()),
  };
}

async function openHost(
  config: Config,
  { reader, log, onPoll }: Boundaries,
  processMetrics: ProcessMetrics,
  saves: Saves,
): Promise<Monitored> {
  if (reader === undefined) throw new TypeError('an agent needs a reader');
  const host = await openMonitoredHost(config, {
    reader,
    log,
    folder: config.storage.path,
    processMetrics,
    saves,
    ...watching(config, false, log, processMetrics, saves),
    onPoll,
  });
  return {
    served: { host: host.served },
    start: () => host.start(),
    reload: async (next) => host.reload(next),
    close: () => host.close('stopped'),
  };
}

/** The thresholds of the configuration, and the exporter's own alerting if it is on. */
function watching(config: Config, isCollector: boolean, log: Logger, processMetrics: ProcessMetrics, saves: Saves) {
  const externalUrl = config.web['external-url'];
  const thresholds = withExternalUrl(readThresholds(config.alerting.thresholds_file), { isCollector, externalUrl });
  return { thresholds, alerting: openAlerting(config, thresholds, log, processMetrics, saves) };
}

async function openFleet(
  config: Config,
  readers: TargetReaders,
  log: Logger,
  processMetrics: ProcessMetrics,
  saves: Saves,
): Promise<Monitored> {
  for (const flag of COLLECTOR_FLAGS) setFlagsFromString(flag);
  const { clock } = readers;
  const { thresholds, alerting } = watching(config, true, log, processMetrics, saves);
  const found = await openFoundTargets(config, clock, readers.trust, log, saves);
  const fleet = createFleet({
    open: (target, from) => readers.open(target, from),
    log,
    saves,
    thresholds,
    alerting: alerting && {
      own: alerting,
      familiesOf: async (state) => familiesOfTarget(state, await inSlices(clusters.answersOf(state.labels['cluster']))),
    },
    onView(target, view) {
      if (found.observe(target, view)) refresh();
      clusters.changed(target.labels['cluster']);
    },
  });
  const clusters = await openClusters(fleet.hosts, clock, config.storage.path, log, saves);
  let wanted = config;
  let current = config;
  /** Looks up the keys of found nodes, which takes time: a later configuration may be wanted before it has ended. */
  const apply = oneAtATime(async () => {
    const next = wanted;
    const configured = readers.targets(next);
    await fleet.apply(next, [...configured, ...(await found.targets(next, configured.length))]);
    current = next;
  });
  /** Nodes may have come, gone, or become trusted. */
  const refresh = (): void => {
    apply().catch((error: unknown) =>
      log.error({ error: errorText(error) }, 'found cluster nodes cannot be taken over'),
    );
  };
  await apply();
  const sweep = (): void => {
    const { path } = current.storage;
    if (path !== undefined && current.source === 'targets')
      void sweepFolders(targetsFolder(path), new Set(fleet.hosts.keys()), clock.now(), log);
  };
  const sweepTimer = setInterval(sweep, SWEEP_MS).unref();
  const refreshTimer = readers.trust && setInterval(refresh, REFRESH_MS).unref();
  const states = () => [...fleet.hosts.values()].map((host) => host.state());
  const exposition = createCollectorExposition(processMetrics, async () => {
    const answers = await inSlices(clusters.answers());
    return { targets: states(), connectsWaiting: readers.connectsWaiting(), clusters: answers };
  });
  let startedAt: number | undefined;
  const servedOf = (one: FleetHost) => ({
    name: one.target.name,
    labels: one.target.labels,
    state: () => one.state(),
    host: one.host.served,
  });
  return {
    served: {
      fleet: {
        get(name) {
          const host = fleet.hosts.get(name);
          return host && servedOf(host);
        },
        all: () => [...fleet.hosts.values()].map(servedOf),
        size: () => fleet.hosts.size,
        exposition: (kind) => exposition.render(kind),
        clusters: () => clusters.answers(),
        found: () => found.untrusted(),
        now: () => clock.now(),
        notTried() {
          if (startedAt !== undefined && clock.monotonic() - startedAt > READY_MS) return [];
          return [...fleet.hosts.values()]
            .filter(({ host }) => !host.polled('inventory').tried)
            .map(({ target }) => target.name);
        },
        externalUrl: config.web['external-url'],
      },
    },
    start() {
      startedAt = clock.monotonic();
      fleet.start();
      sweep();
    },
    async reload(next) {
      wanted = next;
      await apply().catch((error: unknown) => {
        wanted = current;
        throw error;
      });
      for (const { host } of fleet.hosts.values()) host.reload(next);
    },
    async close() {
      clearInterval(refreshTimer);
      clearInterval(sweepTimer);
      exposition.close();
      await fleet.close();
      await Promise.all([found.close(), clusters.close()]);
    },
  };
}
