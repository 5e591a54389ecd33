import type { z } from 'zod';
import { didYouMean } from '../text/did-you-mean.ts';
import { quoted, UserError } from '../errors.ts';
import { pathFault, pathsOf } from '../files/path.ts';
import type { Environment } from './environment.ts';
import { type ConfigFile, readConfigFile } from './file.ts';
import { inner, keysAt } from '../files/schema-keys.ts';
import { configSchema, type Config } from './schema.ts';
import { secretRegistry } from './fields.ts';
import { type Fault, faultLines } from '../files/yaml.ts';
import { anchorPaths, pathFaults, SETTINGS, type Setting } from './settings.ts';

/** The sources of settings. Flags take precedence over the environment, and the environment over the file. */
export interface ConfigInput {
  /** The given flags by name of the setting, including `config.file`: a text, or true for a flag without a value */
  readonly flags: ReadonlyMap<string, string | boolean>;
  readonly environment: Environment;
  /** Determines the syntax of paths and names of variables. Default: the current platform */
  readonly platform?: NodeJS.Platform;
  /** Values for settings that no other source sets, by name. They take precedence over the defaults of the schema */
  readonly defaults?: ReadonlyMap<string, string | boolean>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The values as written, all sources merged, without defaults */
  readonly written: Readonly<Record<string, unknown>>;
  /** The absolute path of the configuration file, if one was given */
  readonly file?: string;
  /** The file is there and sets nothing */
  readonly fileIsEmpty: boolean;
  /** Neither a flag nor a variable sets `source` */
  readonly sourceIsInFile: boolean;
}

/** All faults of the configuration, one per line. */
export class ConfigError extends UserError {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

type Written = Record<string, unknown>;

const PREFIX = 'HYPERV_SRIOV_';
const CONFIG_FILE = { name: 'config.file', environment: 'HYPERV_SRIOV_CONFIG_FILE' } as const;
const isObject = (value: unknown): value is Written =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at `keys`; undefined if there is none. */
export function valueAt(written: unknown, keys: readonly PropertyKey[]): unknown {
  let value = written;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Converts the text of a flag or variable to the kind of the setting. Other text stays text, and the schema refuses it. */
function fromText(setting: Setting, given: string | boolean): unknown {
  if (typeof given === 'boolean') return given;
  if (setting.kind === 'boolean') return given === 'true' ? true : given === 'false' ? false : given;
  if (setting.kind === 'number') return given.trim() !== '' && Number.isFinite(Number(given)) ? Number(given) : given;
  if (setting.kind === 'list') {
    const items = given === '' ? [] : given.split(',').map((item) => item.trim());
    return setting.oneOrMany && items.length === 1 ? given.trim() : items;
  }
  return given;
}

/** A copy of `written` with `value` at `keys`. A parent that is not a section stays, and the schema refuses it. */
export function withValue(written: Written, keys: readonly string[], value: unknown): Written {
  const [key, ...rest] = keys;
  if (key === undefined) return written;
  if (rest.length === 0) return { ...written, [key]: value };
  const child = written[key] ?? {};
  return isObject(child) ? { ...written, [key]: withValue(child, rest, value) } : written;
}

/** The environment with upper-case names on Windows, where names of variables are case-insensitive. */
function byKnownNames(environment: Environment, platform: NodeJS.Platform): Environment {
  if (platform !== 'win32') return environment;
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name.toUpperCase(), value]));
}

/** Faults in the combination of settings. They are found in the values as written, so that they are reported with other faults. */
function* crossFaults(written: Written): Generator<readonly [keys: string[], message: string]> {
  if (written['source'] === 'replay' && valueAt(written, ['replay', 'file']) === undefined)
    yield [['replay', 'file'], 'is required with --source replay'];
  const fleet = written['source'] === 'targets' || (written['source'] === 'demo' && isMany(written));
  if (written['source'] === 'targets' && ['list', 'clusters', 'files'].every((key) => isEmpty(written, key)))
    yield [['targets'], 'has neither a list nor clusters nor files, with source: targets'];
  if (valueAt(written, ['alerting', 'enabled']) === true) {
    const instance = valueAt(written, ['alerting', 'external_labels', 'instance']);
    if (fleet && instance !== undefined)
      yield [
        ['alerting', 'external_labels', 'instance'],
        'is set by the collector: the name of the target that the alert is about',
      ];
    if (!fleet && instance === undefined)
      yield [['alerting', 'external_labels'], 'needs the label instance if alerting is enabled'];
    const targets = valueAt(written, ['alerting', 'alertmanagers']);
    if (!(Array.isArray(targets) && targets.length > 0) && valueAt(written, ['alerting', 'webhook']) === undefined)
      yield [['alerting'], 'is enabled but has neither alertmanagers nor a webhook'];
  }
}

const isMany = (written: Written): boolean => {
  const hosts = valueAt(written, ['demo', 'hosts']);
  return typeof hosts === 'number' && hosts > 1;
};
const isEmpty = (written: Written, key: string): boolean => {
  const value = valueAt(written, ['targets', key]);
  return value === undefined || (Array.isArray(value) && value.length === 0);
};

function got(written: Written, path: readonly PropertyKey[]): string {
  const value = valueAt(written, path);
  if (value === undefined) return '';
  const setting = SETTINGS.find(({ keys }) => keys.every((key, i) => path[i] === key));
  // A structure may contain secrets, so only settings with a single plain value are quoted.
  if (setting === undefined || setting.kind === 'structure' || secretRegistry.has(inner(setting.schema))) return '';
  return `, got ${quoted(value)}`;
}

