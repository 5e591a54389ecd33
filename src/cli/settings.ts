import { type Command, Option } from 'commander';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { SETTINGS } from '../config/settings.ts';
import type { CommandContext } from './context.ts';

/** Gives a command a flag for each setting that can be one. */
export function withSettings(command: Command): Command {
  command.addOption(new Option('--config.file <path>', 'Configuration file (YAML).'));
  for (const { name, kind, doc, choices, default: standard } of SETTINGS) {
    if (kind === 'structure') continue;
    const flag = kind === 'boolean' ? `--${name}` : `--${name} <${choices?.join('|') ?? kind}>`;
    const usual =
      standard === undefined || standard === '' || kind === 'list' ? '' : ` (default: ${JSON.stringify(standard)})`;
    command.addOption(new Option(flag, doc + usual));
    if (kind === 'boolean') command.addOption(new Option(`--no-${name}`).hideHelp());
  }
  return command;
}

/** The flags of settings as given on the command line, by setting name. */
function givenFlags(command: Command): Map<string, string | boolean> {
  const flags = new Map<string, string | boolean>();
  for (const option of command.options) {
    const key = option.attributeName();
    if (command.getOptionValueSource(key) !== 'cli') continue;
    const value: unknown = command.getOptionValue(key);
    const name = (option.long ?? '').replace(/^--(?:no-)?/, '');
    if (typeof value === 'string' || typeof value === 'boolean') flags.set(name, value);
  }
  return flags;
}

/** The configuration of a command that has the settings' flags. @throws ConfigError */
export const configOf = (command: Command, context: CommandContext): LoadedConfig =>
  loadConfig({ flags: givenFlags(command), environment: context.environment, platform: context.platform });
