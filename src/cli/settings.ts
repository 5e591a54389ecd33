import { type Command, Help, Option } from 'commander';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { type Setting, SETTINGS } from '../config/settings.ts';
import { type CommandContext, PROGRAM } from './context.ts';
import { indented } from './help.ts';

/** Flags of settings by setting name; text, or whether a switch is on. */
export type Flags = ReadonlyMap<string, string | boolean>;

/** Settings of the installed service. Flags on the command line override them. */
export interface ServiceFlags {
  readonly flags: Flags;
  /** Defaults, used if neither file, environment nor flag sets a value */
  readonly defaults: Flags;
}
const ofService = new WeakMap<Command, ServiceFlags>();

/** Puts the settings of the installed service below the flags of this command. */
export const useServiceFlags = (command: Command, flags: ServiceFlags): void => void ofService.set(command, flags);

/** A longer list of choices takes the room of the text beside it; the text names them. */
const LONGEST_VALUE = 24;

/** The flag of a setting, and its sentence with the default. */
function optionOf({ name, kind, doc, choices, default: standard }: Setting): Option {
  const place = choices?.join('|') ?? kind;
  const flag = kind === 'boolean' ? `--${name}` : `--${name} <${place.length > LONGEST_VALUE ? 'name' : place}>`;
  const usual =
    standard === undefined || standard === '' || kind === 'list' ? '' : ` (default: ${JSON.stringify(standard)})`;
  const option = new Option(flag, doc + usual);
  // A list may be given with commas, or by repeating the flag.
  return kind === 'list'
    ? option.argParser((value, former: string | undefined) => (former === undefined ? value : `${former},${value}`))
    : option;
}

const asFlags = SETTINGS.filter(({ kind }) => kind !== 'structure');
const names = new Set<string | undefined>(asFlags.map(({ name }) => `--${name}`));
/** Settings that the help of a command shows in addition to its own options */
const SHOWN = new Set<string | undefined>(['--source']);

/** Adds a flag to a command for each setting that can be a flag. Its help names the settings, and does not list them. */
export function withSettings(command: Command): Command {
  command.addOption(new Option('--config.file <path>', 'Configuration file (YAML).'));
  for (const setting of asFlags) {
    command.addOption(optionOf(setting));
    if (setting.kind === 'boolean') command.addOption(new Option(`--no-${setting.name}`).hideHelp());
  }
  // The list of a mistyped flag's neighbours is made of visible options: a setting is left out of the text only.
  command.configureHelp({
    formatHelp(about, helper) {
      const visibleOptions = (of: Command) =>
        helper.visibleOptions(of).filter(({ long }) => !names.has(long) || SHOWN.has(long));
      return new Help().formatHelp(about, Object.assign(Object.create(helper) as Help, { visibleOptions }));
    },
  });
  return command.addHelpText('after', `\n${asFlags.length} settings as flags: ${PROGRAM} --help settings`);
}

/** Every setting as a flag, by group, as wide as the terminal. */
export function settingsHelp(width = process.stdout.columns ?? 80): string {
  const helper = new Help();
  helper.prepareContext({ helpWidth: width });
  const groups = new Map<string, Option[]>();
  for (const setting of asFlags) {
    const group = setting.keys.length === 1 ? 'general' : (setting.keys[0] ?? '');
    groups.set(group, [...(groups.get(group) ?? []), optionOf(setting)]);
  }
  const texts = [...groups].map(
    ([group, options]) =>
      `${group}\n${options.map(({ flags, description }) => `  ${flags}\n${indented(helper, description, width)}`).join('\n')}`,
  );
  return `Settings, as flags, as variables (HYPERV_SRIOV_WEB_LISTEN_ADDRESS), or in the file that --config.file names.\n\n${texts.join('\n\n')}\n`;
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
  const { flags, defaults } = ofService.get(command) ?? { flags: [], defaults: new Map() };
  return loadConfig({
    flags: new Map([...flags, ...givenFlags(command)]),
    environment: context.environment,
    platform: context.platform,
    defaults,
  });
}