/** Names of schema types in messages. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
};

/** The choices that a value of the configuration is close to; nothing for a value that is not a text. */
function meant({ path, values }: z.core.$ZodIssueInvalidValue, written: Written): string {
  const value = valueAt(written, path);
  return typeof value === 'string' ? didYouMean(value, values.map(String)) : '';
}

/** The faults of an issue of a value of `schema`. An issue about several keys becomes one fault for each. */
export function issueFaults(
  schema: z.core.$ZodType,
  issue: z.core.$ZodIssue,
  written: Written,
): (readonly [PropertyKey[], Fault['message']])[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(
        (key) =>
          [[...issue.path, key], () => `is not a known setting${didYouMean(key, keysAt(schema, issue.path))}`] as const,
      );
    case 'invalid_type':
      return [
        [
          issue.path,
          valueAt(written, issue.path) === undefined
            ? 'is required'
            : `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`,
        ],
      ];
    case 'invalid_value':
      return [[issue.path, `must be one of ${issue.values.map(String).join(', ')}${meant(issue, written)}`]];
    case 'invalid_key':
      return [[issue.path, issue.issues[0]?.message ?? issue.message]];
    case 'too_small':
      return [[issue.path, issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`]];
    case 'too_big':
      return [[issue.path, `must be at most ${issue.maximum}`]];
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_union':
    case 'not_multiple_of':
      return [[issue.path, issue.message]];
  }
}

/**
 * Merges flags, environment and file, and checks the result.
 * @throws ConfigError with every fault: `file:line: key: what`, or with the flag or variable instead of `file:line: key`
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const platform = input.platform ?? process.platform;
  const paths = pathsOf(platform);
  const environment = byKnownNames(input.environment, platform);
  /** Faults of flags and variables */
  const faults: string[] = [];
  const fileFaults: Fault[] = [];

  const flag = input.flags.get(CONFIG_FILE.name);
  const named = flag ?? environment[CONFIG_FILE.environment];
  const given = typeof named === 'string' && named !== '' ? named : undefined;
  const unfit = given === undefined ? undefined : pathFault(given, platform);
  if (unfit !== undefined)
    faults.push(
      `${flag === undefined ? CONFIG_FILE.environment : `--${CONFIG_FILE.name}`}: ${unfit}, got ${quoted(given)}`,
    );
  const path = given === undefined || unfit !== undefined ? undefined : paths.resolve(given);
  const file: ConfigFile | undefined = path === undefined ? undefined : readConfigFile(path);

  let written: Written = path === undefined ? {} : anchorPaths(file?.values ?? {}, paths.dirname(path), platform);
  const origins = new Map<string, string>();
  for (const setting of SETTINGS) {
    const layers: readonly (readonly [string | boolean | undefined, origin?: string])[] = [
      [input.flags.get(setting.name), `--${setting.name}`],
      [environment[setting.environment], setting.environment],
      [valueAt(written, setting.keys) === undefined ? input.defaults?.get(setting.name) : undefined],
    ];
    const [value, origin] = layers.find(([each]) => each !== undefined) ?? [];
    if (value === undefined || setting.kind === 'structure') continue;
    written = withValue(written, setting.keys, fromText(setting, value));
    if (origin !== undefined) origins.set(setting.name, origin);
  }
  const known = new Set<string>([CONFIG_FILE.environment]);
  for (const setting of SETTINGS) if (setting.kind !== 'structure') known.add(setting.environment);
  for (const name of Object.keys(environment))
    if (name.startsWith(PREFIX) && !known.has(name))
      faults.push(
        `${name}: is not a known setting${didYouMean(
          name.slice(PREFIX.length),
          [...known].map((one) => one.slice(PREFIX.length)),
        )}`,
      );

  const addFault = (keys: readonly PropertyKey[], what: Fault['message']) => {
    const origin = keys.map((_, i) => origins.get(keys.slice(0, i + 1).join('.'))).find((name) => name !== undefined);
    const message = () => `${typeof what === 'string' ? what : what()}${got(written, keys)}`;
    if (origin === undefined && file !== undefined) fileFaults.push({ keys, message });
    else faults.push(`${origin ?? keys.map(String).join('.')}: ${message()}`);
  };
  const parsed = configSchema.safeParse(written);
  for (const issue of parsed.error?.issues ?? [])
    for (const fault of issueFaults(configSchema, issue, written)) addFault(...fault);
  for (const { keys, message } of pathFaults(written, platform)) addFault(keys, message);
  if ((file?.faults.length ?? 0) === 0) for (const fault of crossFaults(written)) addFault(...fault);
  if (path !== undefined && file !== undefined) faults.unshift(...faultLines(path, file, fileFaults));
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults);
  const fileIsEmpty = file !== undefined && Object.keys(file.values).length === 0;
  return {
    config: parsed.data,
    written,
    ...(path === undefined ? {} : { file: path }),
    fileIsEmpty,
    sourceIsInFile: !origins.has('source'),
  };
}

/**
 * Settings that decide what is read, shown or expected, and that `before` sets and `next` does not, by name. A file that was
 * cut looks like one in which they were deleted, so a reload does not take them away. Their default may be written instead.
 */
export const lostSettings = (before: Pick<LoadedConfig, 'written'>, next: Pick<LoadedConfig, 'written'>) =>
  SETTINGS.filter(
    ({ name, keys, reload }) =>
      reload === true &&
      name !== 'log.level' &&
      valueAt(before.written, keys) !== undefined &&
      valueAt(next.written, keys) === undefined,
  ).map((setting) => ({ name: setting.name, default: setting.default }));
