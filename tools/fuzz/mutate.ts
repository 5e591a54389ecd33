import * as fc from 'fast-check';
import type { Random } from './random.ts';

/** Texts that break what joins them into markup, a sentence, a command, a label or a line without escaping them. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<fuzz>',
  '"><fuzz a="',
  '" onfuzz="x',
  "' onfuzz='x",
  '</script><fuzz>',
  '<!--fuzz',
  'javascript:fuzz',
  '&fuzz;&#0;',
  'a\nfuzz 1\n# EOF\n',
  'a",b="c\\',
  '\\',
  '"',
  '\u0000',
  '\u001B[31m\u009B2J',
  '\u202Eab\u2066',
  '\u2028\u2029\uFEFF',
  '\uD800',
  '__proto__',
  'constructor',
  '%2e%2e/%00',
  '${x} $(x) `x`',
  "'; x #",
  '😀'.repeat(50),
  '',
  ' ',
  'x'.repeat(5000),
];

const NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e308,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  // The last millisecond that a Date can hold, the next one, and the first of a year of five digits
  8.64e15,
  8.64e15 + 1,
  253_402_300_800_000,
  -62_135_596_800_001,
  1_767_323_045_000,
];

const OTHERS: readonly unknown[] = [null, true, false, [], {}, [[]], [null], { '': null }];
const DIGITS: readonly string[] = ['0', '-1', '18446744073709551615', '9'.repeat(40), '1e999', '0x10', '1.5', 'NaN'];

const isContainer = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** As JSON.parse does: `__proto__` is a key like any other. */
const put = (object: object, key: string, value: unknown): void =>
  void Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });

function nested(depth: number, array: boolean): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = array ? [value] : { a: value };
  return value;
}

/** A value that may stand anywhere in JSON, often one near to the value that stood there. */
function strange(random: Random, former?: unknown): unknown {
  if (random.chance(0.02)) return fc.sample(fc.jsonValue(), { seed: random.next() | 0, numRuns: 1 })[0];
  if (random.chance(0.01)) return nested(random.pick([30, 3000]), random.chance(0.5));
  if (typeof former === 'string' && random.chance(0.4)) return mutateText(former, random, HOSTILE_TEXTS);
  if (typeof former === 'number' && random.chance(0.4))
    return former + random.pick([1, -1, 0.5, 1e3, -1e3, 1e9, -1e12, former]);
  switch (random.below(4)) {
    case 0:
      return random.pick(NUMBERS);
    case 1:
      return random.pick(HOSTILE_TEXTS);
    case 2:
      return random.pick(DIGITS);
    default:
      return random.pick(OTHERS);
  }
}

/** Mostly a place with much below it: what is deep in a value would otherwise hardly ever change. */
function placeIn(value: Readonly<Record<string, unknown>>, keys: readonly string[], random: Random): string {
  const deeper = keys.filter((key) => isContainer(value[key]));
  if (deeper.length === 0 || random.chance(0.15)) return random.pick(keys);
  const size = (key: string) => Object.keys(value[key] ?? {}).length;
  const [one, other] = [random.pick(deeper), random.pick(deeper)];
  return size(one) >= size(other) ? one : other;
}

/** The value with one place changed. Only the containers on the way to that place are copied. */
export function mutateJson(value: unknown, random: Random): unknown {
  if (!isContainer(value)) return strange(random, value);
  const keys = Object.keys(value);
  if (keys.length === 0 || random.chance(0.01)) return strange(random);
  const key = placeIn(value, keys, random);
  const child = value[key];
  if (Array.isArray(value)) {
    const copy: unknown[] = [...(value as unknown[])];
    const at = Number(key);
    if (isContainer(child) && random.chance(0.85)) copy[at] = mutateJson(child, random);
    else if (random.chance(0.25)) copy.splice(at, 1);
    else if (random.chance(0.3)) copy.splice(random.below(copy.length), 0, child);
    else copy[at] = strange(random, child);
    return copy;
  }
  const copy = { ...value };
  if (isContainer(child) && random.chance(0.85)) put(copy, key, mutateJson(child, random));
  else if (random.chance(0.15)) Reflect.deleteProperty(copy, key);
  else if (random.chance(0.1)) put(copy, random.chance(0.3) ? random.pick(HOSTILE_TEXTS) : `${key}_`, child);
  else if (random.chance(0.2)) put(copy, key, value[random.pick(keys)]);
  else put(copy, key, strange(random, child));
  return copy;
}

/** One to `most` changes, mostly few. */
export function mutated<T>(value: T, random: Random, most: number, mutate: (value: T, random: Random) => T): T {
  let result = value;
  for (let left = 1 + (random.chance(0.5) ? 0 : random.below(most)); left > 0; left -= 1)
    result = mutate(result, random);
  return result;
}

/** The text with one piece cut, doubled, moved, replaced by one of `words`, or with one strange character. */
export function mutateText(text: string, random: Random, words: readonly string[]): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + random.below(random.pick([2, 10, 200])));
  switch (random.below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, at) + text.slice(at, end).repeat(random.pick([2, 3, 50])) + text.slice(end);
    case 2:
      return text.slice(0, at) + random.pick(HOSTILE_TEXTS) + text.slice(end);
    case 3:
      return text.slice(0, at);
    case 4: {
      const to = random.below(text.length + 1);
      return text.slice(0, to) + text.slice(at, end) + text.slice(to);
    }
    case 5:
      return text.slice(0, at) + String.fromCharCode(random.below(random.chance(0.7) ? 256 : 65_536)) + text.slice(end);
    default:
      return text.slice(0, at) + random.pick(words) + text.slice(random.chance(0.5) ? at : end);
  }
}

/** The bytes with one bit flipped, or one piece cut, doubled or overwritten. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(random.pick([2, 16, 500])));
  switch (random.below(5)) {
    case 0: {
      if (bytes.length === 0) return Buffer.from([random.below(256)]);
      const copy = Buffer.from(bytes);
      const position = random.below(copy.length);
      copy[position] = (copy[position] ?? 0) ^ (1 << random.below(8));
      return copy;
    }
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 3:
      return bytes.subarray(0, at);
    default:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([random.below(256)]), bytes.subarray(end)]);
  }
}
