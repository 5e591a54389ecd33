import type { Diagnosis } from '../diagnosis/diagnose.ts';
import type { TrackedHost } from '../history/model.ts';
import type { Collection } from '../poll/collection.ts';

/** All that a metric may read. */
export interface View {
  readonly tracked: TrackedHost;
  readonly diagnosis: Diagnosis;
  readonly collection: Collection;
}

export interface Sample {
  /** Labels that many samples share (a vNIC's identity): one object, passed on by reference */
  readonly shared?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One row of the catalogue: everything about a metric in one place. */
export interface MetricDefinition {
  readonly name: `hyperv_${string}`;
  readonly type: 'gauge' | 'counter';
  /** What it means, in one or two sentences */
  readonly help: string;
  /** The Windows source that it comes from, for HELP and docs: cmdlet and property, class or counter set */
  readonly source: string;
  readonly labels: readonly string[];
  /** Samples of this moment. A value that is not known yields no sample: return undefined-valued ones, they are left out. */
  readonly samples: (view: View) => Iterable<{
    readonly shared?: Sample['shared'];
    readonly labels?: Sample['labels'];
    readonly value: number | undefined;
  }>;
}

/** Types a catalogue row. */
export const defineMetric = (definition: MetricDefinition): MetricDefinition => definition;

/** A family with its samples of one moment: what is rendered, and what alerts are evaluated on. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}
