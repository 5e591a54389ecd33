import type { z } from 'zod';
import { secretRegistry, settingRegistry, type SettingMeta } from './fields.ts';
import { configSchema } from './schema.ts';

/** What a setting takes: the first four also as text (flag, environment), a structure in the file only. */
export type SettingKind = 'text' | 'number' | 'boolean' | 'list' | 'structure';

/** One setting, as flags, docs and `config print` see it. */
export interface Setting extends SettingMeta {
  readonly keys: readonly string[];
  /** The path with dots; the flag is `--` and this */
  readonly name: string;
  readonly environment: string;
  readonly kind: SettingKind;
  readonly choices?: readonly string[];
  /** As it would be written in the file; undefined where there is none */
  readonly default?: unknown;
  readonly schema: z.core.$ZodType;
}

const ENVIRONMENT_PREFIX = 'HYPERV_SRIOV_';

// zod types its own definitions as a union only under this cast and this name.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion, no-underscore-dangle
const definition = (type: z.core.$ZodType) => (type as z.core.$ZodTypes)._zod.def;

/** The type under defaults, options and transforms. */
export function inner(type: z.core.$ZodType): z.core.$ZodType {
  const def = definition(type);
  if (def.type === 'prefault' || def.type === 'optional') return inner(def.innerType);
  return def.type === 'pipe' ? inner(def.in) : type;
}

function describe(path: readonly string[], schema: z.core.$ZodType, meta: SettingMeta): Setting {
  const outer = definition(schema);
  const def = definition(inner(schema));
  const kind: SettingKind =
    def.type === 'boolean' || def.type === 'number'
      ? def.type
      : def.type === 'string' || def.type === 'enum'
        ? 'text'
        : def.type === 'array' && definition(def.element).type === 'string'
          ? 'list'
          : 'structure';
  return {
    ...meta,
    keys: path,
    name: path.join('.'),
    environment: ENVIRONMENT_PREFIX + path.join('_').replaceAll('-', '_').toUpperCase(),
    kind,
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

/** `value` as written for `type`, with each secret in it replaced. */
export function hideSecrets(type: z.core.$ZodType, value: unknown): unknown {
  const base = inner(type);
  if (secretRegistry.has(base)) return '<secret>';
  const def = definition(base);
  if (def.type === 'array' && Array.isArray(value)) return value.map((item) => hideSecrets(def.element, item));
  if (typeof value !== 'object' || value === null) return value;
  if (def.type === 'record')
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, hideSecrets(def.valueType, child)]));
  if (def.type !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      const field = def.shape[key];
      return [key, field === undefined ? child : hideSecrets(field, child)];
    }),
  );
}
