import { catalogue } from './catalogue/index.ts';
import type { MetricDefinition, MetricFamily, Sample, View } from './define.ts';

type Given = MetricDefinition extends { samples: (view: View) => Iterable<infer S> } ? S : never;
const isKnown = (sample: Given): sample is Given & Sample => sample.value !== undefined;

/** A catalogue row with its samples of this moment; samples without a value are left out. */
export function collectFamily(definition: MetricDefinition, view: View): MetricFamily {
  const samples: Sample[] = [];
  // The same objects, not copies: there are tens of thousands of them a poll.
  for (const sample of definition.samples(view)) if (isKnown(sample)) samples.push(sample);
  const { name, type, source } = definition;
  return { name, type, help: `${definition.help} Source: ${source}.`, samples };
}

/** Every family of the catalogue with its samples of this moment; one without samples is there and empty. Pure. */
export const collectFamilies = (view: View): MetricFamily[] =>
  catalogue.map((definition) => collectFamily(definition, view));
