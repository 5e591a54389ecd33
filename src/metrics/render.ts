import { Counter, Gauge, Registry } from 'prom-client';
import type { MetricFamily } from './define.ts';

const NO_LABELS: Readonly<Record<string, string>> = {};

/** A family's lines: the comments of both formats apart, the samples the same in both. No line end at the end. */
export interface RenderedFamily {
  readonly text: string;
  readonly openMetricsHeader: string;
  readonly samples: string;
}

/**
 * prom-client's metric with the samples handed to it in place of values kept in it: absolute values, no reset and
 * no increment, and what is not in this poll is not rendered. `sharedLabels` is prom-client's own way to escape and
 * join the labels that many samples share once for all (in its types only from a later version on).
 */
function asMetric(family: MetricFamily, register: Registry): void {
  const { name, help } = family;
  const configuration = { name, help, registers: [register] };
  const metric = family.type === 'counter' ? new Counter(configuration) : new Gauge(configuration);
  const described = metric.get.bind(metric);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- prom-client goes through the values once, with for…of
  metric.get = async () => ({ ...(await described()), values: valuesOf(family.samples) as unknown as never[] });
}

/** Samples as prom-client's values. One object stands for each in turn: a large host has 70,000 of them. */
function* valuesOf(samples: MetricFamily['samples']) {
  const filled = { value: 0, labels: NO_LABELS, sharedLabels: NO_LABELS };
  for (const { shared, labels, value } of samples) {
    filled.value = value;
    filled.labels = labels ?? NO_LABELS;
    filled.sharedLabels = shared ?? NO_LABELS;
    yield filled;
  }
}

/** Renders one family, by prom-client: its escaping and number format. A family without samples gives nothing. */
export async function renderFamily(family: MetricFamily): Promise<RenderedFamily | undefined> {
  if (family.samples.length === 0) return undefined;
  const register = new Registry();
  asMetric(family, register);
  const text = await register.getSingleMetricAsString(family.name);
  const headerEnd = text.indexOf('\n', text.indexOf('\n') + 1);
  const header = text.slice(0, headerEnd);
  return { text: header, openMetricsHeader: openMetricsHeader(header, family), samples: text.slice(headerEnd) };
}

/** In OpenMetrics a counter's family has no `_total`, only its samples have. */
function openMetricsHeader(header: string, { type, name }: Pick<MetricFamily, 'type' | 'name'>): string {
  if (type !== 'counter') return header;
  const family = name.replace(/_total$/, '');
  return header.replace(`# HELP ${name} `, () => `# HELP ${family} `).replace(`# TYPE ${name} `, `# TYPE ${family} `);
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
