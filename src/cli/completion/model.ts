import type { Command, Option } from 'commander';
import { sourceNames } from '../../config/schema.ts';
import { pathRegistry } from '../../config/fields.ts';
import { SETTINGS } from '../../config/settings.ts';
import { inner } from '../../files/schema-keys.ts';
import { SCENARIOS } from '../../simulated-host/scenarios.ts';

/** What may follow an option or be an argument: one of some words, the path of a file or folder, or any text. */
export type Values = readonly string[] | 'path' | 'any';

export interface CompletedOption {
  /** `--name` */
  readonly name: string;
  readonly description: string;
  /** Absent if the option takes no value */
  readonly values?: Values;
}

/** One command, with the path by which it is called: `fleet list`. */
export interface CompletedCommand {
  readonly path: string;
  readonly description: string;
  /** Its own options. Those of settings are the same for all commands that take them */
  readonly options: readonly CompletedOption[];
  readonly takesSettings: boolean;
  readonly subcommands: readonly string[];
  /** Of its first argument; absent if it takes none */
  readonly argument?: Values;
}

export interface Completed {
  readonly commands: readonly CompletedCommand[];
  readonly settings: readonly CompletedOption[];
  /** The command that options without a command belong to */
  readonly defaultCommand: string;
}

const CONFIG_FILE = '--config.file';
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'demo.scenario': SCENARIOS,
  'sources.disabled': sourceNames(),
};
const bySetting = new Map(
  SETTINGS.map(({ name, choices, schema }): readonly [string, Values] => [
    `--${name}`,
    choices ?? WORDS[name] ?? (pathRegistry.has(inner(schema)) ? 'path' : 'any'),
  ]),
).set(CONFIG_FILE, 'path');

/** The kind of a value, from its place in the help: `<file>`, `<folder>`, `<name>`. */
const kindOf = (flags: string): Values => (/<(?:file|folder|path)>/.test(flags) ? 'path' : 'any');

function completedOption({ long, flags, description, required, optional }: Option): CompletedOption {
  const name = long ?? flags;
  return required || optional
    ? { name, description, values: bySetting.get(name) ?? kindOf(flags) }
    : { name, description };
}

function* walk(command: Command, parents: readonly string[]): Generator<CompletedCommand> {
  const path = [...parents, command.name()];
  const visible = command.options.filter(({ hidden }) => !hidden);
  const [argument] = command.registeredArguments;
  yield {
    path: path.join(' '),
    description: command.description(),
    options: visible.filter(({ long }) => !bySetting.has(long ?? '')).map(completedOption),
    takesSettings: visible.some(({ long }) => long === CONFIG_FILE),
    subcommands: command.commands.map((each) => each.name()),
    ...(argument === undefined ? {} : { argument: argument.argChoices ?? kindOf(`<${argument.name()}>`) }),
  };
  for (const child of command.commands) yield* walk(child, path);
}

/** Everything that a shell can complete, from the declarations that the help is made of. */
export function completed(commands: readonly Command[], defaultCommand: string): Completed {
  const settings = new Map<string, CompletedOption>();
  for (const command of commands)
    for (const option of command.options)
      if (!option.hidden && bySetting.has(option.long ?? '')) settings.set(option.long ?? '', completedOption(option));
  return {
    commands: commands.flatMap((command) => [...walk(command, [])]),
    settings: [...settings.values()],
    defaultCommand,
  };
}

/** The options of every command. */
export const EVERYWHERE: readonly CompletedOption[] = [{ name: '--help', description: 'Print help.' }];
/** The options of the program itself. */
export const OF_THE_PROGRAM: readonly CompletedOption[] = [{ name: '--version', description: 'Print the version.' }];
