import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { errorText } from '../errors.ts';
import { once } from '../once.ts';

/** A YAML file of settings: its values as written and their lines. */
export interface YamlFile {
  readonly values: Readonly<Record<string, unknown>>;
  /** Syntax faults (not YAML, a duplicate key): `[line, message]` */
  readonly faults: readonly (readonly [line: number, message: string])[];
  /** The line of the key at `path`, or of its nearest ancestor */
  line(path: readonly PropertyKey[]): number;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Deeper than any file of settings. Needed because an alias that contains itself would never end. */
const MAX_DEPTH = 20;
/** The parser looks through all anchors for each alias. */
const MAX_ALIASES = 100;
/** Twice what 1,000 targets with all their labels have. Aliases count as often as they stand for a value. */
const MAX_VALUES = 100_000;
const ESCAPE_ADVICE = ' in double quotes: write a Windows path in single quotes or without quotes';

/**
 * Removes keys whose value is null: in YAML that is a key without a value, for example a section with all lines commented
 * out.
 * @throws Error if the value is nested too deeply, or has too many values
 */
function withoutNulls(whole: unknown): unknown {
  let values = 0;
  const copy = (value: unknown, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw new Error('is nested too deeply');
    values += 1;
    if (values > MAX_VALUES) throw new Error(`has more than ${MAX_VALUES} values`);
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([, child]) => child !== null);
    return Object.fromEntries(kept.map(([key, child]) => [key, copy(child, depth + 1)]));
  };
  return copy(whole, 0);
}

/** The keys of a mapping as the property names that they become. */
const keysOf = (map: YAMLMap): readonly (readonly [key: string, Pair])[] =>
  map.items.flatMap((pair) => (isScalar<Key>(pair.key) ? [[String(pair.key.value ?? ''), pair] as const] : []));
/** What a key without a tag is parsed to */
type Key = string | number | boolean | null;

/** The pairs of a mapping by key, the first of each. Made once: a file may have as many faults as keys. */
const pairsOf = once((map: YAMLMap): ReadonlyMap<string, Pair> => new Map(keysOf(map).toReversed()));

const startOf = (key: unknown): number | undefined => (isScalar(key) ? key.range?.[0] : undefined);

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = pairsOf(node).get(String(key));
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      const item: unknown = node.items[key];
      if (isMap(item) || isScalar(item)) offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return offset;
}

/**
 * What the parser does not check, as [offset, message]: that no key stands twice in a mapping, for which the parser
 * compares each key with all before it, and that aliases are few.
 */
function nodeFaults(document: Document): readonly (readonly [offset: number, message: string])[] {
  const faults: (readonly [number, string])[] = [];
  let aliases = 0;
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const [key, pair] of keysOf(map)) {
        if (seen.has(key)) faults.push([startOf(pair.key) ?? 0, 'Map keys must be unique']);
        seen.add(key);
      }
    },
    Alias(_, alias) {
      aliases += 1;
      if (aliases === MAX_ALIASES + 1) faults.push([alias.range?.[0] ?? 0, `has more than ${MAX_ALIASES} aliases`]);
    },
  });
  return faults;
}

const MAX_LENGTH = 1_048_576;
/** The parser calls itself for each level, and Node ends the process where its stack is full. Texts with brackets count too. */
const MAX_OPEN = 200;
const NESTED_BLOCKS = new RegExp(`^ {${MAX_OPEN}}|(?:[-?][ \\t]+){${MAX_OPEN}}`, 'm');

/** Whether a text could be nested so deeply that it must not be parsed. It need not be YAML. */
function isTooDeep(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    if (open > MAX_OPEN) return true;
  }
  return NESTED_BLOCKS.test(text);
}

const refused = (message: string): YamlFile => ({ values: {}, faults: [[1, message]], line: () => 0 });

/** Parses the text of a file of settings. Never throws: `faults` has what is wrong. */
export function parseYamlFile(text: string): YamlFile {
  if (text.length > MAX_LENGTH) return refused('is larger than 1 MiB');
  if (isTooDeep(text)) return refused('is nested too deeply');
  const lines = new LineCounter();
  // No warnings: the parser prints them to standard error, with what it quotes of the file.
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const;
  const document = parseDocument(text.replace(/^\uFEFF/, ''), options);
  const line = (path: readonly PropertyKey[]) => lines.linePos(offsetOf(document, path)).line;
  const faults = [
    ...document.errors.map(
      ({ code, message, pos }) => [pos[0], code === 'BAD_DQ_ESCAPE' ? `${message}${ESCAPE_ADVICE}` : message] as const,
    ),
    ...nodeFaults(document),
  ].map(([offset, message]) => [lines.linePos(offset).line, message] as const);
  if (faults.length > 0) return { values: {}, faults, line };
  let values: unknown;
  try {
    values = withoutNulls(document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {});
  } catch (error) {
    return { values: {}, faults: [[1, errorText(error)]], line };
  }
  if (!isMapping(values)) return { values: {}, faults: [[1, 'must be a mapping of settings']], line };
  return { values, faults: [], line };
}

/** A fault in a file of settings: the path of the key and what is wrong with its value. */
export interface Fault {
  readonly keys: readonly PropertyKey[];
  /** A function where the text takes work: it is called for the faults that are shown */
  readonly message: string | (() => string);
}

/** One slip in YAML can cause hundreds of faults after it; the first ones help. */
const MAX_FAULTS = 50;
/** Keys and the parser's messages quote the file, which may have a line of any length. */
const MAX_FAULT_LENGTH = 400;

/**
 * The faults of a file in the order of its lines, formatted as `name:line: key: message`: at most 50, each of at most 400
 * characters after the name of the file.
 */
export function faultLines(name: string, file: YamlFile, faults: readonly Fault[]): readonly string[] {
  const sorted = [
    ...file.faults.map(([line, text]) => ({ line, text: () => text })),
    ...faults.map(({ keys, message }) => ({
      line: file.line(keys),
      text: () => `${keys.map(String).join('.')}: ${typeof message === 'string' ? message : message()}`,
    })),
  ].toSorted((one, other) => one.line - other.line);
  const shown = sorted.slice(0, MAX_FAULTS).map(({ line, text }) => {
    const fault = `${line > 0 ? `:${line}` : ''}: ${text()}`;
    return `${name}${fault.length > MAX_FAULT_LENGTH ? `${fault.slice(0, MAX_FAULT_LENGTH)}…` : fault}`;
  });
  const left = sorted.length - shown.length;
  return left > 0 ? [...shown, `${name}: ${left} more faults`] : shown;
}
