import { isDeepStrictEqual } from 'node:util';
import { type Part, queriesOf } from './queries/index.ts';
import type { Query } from './queries/query.ts';

/** What identifies a row within its source; undefined where the same row may be there twice. */
export function rowKey(part: Part, source: string): ((row: unknown) => string) | undefined {
  const query = queriesOf(part)[source];
  return query === undefined || query.key === 'list' ? undefined : keyOf(query.key, query.fields);
}

function keyOf(parts: Exclude<Query['key'], 'list'>, fields: Query['fields']): (row: unknown) => string {
  const readers = parts.map((part) => {
    const alternatives = [part].flat();
    return (row: Readonly<Record<string, unknown>>) => {
      const name = alternatives.find((each) => row[each] !== undefined);
      if (name === undefined) return '';
      const text = String(row[name]);
      // Windows spells GUIDs in either case.
      return fields[name]?.kind === 'id' ? text.toLowerCase() : text;
    };
  });
  const [first, ...others] = readers;
  // Without an array: a large host has 10,000 rows, each of which is asked at every poll.
  return (row) => {
    if (!isObject(row)) return '';
    let key = first?.(row) ?? '';
    for (const read of others) key += `\n${read(row)}`;
    return key;
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/**
 * Rows of which each key is there once. The same row twice is one row; rows of one key that say different things are
 * all left out, since nobody knows which is true: their number is `conflicting`.
 */
export function oneRowPerKey<T>(
  rows: readonly T[],
  key: ((row: T) => string) | undefined,
): { readonly rows: readonly T[]; readonly conflicting: number } {
  if (key === undefined || new Set(rows.map(key)).size === rows.length) return { rows, conflicting: 0 };
  const byKey = new Map<string, T[]>();
  for (const row of rows) {
    const group = byKey.get(key(row));
    if (group) group.push(row);
    else byKey.set(key(row), [row]);
  }
  const groups = [...byKey.values()];
  const agreeing = groups.filter(([first, ...others]) => others.every((other) => isDeepStrictEqual(first, other)));
  return {
    rows: agreeing.flatMap(([first]) => (first === undefined ? [] : [first])),
    conflicting: rows.length - agreeing.reduce((sum, group) => sum + group.length, 0),
  };
}
