import type { z } from 'zod';

/** What a schema is made of. */
// Only with this cast and this name does zod type its definitions as a union.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion, no-underscore-dangle
export const definition = (type: z.core.$ZodType) => (type as z.core.$ZodTypes)._zod.def;

/** The type without defaults, optional wrappers and transforms. */
export function inner(type: z.core.$ZodType): z.core.$ZodType {
  const def = definition(type);
  if (def.type === 'prefault' || def.type === 'default' || def.type === 'optional') return inner(def.innerType);
  return def.type === 'pipe' ? inner(def.in) : type;
}

/** The field of a mapping by the key that is written: `constructor` and its like are no fields of ours. */
export const fieldOf = (shape: Readonly<Record<string, z.core.$ZodType>>, key: string): z.core.$ZodType | undefined =>
  Object.hasOwn(shape, key) ? shape[key] : undefined;

/** The type of what is at `path` in a value of `type`; undefined where the schema has nothing there. */
function typeAt(type: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return type;
  const def = definition(inner(type));
  const child =
    def.type === 'object'
      ? fieldOf(def.shape, String(key))
      : def.type === 'array'
        ? def.element
        : def.type === 'record'
          ? def.valueType
          : undefined;
  return child === undefined ? undefined : typeAt(child, rest);
}

/** The keys that a mapping at `path` in a value of `type` may have; none where it may have any, or is no mapping. */
export function keysAt(type: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const found = typeAt(type, path);
  const def = found && definition(inner(found));
  return def?.type === 'object' ? Object.keys(def.shape) : [];
}
