import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';

/** A YAML file of settings: its values as written and where each stands. */
export interface YamlFile {
  readonly values: Readonly<Record<string, unknown>>;
  /** Text faults (not YAML, a key twice): `[line, what]` */
  readonly faults: readonly (readonly [line: number, message: string])[];
  /** The line of the key at `path`, or of its nearest ancestor */
  line(path: readonly PropertyKey[]): number;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `null` in YAML is a key with nothing behind it, as in a section whose lines are commented out: not set. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutNulls(child)]));
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

/** Parses the text of a file of settings. Never throws: what is wrong is in `faults`. */
export function parseYamlFile(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { lineCounter: lines, prettyErrors: false });
  const line = (path: readonly PropertyKey[]) => lines.linePos(offsetOf(document, path)).line;
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => [lines.linePos(error.pos[0]).line, error.message] as const);
    return { values: {}, faults, line };
  }
  const values: unknown = withoutNulls(document.toJS() ?? {});
  if (!isMapping(values)) return { values: {}, faults: [[1, 'must be a mapping of settings']], line };
  return { values, faults: [], line };
}
