import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { pathRegistry } from '../config/fields.ts';
import { SETTINGS } from '../config/settings.ts';
import { OperationalError } from '../errors.ts';
import { inner } from '../files/schema-keys.ts';
import { NODE_FLAGS } from '../node-flags.ts';
import { shipped } from '../shipped.ts';
import { quoteArgument, splitCommandLine } from '../windows/command-line.ts';
import { SERVICE_NAME } from '../windows/names.ts';
import { openWindows } from '../windows/open.ts';
import type { CommandContext } from './context.ts';
import { type Flags, givenFlags, withSettings } from './settings.ts';

/** The arguments in the command line of the service, without the program. */
export interface ServiceArguments {
  /** Folder of configuration, state and logs */
  readonly data: string;
  readonly flags: Flags;
}

const DATA = '--data <folder>';
const DATA_DOC = 'Folder of configuration, state and logs.';

/** Adds the flags of the service's command line to a command. */
export const withServiceArguments = (command: Command): Command => withSettings(command).option(DATA, DATA_DOC);

/** Makes paths absolute: the service starts in a different working directory than this command. */
const withFullPaths = (flags: Flags): Flags =>
  new Map(
    [...flags].map(([name, value]) => [
      name,
      typeof value === 'string' && PATHS.has(name) && value !== '' ? resolve(value) : value,
    ]),
  );
const PATHS = new Set([
  'config.file',
  ...SETTINGS.filter(({ schema }) => pathRegistry.has(inner(schema))).map(({ name }) => name),
]);

/** The arguments of the service that a command was given. */
export function argumentsOf(command: Command, defaultData: string): ServiceArguments {
  const { data = defaultData } = command.opts<{ readonly data?: string }>();
  return { data: resolve(data), flags: withFullPaths(givenFlags(command)) };
}

/** The arguments of `service run`. */
function words({ data, flags }: ServiceArguments): readonly string[] {
  const settings = [...flags].flatMap(([name, value]) =>
    typeof value === 'string' ? [`--${name}`, value] : [value ? `--${name}` : `--no-${name}`],
  );
  return ['service', 'run', '--data', data, ...settings];
}

/** The command line to register for the service: this Node and this program. */
export const serviceCommandLine = (given: ServiceArguments): string =>
  [process.execPath, ...NODE_FLAGS, fileURLToPath(shipped('main.js')), ...words(given)].map(quoteArgument).join(' ');

/** The arguments in the command line of a service; undefined if the service is not this exporter. */
export function readCommandLine(commandLine: string): ServiceArguments | undefined {
  const found = splitCommandLine(commandLine);
  const at = found.findIndex((word, index) => word === 'service' && found[index + 1] === 'run');
  if (at < 0) return undefined;
  const command = withServiceArguments(new Command('run'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(found.slice(at + 2), { from: 'user' });
  const { data } = command.opts<{ readonly data?: string }>();
  return data === undefined ? undefined : { data, flags: givenFlags(command) };
}

/** Defaults of the service, used if neither its configuration file nor a flag sets a value: storage and a log file. */
export const defaultsIn = (data: string): Flags =>
  new Map([
    ['storage.path', join(data, 'state')],
    ['log.file', join(data, 'logs', `${SERVICE_NAME}.log`)],
  ]);

/** Adds the configuration file of the data folder to the flags, if no file is named and that file exists. */
export function withConfigFile({ data, flags }: ServiceArguments): Flags {
  const file = join(data, 'config', 'config.yaml');
  return flags.has('config.file') || !existsSync(file) ? flags : new Map([...flags, ['config.file', file]]);
}

/** The settings of the installed service. @throws OperationalError where there is none, or on another system */
export async function installedSettings(): Promise<{ readonly flags: Flags; readonly defaults: Flags }> {
  const { services } = await openWindows();
  const registered = services.configuration(SERVICE_NAME);
  const found = registered === undefined ? undefined : readCommandLine(registered.commandLine);
  if (found === undefined)
    throw new OperationalError('no_service', `the service ${SERVICE_NAME} is not installed here: leave --service out`);
  return { flags: withConfigFile(found), defaults: defaultsIn(found.data) };
}

/** An environment variable by name; like Windows, it ignores case. */
const variable = ({ environment }: Pick<CommandContext, 'environment'>, name: string): string | undefined =>
  Object.entries(environment).find(([each]) => each.toUpperCase() === name.toUpperCase())?.[1];

const programData = (context: Pick<CommandContext, 'environment'>): string =>
  variable(context, 'ProgramData') ?? 'C:\\ProgramData';

/** The default folder of configuration, state and logs. */
export const dataFolder = (context: Pick<CommandContext, 'environment'>): string =>
  join(programData(context), SERVICE_NAME);

/** The Start menu of all users. */
export const startMenuFolder = (context: Pick<CommandContext, 'environment'>): string =>
  join(programData(context), 'Microsoft', 'Windows', 'Start Menu', 'Programs');

/** The folder of Windows. */
export const systemRoot = (context: Pick<CommandContext, 'environment'>): string =>
  variable(context, 'SystemRoot') ?? 'C:\\Windows';
