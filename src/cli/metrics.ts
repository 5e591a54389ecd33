import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { createPipeline } from '../pipeline.ts';
import type { Clock } from '../clock.ts';
import type { PollOutcome } from '../poll/store.ts';
import { OperationalError } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { CommandContext } from './context.ts';
import { fatalCause } from './fatal.ts';
import { configOf, withSettings } from './settings.ts';
import { openSource } from './source.ts';

/** A fallback is published when two inventory documents agree. */
const BETWEEN_MS = 5000;

/** `metrics`: reads the host once (inventory twice) and prints the exposition. */
export function metricsCommand(context: CommandContext): Command {
  const command = withSettings(new Command('metrics').description('Print the metrics once and exit.'));
  command.action(async () => {
    const { config } = configOf(command, context);
    const log = createLogger({ ...config.log, level: 'error' });
    // A simulated host is not waited for: its clock is moved.
    let ahead = 0;
    const step = config.source !== 'powershell';
    const move = (clock: Clock): Clock => ({
      now: () => clock.now() + ahead,
      monotonic: () => clock.monotonic() + ahead,
    });
    const source = await openSource(config, context, log, move);
    const outcomes: PollOutcome[] = [];
    const onPoll = (part: string, outcome: PollOutcome) => void (part === 'inventory' && outcomes.push(outcome));
    const { poller, exposition, render } = createPipeline(config, { source, log, onPoll });
    try {
      await Promise.all([poller.poll('inventory', 'now'), poller.poll('activity', 'now')]);
      const [outcome] = outcomes;
      const fatal = outcome === undefined ? undefined : fatalCause(outcome);
      if (fatal !== undefined) throw fatal;
      await Promise.all([poller.poll('config', 'now'), poller.poll('cluster', 'now')]);
      if (step) ahead += BETWEEN_MS;
      else await sleep(BETWEEN_MS);
      await poller.poll('inventory', 'now');
      await render();
      const last = outcomes.at(-1);
      if (last?.error !== undefined)
        throw new OperationalError('inventory_failed', `the host could not be read: ${last.error}`);
      context.out((await exposition.scrape('text', false)).body.toString());
    } finally {
      await poller.stop();
      await source.close();
    }
  });
  return command;
}
