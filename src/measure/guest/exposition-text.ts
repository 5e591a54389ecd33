/** One sample of a Prometheus exposition. */
export interface TextSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/y;
const VALUE = /\s+(\S+)(?:\s+-?\d+)?\s*$/y;

/**
 * The samples of some families in Prometheus' text format 0.0.4; comments, other families, and lines that are none are
 * passed over. What the format calls NaN, +Inf and -Inf is not used here. Linear in the length of the text.
 */
export function* parseSamples(text: string, families: ReadonlySet<string>): Generator<TextSample> {
  for (const line of text.split('\n')) {
    const name = match(NAME, line, 0)?.[0];
    if (name === undefined || !families.has(name)) continue;
    const sample = parseLine(name, line);
    if (sample !== undefined) yield sample;
  }
}

function parseLine(name: string, line: string): TextSample | undefined {
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  let at = name.length;
  if (line[at] === '{') {
    at += 1;
    for (let label = match(LABEL, line, at); label !== undefined; label = match(LABEL, line, at)) {
      labels[label[1] ?? ''] = unescape(label[2] ?? '');
      at += label[0].length;
    }
    while (line[at] === ' ') at += 1;
    if (line[at] !== '}') return undefined;
    at += 1;
  }
  const value = Number(match(VALUE, line, at)?.[1]);
  return Number.isFinite(value) ? { name, labels, value } : undefined;
}

function match(pattern: RegExp, line: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(line) ?? undefined;
}

const unescape = (text: string): string =>
  text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
