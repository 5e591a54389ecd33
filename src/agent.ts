import type { HostReader } from './collect/host-reader.ts';
import type { Config } from './config/schema.ts';
import type { Part } from './document/document.ts';
import { errorText } from './errors.ts';
import { createServer } from './http/server.ts';
import { openWebConfig } from './http/web-config/watch.ts';
import type { Logger } from './log.ts';
import { createProcessMetrics } from './metrics/process.ts';
import { type MonitoredHost, openMonitoredHost } from './monitored-host.ts';
import type { PollOutcome } from './poll/store.ts';

/** The name of the host that the agent runs on. */
const LOCAL = 'local';

/** Everything outside the agent that it uses. The agent closes the reader. */
export interface Boundaries {
  readonly reader: HostReader;
  readonly log: Logger;
  readonly version: string;
  /** Loads the configuration again; throws a UserError. Absent if there is nothing to load it from */
  readonly loadConfig?: (() => Config) | undefined;
  /** Called after each poll */
  readonly onPoll?: ((part: Part, outcome: PollOutcome) => void) | undefined;
}

export interface Agent {
  /** Not yet listening */
  readonly server: ReturnType<typeof createServer>;
  /** By name. Currently only the local host */
  readonly hosts: ReadonlyMap<string, MonitoredHost>;
  /** Starts polling all hosts. */
  start(): void;
  /** Loads the configuration again. Rejects if it has faults; the previous one then stays in use. */
  reload(): Promise<void>;
  /** Closes the server, stops polling, closes the reader and saves the state. Never rejects. May be called more than once. */
  close(): Promise<void>;
}

/**
 * Creates the server and the hosts that it serves, without starting them.
 * @throws UserError or OperationalError if a file that the configuration names cannot be used
 */
export async function createAgent(config: Config, boundaries: Boundaries): Promise<Agent> {
  const { reader, log, version, loadConfig, onPoll } = boundaries;
  const webFile = config.web.config.file;
  const webConfig = webFile === undefined ? undefined : await openWebConfig(webFile, log);
  const processMetrics = createProcessMetrics(reader.clock);
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
  const local = await openMonitoredHost(config, { reader, log, folder: config.storage.path, processMetrics, onPoll });
  const hosts = new Map([[LOCAL, local]]);

  const reload = async (): Promise<void> => {
    try {
      if (loadConfig === undefined) return;
      const next = loadConfig();
      log.level = next.log.level;
      for (const host of hosts.values()) host.reload(next);
      loaded('config', true);
      log.info('configuration loaded');
    } catch (error) {
      loaded('config', false);
      log.error({ error: errorText(error) }, 'configuration not loaded, the previous one stays in use');
      throw error;
    }
  };
  const server = createServer({
    version,
    host: local.served,
    reload,
    lifecycleEnabled: config.web['enable-lifecycle'],
    ipAddresses: config.labels['ip-addresses'],
    webConfig,
    requestLog: config.log.requests,
    connectionRefused: (limit) => processMetrics.connectionRefused(limit),
    log,
  });

  const shut = async (): Promise<void> => {
    webConfig?.close();
    await Promise.all([server.close(), ...[...hosts.values()].map((host) => host.close())]);
  };
  let closing: Promise<void> | undefined;
  return {
    server,
    hosts,
    start() {
      for (const host of hosts.values()) host.start();
    },
    reload,
    close: () => (closing ??= shut()),
  };
}
