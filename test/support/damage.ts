import * as fc from 'fast-check';
import { anyText } from './any-text.ts';
import type { LooseDocument, LooseRow } from './documents.ts';

/**
 * Ways in which documents come out wrong. `lost`: something cannot be read any more, or is said twice; nothing that is
 * still said is untrue. `wild`: anything at all stands in a place.
 */
export interface Damage {
  /** Where: indices that wrap round */
  readonly document: number;
  readonly source: number;
  readonly row: number;
  readonly field: number;
  readonly how: How;
  /** Picks one of the values that fit the place */
  readonly pick: number;
  readonly value?: unknown;
}
type How =
  | 'field'
  | 'renamed'
  | 'row'
  | 'again'
  | 'differently'
  | 'rows'
  | 'types'
  | 'source'
  | 'sources'
  | 'wild'
  | 'wild row';

const LONG = 'x'.repeat(5000);
/** Values that no field accepts */
const NOTHING = [undefined, null, {}, Number.NaN, 0.5, -1, -(2 ** 60), 1e308, LONG];
/** Further values that a field with a value of this type does not accept */
const OTHER: Readonly<Record<string, readonly unknown[]>> = {
  string: [true, [], ['x']],
  number: [true, '7', 'Wird ausgef\u00fchrt', []],
  boolean: [0, 1, 'Wahr', 'True', []],
  object: [7, 'x', true, {}],
};

const place = { document: fc.nat(3), source: fc.nat(20), row: fc.nat(400), field: fc.nat(30), pick: fc.nat(40) };

export const lost: fc.Arbitrary<Damage> = fc.record({
  ...place,
  how: fc.constantFrom<How>(
    ...([
      'field',
      'field',
      'field',
      'renamed',
      'row',
      'again',
      'differently',
      'rows',
      'types',
      'source',
      'sources',
    ] as const),
  ),
});

const strange = fc.oneof(
  anyText({ maxLength: 60 }),
  fc.constantFrom(
    '\u202eab\u0000\r\n',
    '\ud800',
    '"\\\n{}',
    'vm\u{1F680}',
    '0',
    '-1',
    '18446744073709551615',
    '9'.repeat(21),
  ),
  fc.constantFrom<unknown>(0, -1, 1, 2 ** 31, 2 ** 53, 1e308, Number.POSITIVE_INFINITY, null, undefined, true, false),
  fc.constantFrom('00000000-0000-0000-0000-000000000000', '000000000000', '00-00-00-00-00-00', '_Total', ':Hv VP 0'),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.integer(), { maxLength: 4 }),
);

export const wild: fc.Arbitrary<Damage> = fc.record({
  ...place,
  how: fc.constantFrom<How>('wild', 'wild', 'wild', 'wild row', 'again', 'renamed', 'row', 'source'),
  value: strange,
});

/** Damages one place of the documents; a place that is not there (any more) stays as it is. */
export function damage(documents: readonly LooseDocument[], its: Damage): void {
  const document = documents[its.document % documents.length];
  if (document === undefined) return;
  if (its.how === 'sources') {
    put(document, 'sources', NOTHING[its.pick % 3]);
    return;
  }
  const names = Object.keys(document.sources ?? {});
  const name = names[its.source % Math.max(1, names.length)];
  if (name === undefined) return;
  const source = document.sources[name];
  if (its.how === 'source') {
    put(document.sources, name, its.value ?? NOTHING[its.pick % 3]);
    return;
  }
  if (typeof source !== 'object' || source === null) return;
  if (its.how === 'rows' || its.how === 'types') {
    put(source, its.how, NOTHING[its.pick % 3]);
    return;
  }
  if (!Array.isArray(source.rows) || source.rows.length === 0) return;
  damageRow(source.rows, its.row % source.rows.length, its);
}

function damageRow(rows: LooseRow[], at: number, { how, field, pick, value }: Damage): void {
  const row: LooseRow | null | undefined = rows[at];
  if (how === 'row') put(rows, at, NOTHING[pick % NOTHING.length]);
  if (how === 'wild row') put(rows, at, value);
  if (typeof row !== 'object' || row === null) return;
  const keys = Object.keys(row);
  const key = keys[field % Math.max(1, keys.length)];
  if (how === 'again') rows.splice(pick % rows.length, 0, copyOf(row));
  if (key === undefined) return;
  const inner = row[key];
  // A counter row holds its values one level deeper.
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner) && (how === 'field' || how === 'wild')) {
    const counters = Object.keys(inner);
    const counter = counters[pick % Math.max(1, counters.length)] ?? '';
    if (how === 'wild') put(inner, counter, value);
    else spoil(inner, counter, unreadable('', pick));
    return;
  }
  if (how === 'field') spoil(row, key, unreadable(inner, pick));
  if (how === 'wild') put(row, key, value);
  if (how === 'differently') {
    const other = copyOf(row);
    spoil(other, key, unreadable(inner, pick));
    rows.splice(pick % rows.length, 0, other);
  }
  if (how === 'renamed') {
    put(row, `${key}_renamed`, row[key]);
    Reflect.deleteProperty(row, key);
  }
}

function unreadable(value: unknown, pick: number): unknown {
  const values = [...NOTHING, ...(OTHER[typeof value] ?? [])];
  return values[pick % values.length];
}

/** What was spoiled once stays: of what stands there now, what fits the place could not be told. */
const spoiledFields = new WeakMap<object, Set<string>>();

function spoil(object: object, key: string, value: unknown): void {
  const its = spoiledFields.get(object) ?? new Set();
  if (its.has(key)) return;
  spoiledFields.set(object, its.add(key));
  put(object, key, value);
}

function copyOf(row: LooseRow): LooseRow {
  const copy = { ...row };
  const its = spoiledFields.get(row);
  if (its !== undefined) spoiledFields.set(copy, new Set(its));
  return copy;
}

const put = (object: object, key: string | number, value: unknown) => void Reflect.set(object, key, value);
