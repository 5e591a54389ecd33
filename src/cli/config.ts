import { Command } from 'commander';
import { printConfig } from '../config/print.ts';
import type { CommandContext } from './context.ts';
import { configOf, withSettings } from './settings.ts';

/** `config check`, `config print` */
export function configCommand(context: CommandContext): Command {
  const config = new Command('config').description('Check or print the configuration.');
  const check = withSettings(
    new Command('check').description('Say every fault of the configuration, by file and line.'),
  );
  check.action(() => {
    const { file } = configOf(check, context);
    context.out(file === undefined ? 'configuration is valid\n' : `${file}: configuration is valid\n`);
  });
  const print = withSettings(new Command('print').description('Print the configuration in force, secrets hidden.'));
  print.action(() => context.out(printConfig(configOf(print, context))));
  return config.addCommand(check).addCommand(print);
}
