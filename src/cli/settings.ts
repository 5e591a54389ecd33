import { type Command, Option } from 'commander';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { SETTINGS } from '../config/settings.ts';
import type { CommandContext } from './context.ts';

/** Flags of settings by setting name; text, or whether a switch is on. */
export type Flags = ReadonlyMap<string, string | boolean>;

/** Settings of the installed service. Flags on the command line override them. */
interface Below {
  readonly flags: Flags;
  /** Defaults, used if neither file, environment nor flag sets a value */
  readonly defaults: Flags;
}
const below = new WeakMap<Command, Below>();

/** Adds a flag to a command for each setting that can be a flag. */
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

/**
 * Adds the flags of settings and `--service` to a command. With `--service`, the command uses the settings of the
 * installed Windows service. Flags on the command line override those of the service.
 */
export function withSettingsOrService(command: Command): Command {
  withSettings(command).option('--service', 'Use the settings of the Windows service that is installed here.');
  command.hook('preAction', async () => {
    if (command.opts<{ readonly service?: boolean }>().service !== true) return;
    const { installedSettings } = await import('./service-settings.ts');
    below.set(command, await installedSettings());
  });
  return command;
}

/** The flags of settings as given on the command line. */
export function givenFlags(command: Command): Map<string, string | boolean> {
  const flags = new Map<string, string | boolean>();
  for (const option of command.options) {
    const key = option.attributeName();
    if (command.getOptionValueSource(key) !== 'cli') continue;
    const value: unknown = command.getOptionValue(key);
    const name = (option.long ?? '').replace(/^--(?:no-)?/, '');
    if (name !== 'config.file' && !SETTINGS.some((setting) => setting.name === name)) continue;
    if (typeof value === 'string' || typeof value === 'boolean') flags.set(name, value);
  }
  return flags;
}

/** Loads the configuration for a command that has the flags of settings. @throws ConfigError */
export function configOf(command: Command, context: CommandContext): LoadedConfig {
  const { flags, defaults } = below.get(command) ?? { flags: [], defaults: new Map() };
  return loadConfig({
    flags: new Map([...flags, ...givenFlags(command)]),
    environment: context.environment,
    platform: context.platform,
    defaults,
  });
}
