import { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { runAgent, type Supervisor } from './run-agent.ts';
import { configOf, withSettings } from './settings.ts';

const WINDOWS = process.platform === 'win32';
/** Windows sends Ctrl+Break as SIGBREAK and a closed console as SIGHUP; elsewhere SIGHUP reloads the configuration. */
const END: readonly NodeJS.Signals[] = WINDOWS ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];

/** Runs `body` with a supervisor that listens to signals, and stops listening when it has ended. */
async function withSignals(body: (supervisor: Supervisor) => Promise<void>): Promise<void> {
  let end: (signal: string) => void = () => undefined;
  const stopRequested = new Promise<string>((resolve) => {
    end = resolve;
  });
  let reload: (() => void) | undefined;
  for (const signal of END) process.once(signal, end);
  try {
    await body({
      stopRequested,
      onReload(given) {
        reload = given;
        if (!WINDOWS) process.on('SIGHUP', given);
      },
    });
  } finally {
    for (const signal of END) process.off(signal, end);
    if (reload !== undefined) process.off('SIGHUP', reload);
  }
}

/** `serve`, the default command: polls and serves until it is told to stop. */
export function serveCommand(context: CommandContext): Command {
  const command = withSettings(new Command('serve').description('Poll the host and serve its metrics (the default).'));
  command.action(() => withSignals((supervisor) => runAgent(() => configOf(command, context), context, supervisor)));
  return command;
}
