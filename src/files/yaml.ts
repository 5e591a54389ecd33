import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { errorText } from '../errors.ts';

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
const MAX_ALIASES = 100;
const ESCAPE_ADVICE = ' in double quotes: write a Windows path in single quotes or without quotes';

/**
 * Removes keys whose value is null: in YAML that is a key without a value, for example a section with all lines commented
 * out.
 * @throws Error if the value is nested too deeply
 */
function withoutNulls(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new Error('is nested too deeply');
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutNulls(child, depth + 1)]));
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined || !isScalar(pair.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      const item: unknown = node.items[key];
      if (isMap(item) || isScalar(item)) offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return offset;
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
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'error' } as const;
  const document = parseDocument(text.replace(/^\uFEFF/, ''), options);
  const line = (path: readonly PropertyKey[]) => lines.linePos(offsetOf(document, path)).line;
  if (document.errors.length > 0) {
    const faults = document.errors.map(
      ({ code, message, pos }) =>
        [lines.linePos(pos[0]).line, code === 'BAD_DQ_ESCAPE' ? `${message}${ESCAPE_ADVICE}` : message] as const,
    );
    return { values: {}, faults, line };
  }
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
  readonly message: string;
}

/** One slip in YAML can cause hundreds of faults after it; the first ones help. */
const MAX_FAULTS = 50;
/** Keys and the parser's messages quote the file, which may have a line of any length. */
const MAX_FAULT_LENGTH = 400;

/** At most 50 faults, each of at most 400 characters after the name of its file. */
function limited(name: string, faults: readonly string[]): readonly string[] {
  const length = name.length + MAX_FAULT_LENGTH;
  const shown = faults
    .slice(0, MAX_FAULTS)
    .map((fault) => (fault.length > length ? `${fault.slice(0, length)}…` : fault));
  const left = faults.length - shown.length;
  return left > 0 ? [...shown, `${name}: ${left} more faults`] : shown;
}

/** The faults of a file in the order of its lines, formatted as `name:line: key: message`. */
export function faultLines(name: string, file: YamlFile, faults: readonly Fault[]): readonly string[] {
  const lines = [
    ...file.faults.map(([line, message]) => ({ line, text: message })),
    ...faults.map(({ keys, message }) => ({
      line: file.line(keys),
      text: `${keys.map(String).join('.')}: ${message}`,
    })),
  ]
    .toSorted((one, other) => one.line - other.line)
    .map(({ line, text }) => `${name}${line > 0 ? `:${line}` : ''}: ${text}`);
  return limited(name, lines);
}
