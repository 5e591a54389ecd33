import { type Command, Option } from 'commander';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { SETTINGS } from '../config/settings.ts';
import type { CommandContext } from './context.ts';

/** Flags of settings by setting name; text, or whether a switch is on. */
export type Flags = ReadonlyMap<string, string | boolean>;

/** Settings that stand below those of the command line: of the installed service. */
interface Below {
  readonly flags: Flags;
  /** What holds where neither file, environment nor flag says otherwise */
  readonly defaults: Flags;
}
const below = new WeakMap<Command, Below>();

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

/**
 * Gives a command the flags of settings and `--service`: with it the command uses the settings of the Windows service
 * that is installed here. Flags that are given beat those of the service.
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

/** The configuration of a command that has the settings' flags. @throws ConfigError */
export function configOf(command: Command, context: CommandContext): LoadedConfig {
  const { flags, defaults } = below.get(command) ?? { flags: [], defaults: new Map() };
  return loadConfig({
    flags: new Map([...flags, ...givenFlags(command)]),
    environment: context.environment,
    platform: context.platform,
    defaults,
  });
}
