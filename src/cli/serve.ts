import { Command } from 'commander';
import { watchConfigFile } from '../config/watch.ts';
import { errorText, EXIT } from '../errors.ts';
import { listen } from '../http/listen.ts';
import { createLogger, type Logger } from '../log.ts';
import type { CommandContext } from './context.ts';
import { configOf, withSettings } from './settings.ts';
import { fatalCause } from './fatal.ts';
import { openSource } from './source.ts';

const STOP_MS = 5000;

/** Resolves with the reason to stop: a signal, or the error that makes going on pointless. */
function stopReason(
  log: Logger,
  reload: () => void,
): { readonly stopped: Promise<unknown>; fail(error: unknown): void } {
  let fail: (error: unknown) => void = () => undefined;
  const stopped = new Promise<unknown>((resolve) => {
    fail = resolve;
    const onSignal = (signal: NodeJS.Signals) => {
      log.info({ signal }, 'stopping');
      resolve(undefined);
    };
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    // Windows: Ctrl+Break is what service wrappers send, and a closed console comes as SIGHUP.
    if (process.platform === 'win32') process.once('SIGBREAK', onSignal).once('SIGHUP', onSignal);
    else process.on('SIGHUP', reload);
  });
  return { stopped, fail };
}

/** `serve`, the default command: polls and serves until told to stop. */
export function serveCommand(context: CommandContext): Command {
  const command = withSettings(new Command('serve').description('Poll the host and serve its metrics (the default).'));
  command.action(async () => {
    const loaded = configOf(command, context);
    const { config } = loaded;
    const log = createLogger(config.log);
    let firstInventory = true;
    const source = await openSource(config, context, log);
    // Most of what there is to load: whoever gave a wrong flag, or has no such host, is told before.
    const { createAgent } = await import('../agent.ts');
    const agent = await createAgent(config, {
      source,
      log,
      version: context.version,
      loadConfig: () => configOf(command, context).config,
      onPoll(part, outcome) {
        if (part !== 'inventory' || !firstInventory) return;
        firstInventory = false;
        const fatal = fatalCause(outcome);
        if (fatal !== undefined) stop.fail(fatal);
      },
    });
    const reload = () => void agent.reload().catch(() => undefined);
    const stop = stopReason(log, reload);
    const unwatch = loaded.file === undefined ? undefined : watchConfigFile(loaded.file, reload);
    let reason: unknown;
    try {
      const port = await listen(agent.server, config.web['listen-address']);
      if (config.source === 'demo')
        log.warn({ scenario: config.demo.scenario }, 'SIMULATED HOST: this is demo data, no Hyper-V host is read');
      log.info(
        {
          port,
          source: config.source,
          url: `${config.web.config.file === undefined ? 'http' : 'https'}://localhost:${port}/`,
        },
        'serving',
      );
      agent.start();
      reason = await stop.stopped;
    } catch (error) {
      reason = error;
    }
    unwatch?.();
    const forced = setTimeout(() => {
      log.error('could not stop in time');
      // eslint-disable-next-line unicorn/no-process-exit
      process.exit(EXIT.fault);
    }, STOP_MS - 500);
    await agent.close().catch((error: unknown) => log.error({ error: errorText(error) }, 'stopping failed'));
    clearTimeout(forced);
    if (reason !== undefined) throw reason instanceof Error ? reason : new Error(errorText(reason));
    log.info('stopped');
  });
  return command;
}
