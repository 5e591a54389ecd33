import { systemClock } from '../clock.ts';
import { type LoadedConfig, lostSettings } from '../config/load.ts';
import { untilAtRest, watchConfigFile, watchFiles } from '../config/watch.ts';
import { errorText, EXIT, OperationalError, UserError } from '../errors.ts';
import { listen } from '../http/listen.ts';
import { openLogger, type Logger } from '../log.ts';
import { type LogFile, openLogFile } from '../log-file.ts';
import type { Config } from '../config/schema.ts';
import { defaultFolder, whyNotWritable } from '../state/default-folder.ts';
import { lockFolder } from '../state/lock.ts';
import type { CommandContext } from './context.ts';
import { fatalCause } from './fatal.ts';
import { pageUrl } from './page-url.ts';
import { isFleet, targetFiles } from '../fleet/targets.ts';
import { openReader, openTargetReaders } from './reader.ts';

/** How long the agent may take to stop. Windows ends a service that takes longer than it announced. */
export const STOP_MS = 5000;

/** What starts and stops the agent: a person at a console, or the service control manager of Windows. */
export interface Supervisor {
  /** Resolves when the agent must stop, with the reason for the log. */
  readonly stopRequested: Promise<string>;
  /** Called once with the function that reloads the configuration. */
  onReload(reload: () => void): void;
  /** Called when the agent serves at this address. */
  ready?(url: string): void;
  /** Called when a configuration was refused. The previous one stays in force. */
  refused?(error: string): void;
  /** Called for an error that nothing caught. The process is ended next. */
  crashed?(error: Error): void;
  /** Called when the agent did not stop in time. Its process is ended next. */
  overdue?(): void;
}

/** @throws OperationalError `log_file_unwritable` */
async function openLog({ log }: Config): Promise<{ readonly log: Logger; readonly file: LogFile | undefined }> {
  if (log.file === undefined) return { log: await openLogger(log), file: undefined };
  const { megabytes, files } = log.rotate;
  try {
    const file = openLogFile({ path: log.file, maxBytes: megabytes * 1_048_576, keep: files });
    return { log: await openLogger({ ...log, destination: file }), file };
  } catch (error) {
    throw new OperationalError(
      'log_file_unwritable',
      `the log file ${log.file} cannot be opened: ${errorText(error)}. Create its folder and give the account write access to it (log.file)`,
      { cause: error },
    );
  }
}

/**
 * The configuration with a folder for state where it names none. A simulated or recorded host has none: its past is
 * not that of the next run. Where the folder cannot be written (container, read-only system), state is kept in memory.
 */
function withStorage(config: Config, { platform, environment }: CommandContext, log: Logger): Config {
  if (config.storage.path !== undefined || config.source !== 'powershell') return config;
  const folder = defaultFolder(platform, environment, config.web['listen-address'][0].port);
  const error = folder === undefined ? 'the environment names no folder for it' : whyNotWritable(folder);
  if (folder === undefined || error !== undefined) {
    log.info({ folder, error }, 'nothing is kept over a restart: set storage.path to a folder that can be written');
    return config;
  }
  return { ...config, storage: { ...config.storage, path: folder } };
}

/**
 * Polls and serves until the supervisor asks it to stop.
 * @param load reads the configuration, at the start and on each reload
 * @throws UserError, OperationalError: why the agent cannot start or go on
 */
