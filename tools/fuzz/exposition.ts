import { invariant } from './surface.ts';

const COMMENT = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const VALUE = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]?Inf)$/i;

/**
 * Parses an exposition as strictly as both formats have it: every line is a comment or a sample, a family has its type
 * first and is in one piece, and no series is there twice. Written from the format's description, not from the renderer.
 * @returns the number of samples
 */
export function checkExposition(text: string, kind: 'text' | 'openmetrics'): number {
  invariant(text.endsWith('\n'), 'the last line has no end');
  const lines = text.slice(0, -1).split('\n');
  if (kind === 'openmetrics') invariant(lines.pop() === '# EOF', 'the last line is not # EOF');
  const types = new Map<string, string>();
  const ended = new Set<string>();
  const series = new Set<string>();
  let family: string | undefined;
  for (const line of lines) {
    if (line === '' && kind === 'text') continue;
    const comment = COMMENT.exec(line);
    if (comment !== null) {
      const [, what, name = '', rest = ''] = comment;
      if (name !== family) {
        if (family !== undefined) ended.add(family);
        invariant(!ended.has(name), `family ${name} is in two pieces`);
        family = name;
      }
      if (what === 'TYPE') {
        invariant(!types.has(name), `two types of ${name}`);
        types.set(name, rest);
      }
      continue;
    }
    const sample = SAMPLE.exec(line);
    invariant(sample !== null, `not a sample: ${JSON.stringify(line.slice(0, 200))}`);
    const [, name = '', labels = '', value = ''] = sample;
    invariant(family !== undefined && belongs(name, family, types.get(family)), `${name} is not of family ${family}`);
    invariant(VALUE.test(value), `not a value: ${line.slice(0, 200)}`);
    const key = `${name}{${labelsOf(labels).join()}}`;
    invariant(!series.has(key), `twice: ${key.slice(0, 300)}`);
    series.add(key);
  }
  return series.size;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
  counter: ['', '_total'],
};

const belongs = (name: string, family: string, type = 'untyped'): boolean =>
  (SUFFIXES[type] ?? ['']).some((suffix) => name === family + suffix);

/** Label pairs in the order of names. */
function labelsOf(text: string): readonly string[] {
  const pairs: string[] = [];
  const names = new Set<string>();
  LABEL.lastIndex = 0;
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    const label = LABEL.exec(text);
    invariant(label !== null, `not labels: ${JSON.stringify(text.slice(at, at + 200))}`);
    const [, name = '', value = ''] = label;
    invariant(!names.has(name), `two labels ${name}`);
    names.add(name);
    pairs.push(`${name}=${value}`);
  }
  return pairs.sort();
}
