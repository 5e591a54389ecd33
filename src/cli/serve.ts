import { Command } from 'commander';
import { OperationalError } from '../errors.ts';
import { openWindows } from '../windows/open.ts';
import type { CommandContext } from './context.ts';
import { runAgent, type Supervisor } from './run-agent.ts';
import { configOf, withSettings } from './settings.ts';

/** Windows sends Ctrl+Break as SIGBREAK and a closed console as SIGHUP; elsewhere SIGHUP reloads the configuration. */
const endSignals = (platform: NodeJS.Platform): readonly NodeJS.Signals[] =>
  platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];

/** Runs `body` with a supervisor that listens to signals. Stops listening when `body` has ended. */
async function withSignals(platform: NodeJS.Platform, body: (supervisor: Supervisor) => Promise<void>): Promise<void> {
  const signals = endSignals(platform);
  let end: (signal: string) => void = () => undefined;
  const stopRequested = new Promise<string>((resolve) => {
    end = resolve;
  });
  let reload: (() => void) | undefined;
  for (const signal of signals) process.once(signal, end);
  try {
    await body({
      stopRequested,
      onReload(given) {
        reload = given;
        if (!signals.includes('SIGHUP')) process.on('SIGHUP', given);
      },
    });
  } finally {
    for (const signal of signals) process.off(signal, end);
    if (reload !== undefined) process.off('SIGHUP', reload);
  }
}

/**
 * Makes Windows end all child processes when the agent ends for any reason. If the native library is missing, the job
 * object of Node does so for direct children only.
 */
async function holdChildren(): Promise<void> {
  try {
    (await openWindows()).holdChildren();
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
  }
}

/** `serve`, the default command: polls and serves until it is asked to stop. */
export function serveCommand(context: CommandContext): Command {
  const command = withSettings(new Command('serve').description('Poll the host and serve its metrics (the default).'));
  command.action(async () => {
    if (context.platform === 'win32') await holdChildren();
    await withSignals(context.platform, (supervisor) =>
      runAgent(() => configOf(command, context), context, supervisor),
    );
  });
  return command;
}
