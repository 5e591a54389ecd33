import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  double,
  integer,
  oneof,
  record,
  string,
} from 'fast-check';
import { Counter, Gauge, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { renderFamily, toOpenMetrics } from '../../src/metrics/render.ts';

/** prom-client's text of the same samples, handed to it as values of a metric. */
async function byPromClient({ name, help, type, samples }: MetricFamily): Promise<string> {
  const register = new Registry();
  const configuration = { name, help, registers: [register] };
  const metric = type === 'counter' ? new Counter(configuration) : new Gauge(configuration);
  const described = metric.get.bind(metric);
  const values = samples.map(({ shared = {}, labels = {}, value }) => ({ value, labels, sharedLabels: shared }));
  metric.get = async () => ({ ...(await described()), values });
  return `${await register.getSingleMetricAsString(name)}\n`;
}

const anyText = oneof(
  string({ unit: 'grapheme' }),
  string({ unit: constantFrom('\\', '\n', '"', 'n', ',', '{', '仮') }),
);
/** Names of the one kind never occur in the other: no sample has a label twice. */
const labels = (prefix: string) =>
  dictionary(
    string({ unit: constantFrom('a', 'b', '_', '1'), minLength: 1, maxLength: 4 }).map((name) => prefix + name),
    anyText,
    { maxKeys: 4, noNullPrototype: true },
  );
const shared = labels('s_');
const families = record({
  name: constantFrom('hyperv_a', 'hyperv_b_total', 'hyperv_total_c'),
  help: anyText.filter((text) => text !== ''),
  type: constantFrom('gauge' as const, 'counter' as const),
  samples: array(
    record({ shared, labels: labels('l_'), value: oneof(double(), integer()) }, { requiredKeys: ['value'] }),
    { minLength: 1 },
  ),
});

it('renders any family byte for byte as prom-client does', async () => {
  await assert(
    asyncProperty(families, async (family) => {
      const rendered = renderFamily(family);
      expect((rendered?.textHeader ?? '') + (rendered?.samples ?? '')).toBe(await byPromClient(family));
    }),
    { numRuns: 500 },
  );
});

it('prints the labels that samples share with each of them', () => {
  const labelsOfVm = { vm: 'sql"01', vm_id: 'a' };
  const samples = [
    { shared: labelsOfVm, value: 1 },
    { shared: labelsOfVm, labels: { state: 'off' }, value: Number.NaN },
    { labels: { state: 'on' }, value: -Infinity },
    { value: 1e21 },
  ];
  expect(renderFamily({ name: 'hyperv_x_total', help: 'X.', type: 'counter', samples })).toEqual({
    textHeader: '# HELP hyperv_x_total X.\n# TYPE hyperv_x_total counter\n',
    openMetricsHeader: '# HELP hyperv_x X.\n# TYPE hyperv_x counter\n',
    samples: String.raw`hyperv_x_total{vm="sql\"01",vm_id="a"} 1
hyperv_x_total{state="off",vm="sql\"01",vm_id="a"} Nan
hyperv_x_total{state="on"} -Inf
hyperv_x_total 1e+21
`,
  });
});

it('gives nothing for a family without samples', () => {
  expect(renderFamily({ name: 'hyperv_x', help: 'X.', type: 'gauge', samples: [] })).toBeUndefined();
});

it('has the header of OpenMetrics that the same text of another registry gets', () => {
  for (const [name, type] of [
    ['hyperv_x_total', 'counter'],
    ['hyperv_x', 'gauge'],
  ] as const) {
    const rendered = renderFamily({ name, help: `What ${name} counts.`, type, samples: [{ value: 1 }] });
    expect(toOpenMetrics((rendered?.textHeader ?? '') + (rendered?.samples ?? ''))).toBe(
      (rendered?.openMetricsHeader ?? '') + (rendered?.samples ?? ''),
    );
  }
});
