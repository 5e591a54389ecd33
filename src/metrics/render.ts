import { once } from '../once.ts';
import type { MetricFamily, Sample } from './define.ts';

type Labels = NonNullable<Sample['labels']>;

/** A family's lines, each with its end: the comments of both formats apart, the samples the same in both. */
export interface RenderedFamily {
  readonly textHeader: string;
  readonly openMetricsHeader: string;
  readonly samples: string;
}

/**
 * Renders one family in the text format 0.0.4, byte for byte as prom-client does (test/metrics/render.test.ts), at a third of
 * its cost: prom-client makes several arrays of each sample. A family without samples gives nothing.
 */
export function renderFamily({ name, help, type, samples }: MetricFamily): RenderedFamily | undefined {
  if (samples.length === 0) return undefined;
  let lines = '';
  for (const { shared, labels, value } of samples) {
    const own = labels === undefined ? '' : labelText(labels);
    const common = shared === undefined ? '' : sharedText(shared);
    const all = own === '' || common === '' ? own + common : `${own},${common}`;
    lines += all === '' ? `${name} ${numberText(value)}\n` : `${name}{${all}} ${numberText(value)}\n`;
  }
  const header = (family: string): string => `# HELP ${family} ${escapeLine(help)}\n# TYPE ${family} ${type}\n`;
  return {
    textHeader: header(name),
    // In OpenMetrics a counter's family has no `_total`, only its samples have.
    openMetricsHeader: header(type === 'counter' ? name.replace(/_total$/, '') : name),
    samples: lines,
  };
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');

/** Printed once for all samples that share the object. */
const sharedText = once(labelText);

const SPECIAL = /[\\\n"]/;
const escapeLine = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (value: string): string => (SPECIAL.test(value) ? escapeLine(value).replaceAll('"', '\\"') : value);

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'Nan';
  return value > 0 ? '+Inf' : '-Inf';
}

/** OpenMetrics from Prometheus text of any registry: the same names cut from counters' HELP and TYPE lines. */
export function toOpenMetrics(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+)_total counter$/gm)].map((match) => match[1]));
  return text
    .replace(/^# (HELP|TYPE) (\S+)_total (.*)$/gm, (line, kind: string, family: string, rest: string) =>
      counters.has(family) ? `# ${kind} ${family} ${rest}` : line,
    )
    .replace(/\n{2,}/g, '\n');
}
