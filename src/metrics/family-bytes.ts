import type { MetricDefinition, MetricFamily, Sample } from './define.ts';
import { renderFamily } from './render.ts';

/** The comments of a family in both text formats. */
export interface FamilyHeaders {
  readonly text: Buffer;
  readonly openmetrics: Buffer;
}

/** A family as text. The samples are the same in both formats; neither ends with a line end. */
export interface FamilyBytes {
  readonly headers: FamilyHeaders;
  readonly samples: Buffer;
}

type Labels = NonNullable<Sample['labels']>;
const NO_LABELS: Labels = {};

/** The headers of each family of the catalogue: the same bytes for all hosts. */
const headersOf = new WeakMap<MetricDefinition, FamilyHeaders>();

/** The series of a family: for each the shared labels, and its own ones; `own` is absent where no series has any. */
interface Series {
  readonly shared: readonly Labels[];
  readonly own: readonly Labels[] | undefined;
}

/** What is kept of a family: its samples, 8 to 24 bytes each, and its bytes. */
interface Kept {
  series: Series;
  values: number[];
  /** Undefined while they are rendered, and if that has failed */
  bytes: FamilyBytes | undefined;
}

/**
 * Makes the bytes of the families of one host. A family whose samples have not changed since they were last rendered keeps
 * its bytes: from one poll to the next these are most families.
 * @returns the renderer; it gives undefined for a family without samples. Rejects if a family cannot be rendered
 */
export function createFamilyRenderer(): (
  definition: MetricDefinition,
  family: MetricFamily,
) => Promise<FamilyBytes | undefined> {
  const known = new Map<MetricDefinition, Kept>();

  /** The same list as another family has, if the series are those of the same objects: it is kept once for all. */
  function sharedOf(samples: readonly Sample[]): readonly Labels[] {
    for (const { series } of known.values()) if (haveSame(series.shared, samples, sharedLabels)) return series.shared;
    return samples.map(sharedLabels);
  }

  const ownOf = (samples: readonly Sample[]): readonly Labels[] | undefined =>
    samples.some(({ labels }) => labels !== undefined) ? samples.map(ownLabels) : undefined;

  return async (definition, family) => {
    const { samples } = family;
    if (samples.length === 0) {
      known.delete(definition);
      return undefined;
    }
    const kept = known.get(definition) ?? { series: { shared: [], own: undefined }, values: [], bytes: undefined };
    const hasNewSeries = !hasSeries(kept.series, samples);
    const hasNewValues = !haveSameValues(kept.values, samples);
    if (!hasNewSeries && !hasNewValues && kept.bytes !== undefined) return kept.bytes;
    // The bytes are no longer those of the samples that are kept from here on.
    kept.bytes = undefined;
    if (hasNewSeries) kept.series = { shared: sharedOf(samples), own: ownOf(samples) };
    if (hasNewValues) keepValues(kept, samples);
    known.set(definition, kept);
    kept.bytes = await bytesOf(definition, family);
    return kept.bytes;
  };
}

async function bytesOf(definition: MetricDefinition, family: MetricFamily): Promise<FamilyBytes | undefined> {
  const rendered = await renderFamily(family);
  if (rendered === undefined) return undefined;
  const headers = headersOf.get(definition) ?? {
    text: Buffer.from(rendered.text),
    openmetrics: Buffer.from(rendered.openMetricsHeader),
  };
  headersOf.set(definition, headers);
  return { headers, samples: Buffer.from(rendered.samples) };
}

const sharedLabels = ({ shared = NO_LABELS }: Sample): Labels => shared;
const ownLabels = ({ labels = NO_LABELS }: Sample): Labels => labels;

/** Loops without objects: there are tens of thousands of samples a poll. */
function haveSameValues(values: readonly number[], samples: readonly Sample[]): boolean {
  if (values.length !== samples.length) return false;
  for (let index = 0; index < values.length; index++)
    if (!Object.is(values[index], samples[index]?.value)) return false;
  return true;
}

/** In place where it can be: what is replaced at each render is garbage that only a full collection finds. */
function keepValues(kept: Pick<Kept, 'values'>, samples: readonly Sample[]): void {
  if (kept.values.length !== samples.length) kept.values = samples.map(({ value }) => value);
  else for (let index = 0; index < samples.length; index++) kept.values[index] = samples[index]?.value ?? Number.NaN;
}

const hasSeries = ({ shared, own }: Series, samples: readonly Sample[]): boolean =>
  haveSame(shared, samples, sharedLabels) &&
  (own === undefined ? samples.every(({ labels }) => labels === undefined) : haveSame(own, samples, ownLabels));

function haveSame(kept: readonly Labels[], samples: readonly Sample[], labelsOf: (sample: Sample) => Labels): boolean {
  if (kept.length !== samples.length) return false;
  for (let index = 0; index < kept.length; index++) {
    const labels = kept[index];
    const sample = samples[index];
    if (labels === undefined || sample === undefined || !areSame(labels, labelsOf(sample))) return false;
  }
  return true;
}

/** Whether two sets of labels are equal. */
function areSame(labels: Labels, others: Labels): boolean {
  if (labels === others) return true;
  for (const name in labels) if (labels[name] !== others[name]) return false;
  for (const name in others) if (labels[name] !== others[name]) return false;
  return true;
}
