import { readFileSync } from 'node:fs';

/** What the program holds on the heap of V8: number of objects and bytes, by kind and constructor. */
export type HeapData = ReadonlyMap<string, { readonly count: number; readonly bytes: number }>;

/**
 * What is not data of the program: compiled code with all that belongs to it, shapes of objects, V8's own lists, and the
 * bytes of buffers, which are not on the heap.
 */
const NOT_DATA = new Set(['code', 'hidden', 'native', 'object shape', 'synthetic']);
/** Text of the program is one entry: by its content it would be thousands. */
const TEXT = new Set(['string', 'concatenated string', 'sliced string', 'number', 'bigint', 'symbol', 'regexp']);

interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** @param file as v8.writeHeapSnapshot writes it */
export function readHeapSnapshot(file: string): HeapData {
  const { snapshot, nodes, strings } = JSON.parse(readFileSync(file, 'utf8')) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, name, size] = ['type', 'name', 'self_size'].map((field) => fields.indexOf(field)) as [
    number,
    number,
    number,
  ];
  const data = new Map<string, { count: number; bytes: number }>();
  for (let node = 0; node < nodes.length; node += fields.length) {
    const kind = types[0][nodes[node + type] ?? 0] ?? '';
    const constructor = strings[nodes[node + name] ?? 0] ?? '';
    // Arrays without a name are hash tables. Those of a WeakMap grow with the garbage between two collections, and what others hold is counted itself.
    if (NOT_DATA.has(kind) || (kind === 'array' && constructor === '')) continue;
    const key = TEXT.has(kind) ? kind : `${kind} ${constructor}`;
    const entry = data.get(key) ?? { count: 0, bytes: 0 };
    entry.count += 1;
    entry.bytes += nodes[node + size] ?? 0;
    data.set(key, entry);
  }
  return data;
}

/** What differs between two moments whatever happens: answers that are kept, the last documents, tables that double */
const ALLOWED_BYTES = 128 * 1024;
/** A leak of 1 kB a poll is eight times as much. */
const ALLOWED_BYTES_A_POLL = 128;
const MOST_SHOWN = 5;

const sum = (data: HeapData): number => [...data.values()].reduce((total, { bytes }) => total + bytes, 0);

/** How many bytes more the program holds, and of what, the most first. */
export function heapGrowth(
  before: HeapData,
  after: HeapData,
): { readonly bytes: number; readonly of: readonly string[] } {
  const of = [...after]
    .map(([key, { count, bytes }]) => {
      const former = before.get(key) ?? { count: 0, bytes: 0 };
      return { key, count: count - former.count, bytes: bytes - former.bytes };
    })
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, MOST_SHOWN)
    .map(({ key, count, bytes }) => `${key}: ${bytes} bytes, ${count} objects`);
  return { bytes: sum(after) - sum(before), of };
}

/** How much more data the program may hold after so many polls, bytes. */
export const allowedGrowth = (polls: number): number => ALLOWED_BYTES + polls * ALLOWED_BYTES_A_POLL;
