import { catalogue } from './catalogue/index.ts';
import type { MetricDefinition, MetricFamily, Sample, View } from './define.ts';

/** A catalogue row with its samples of this moment; samples without a value are left out. */
export function collectFamily(definition: MetricDefinition, view: View): MetricFamily {
  const samples: Sample[] = [];
  for (const { shared, labels, value } of definition.samples(view)) {
    if (value !== undefined) samples.push({ shared, labels, value });
  }
  const { name, type, source } = definition;
  return { name, type, help: `${definition.help} Source: ${source}.`, samples };
}

/** Every family of the catalogue with its samples of this moment; one without samples is there and empty. Pure. */
export const collectFamilies = (view: View): MetricFamily[] =>
  catalogue.map((definition) => collectFamily(definition, view));