export async function runAgent(
  load: () => LoadedConfig,
  context: CommandContext,
  supervisor: Supervisor,
): Promise<void> {
  const loaded = load();
  const { log, file } = await openLog(loaded.config);
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  const requested = supervisor.stopRequested.then((reason) => log.info({ reason }, 'stopping'));
  let firstInventory = true;
  let startedAt = systemClock.monotonic();
  const readers = isFleet(loaded.config) ? openTargetReaders(context, log, loaded) : undefined;
  const reader = readers === undefined ? await openReader(loaded, context, log, { rehearsed: true }) : undefined;
  if (loaded.file === undefined)
    log.info('no configuration file was read: flags, environment variables and defaults apply (--config.file)');
  else log.info({ file: loaded.file }, 'configuration file read');
  // A machine without Hyper-V has been reported by now: nothing is created on it.
  const config = withStorage(loaded.config, context, log);
  const { path: folder } = config.storage;
  const lock = folder === undefined ? undefined : await lockFolder(folder, { clock: systemClock, log });
  let current = config;
  let inForce = loaded;
  const files = readers === undefined ? undefined : () => targetFiles(current, context.platform);
  // Most of the code is loaded here, after a wrong flag or a machine without Hyper-V has been reported.
  const { createAgent } = await import('../agent.ts');
  const agent = await createAgent(config, {
    reader,
    readers,
    log,
    version: context.version,
    async loadConfig() {
      await untilAtRest(() => [
        ...(loaded.file === undefined ? [] : [loaded.file]),
        ...(files === undefined ? [] : files()),
      ]);
      const next = load();
      if (next.fileIsEmpty && !loaded.fileIsEmpty)
        throw new UserError(`${next.file} was emptied. Restore it, or restart the exporter to run with the defaults`);
      const [lost] = lostSettings(inForce, next);
      if (lost !== undefined)
        throw new UserError(
          `${next.file} no longer has ${lost.name}. Restore it if the file was cut; otherwise write its default, ${lost.name}: ${JSON.stringify(lost.default)}, or restart the exporter`,
        );
      inForce = next;
      current = next.config;
      return current;
    },
    onPoll(part, outcome) {
      if (part !== 'inventory' || !firstInventory) return;
      firstInventory = false;
      if (outcome.document !== undefined)
        log.info(
          { seconds: Math.round((systemClock.monotonic() - startedAt) / 100) / 10 },
          'the host was read for the first time',
        );
      const fatal = fatalCause(outcome);
      if (fatal !== undefined) fail(fatal);
    },
  }).catch((error: unknown) => {
    lock?.release();
    throw error;
  });
  void lock?.lost.then(fail);
  const reload = () => void agent.reload().catch((error: unknown) => supervisor.refused?.(errorText(error)));
  supervisor.onReload(reload);
  const unwatch = [
    loaded.file === undefined ? undefined : watchConfigFile(loaded.file, reload),
    files === undefined || config.targets.files.length === 0 ? undefined : watchFiles(files, reload),
  ];
  const crashed = (error: Error): void => {
    log.error({ err: error }, 'the agent stopped because of a bug');
    supervisor.crashed?.(error);
    lock?.release();
    // eslint-disable-next-line unicorn/no-process-exit
    process.exit(EXIT.bug);
  };
  // Node would print the stack as it is.
  process.prependListener('uncaughtException', crashed);
  let reason: unknown;
  try {
    const port = await listen(agent.server, ...config.web['listen-address']);
    const url = pageUrl(config, port);
    if (config.source === 'demo')
      log.warn({ scenario: config.demo.scenario }, 'SIMULATED HOST: this is demo data, no Hyper-V host is read');
    log.info({ port, source: config.source, url }, 'serving');
    supervisor.ready?.(url);
    startedAt = systemClock.monotonic();
    agent.start();
    reason = await Promise.race([requested, failed]);
  } catch (error) {
    reason = error;
  }
  for (const end of unwatch) end?.();
  const forced = setTimeout(() => {
    log.error('the agent did not stop in time');
    supervisor.overdue?.();
    lock?.release();
    // eslint-disable-next-line unicorn/no-process-exit
    process.exit(EXIT.fault);
  }, STOP_MS - 500);
  await agent.close().catch((error: unknown) => log.error({ error: errorText(error) }, 'stopping failed'));
  clearTimeout(forced);
  process.off('uncaughtException', crashed);
  lock?.release();
  if (reason !== undefined) {
    log.error({ err: reason }, 'the agent is stopping');
    throw reason instanceof Error ? reason : new Error(errorText(reason));
  }
  log.info('stopped');
  file?.close();
}
