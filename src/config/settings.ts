import type { z } from 'zod';
import { pathFault, pathsOf } from '../files/path.ts';
import { hideUrlSecrets } from '../text/redact.ts';
import { definition, fieldOf, inner } from '../files/schema-keys.ts';
import type { Fault } from '../files/yaml.ts';
import { pathRegistry, secretRegistry, settingRegistry, type SettingMeta } from './fields.ts';
import { type Config, configSchema } from './schema.ts';

/** The kind of a setting's value. A structure can be set in the file only; all others also by flag and environment. */
export type SettingKind = 'text' | 'number' | 'boolean' | 'list' | 'structure';

/** One setting, for flags, documentation and `config print`. */
export interface Setting extends SettingMeta {
  readonly keys: readonly string[];
  /** The keys joined with dots. The flag is `--` and this name */
  readonly name: string;
  readonly environment: string;
  readonly kind: SettingKind;
  /** A list that may be written as a single text */
  readonly oneOrMany: boolean;
  readonly choices?: readonly string[];
  /** The default as it would be written in the file; undefined if there is none */
  readonly default?: unknown;
  readonly schema: z.core.$ZodType;
}

const ENVIRONMENT_PREFIX = 'HYPERV_SRIOV_';

function describe(path: readonly string[], schema: z.core.$ZodType, meta: SettingMeta): Setting {
  const outer = definition(schema);
  const def = definition(inner(schema));
  const kind: SettingKind =
    def.type === 'boolean' || def.type === 'number'
      ? def.type
      : def.type === 'string' || def.type === 'enum'
        ? 'text'
        : def.type === 'union' || (def.type === 'array' && definition(def.element).type === 'string')
          ? 'list'
          : 'structure';
  return {
    ...meta,
    keys: path,
    name: path.join('.'),
    environment: ENVIRONMENT_PREFIX + path.join('_').replaceAll('-', '_').toUpperCase(),
    kind,
    oneOrMany: def.type === 'union',
    schema,
    ...(def.type === 'enum' ? { choices: Object.values(def.entries).map(String) } : {}),
    ...(outer.type === 'prefault' ? { default: outer.defaultValue } : {}),
  };
}

function* walk(type: z.core.$ZodType, path: readonly string[]): Generator<Setting> {
  const meta = settingRegistry.get(type);
  if (meta !== undefined) {
    yield describe(path, type, meta);
    return;
  }
  const def = definition(inner(type));
  if (def.type !== 'object') return;
  for (const [key, child] of Object.entries(def.shape)) yield* walk(child, [...path, key]);
}

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = [...walk(configSchema, [])];

/**
 * Applies `change` to each leaf of `value`. Values that do not fit the schema stay unchanged.
 * @param type the schema of `value`
 * @param keys the path of `value`; `change` gets the path of each leaf
 */
function mapLeaves(
  type: z.core.$ZodType,
  value: unknown,
  change: (type: z.core.$ZodType, value: unknown, keys: readonly PropertyKey[]) => unknown,
  keys: readonly PropertyKey[] = [],
): unknown {
  const base = inner(type);
  const def = definition(base);
  if (def.type === 'array' && Array.isArray(value))
    return value.map((item, index) => mapLeaves(def.element, item, change, [...keys, index]));
  if (def.type === 'record' && isObject(value))
    return mapValues(value, (child, key) => mapLeaves(def.valueType, child, change, [...keys, key]));
  if (def.type === 'object' && isObject(value))
    return mapValues(value, (child, key) => {
      const field = fieldOf(def.shape, key);
      return field === undefined ? child : mapLeaves(field, child, change, [...keys, key]);
    });
  return change(base, value, keys);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const mapValues = (object: Record<string, unknown>, change: (child: unknown, key: string) => unknown) =>
  Object.fromEntries(Object.entries(object).map(([key, child]) => [key, change(child, key)]));

/** `value`, as written for `type`, with its secrets and those of URLs replaced. */
export const hideSecrets = (type: z.core.$ZodType, value: unknown): unknown =>
  mapLeaves(type, value, (leaf, text) =>
    secretRegistry.has(leaf) ? '<secret>' : typeof text === 'string' ? hideUrlSecrets(text) : text,
  );

/**
 * A configuration as written, with its relative paths resolved against `folder`. Invalid paths stay unchanged.
 * @param type the schema, where it is another file than the configuration
 */
export const anchorPaths = (
  written: Readonly<Record<string, unknown>>,
  folder: string,
  platform: NodeJS.Platform,
  type: z.core.$ZodType = configSchema,
): Record<string, unknown> =>
  mapLeaves(type, written, (leaf, text) =>
    pathRegistry.has(leaf) && typeof text === 'string' && text !== '' && pathFault(text, platform) === undefined
      ? pathsOf(platform).resolve(folder, text)
      : text,
  ) as Record<string, unknown>;

/** The faults of the paths in a configuration as written. */
export function pathFaults(written: Readonly<Record<string, unknown>>, platform: NodeJS.Platform): readonly Fault[] {
  const faults: Fault[] = [];
  mapLeaves(configSchema, written, (leaf, text, keys) => {
    const message = pathRegistry.has(leaf) && typeof text === 'string' ? pathFault(text, platform) : undefined;
    if (message !== undefined) faults.push({ keys, message });
    return text;
  });
  return faults;
}

/** The paths of all files with the role `configuration` that `config` names. */
export function configurationFiles(config: Config): readonly string[] {
  const found: string[] = [];
  mapLeaves(configSchema, config, (leaf, text) => {
    if (pathRegistry.get(leaf)?.role === 'configuration' && typeof text === 'string') found.push(text);
    return text;
  });
  return found;
}
