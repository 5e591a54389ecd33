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

/** Whether two families of one metric have the same series with the same values, so that their text is the same. */
export const haveSameSamples = ({ samples }: MetricFamily, { samples: others }: MetricFamily): boolean =>
  samples.length === others.length && samples.every((sample, index) => isSameSample(sample, others[index]));

const isSameSample = (sample: Sample, other: Sample | undefined): boolean =>
  other !== undefined &&
  Object.is(sample.value, other.value) &&
  haveSameLabels(sample.shared, other.shared) &&
  haveSameLabels(sample.labels, other.labels);

/** Compares without making an object: there are tens of thousands of samples a poll. */
function haveSameLabels(labels: Sample['labels'] = NO_LABELS, others: Sample['labels'] = NO_LABELS): boolean {
  if (labels === others) return true;
  for (const name in labels) if (labels[name] !== others[name]) return false;
  for (const name in others) if (labels[name] !== others[name]) return false;
  return true;
}
const NO_LABELS: NonNullable<Sample['labels']> = {};
