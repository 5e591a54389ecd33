import { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { openOneShot } from './one-shot.ts';
import { withOutput } from './output.ts';
import { targetOf, withTarget } from './target.ts';

/** `metrics`: reads the host once (inventory twice) and prints the exposition. */
export function metricsCommand(context: CommandContext): Command {
  const command = withOutput(withTarget(new Command('metrics').description('Print the metrics once and exit.')));
  command.action(async () => {
    const chosen = await targetOf(command, context);
    const host = await openOneShot(chosen, context, { target: chosen.target });
    try {
      await host.settle();
      context.outData((await host.exposition.body('text')).plain().toString());
    } finally {
      await host.close();
    }
  });
  return command;
}
