import type { Finding } from '../../diagnosis/model.ts';
import { createInterner } from '../../once.ts';
import type { MetricDefinition, View } from '../define.ts';

/** What the metric definitions of the catalogue share. */

type Name = MetricDefinition['name'];
type Labels = Readonly<Record<string, string>>;

/** A yes or no as a value; what is not known stays unknown. */
export const flag = (value: boolean | undefined): number | undefined =>
  value === undefined ? undefined : value ? 1 : 0;

/** Unix milliseconds as the seconds of Prometheus. */
export const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : milliseconds / 1000;

/** Labels of which some are not known: those are left out, which to Prometheus is the same as empty. */
export function known(labels: Readonly<Record<string, string | number | undefined>>): Labels {
  const result: Record<string, string> = {};
  // Without the arrays of Object.entries: a large host has thousands of these at each render.
  for (const name in labels) {
    const value = labels[name];
    if (value !== undefined && value !== '') result[name] = String(value);
  }
  return result;
}

/**
 * The labels of an object that has many series, the same object at each poll: prom-client escapes and joins it once, and
 * families that were last rendered at different polls do not each keep their own.
 */
export const identityLabels = createInterner<Labels>();

/** Sentence in the HELP of counters that a vSwitch port counts. */
export const SYNTHETIC_ONLY = 'Synthetic path only, because VF traffic bypasses the vSwitch.';

/** A metric's type by its name: `_total` is on counters and on nothing else. */
export const typeOf = (name: string): 'gauge' | 'counter' => (name.endsWith('_total') ? 'counter' : 'gauge');

/** A metric of one object each: `objects` are those that have it, `labels` their identity. */
export function perObject<T>(
  objects: (view: View) => readonly T[],
  labelNames: readonly string[],
  labels: (object: T) => Labels,
) {
  return (
    name: Name,
    help: string,
    source: string,
    value: (object: T, view: View) => number | undefined,
  ): MetricDefinition => ({
    name,
    type: typeOf(name),
    help,
    source,
    labels: labelNames,
    samples: (view) => objects(view).map((object) => ({ shared: labels(object), value: value(object, view) })),
  });
}

/** One sample of value 1 for each distinct set of labels. */
export function infoSamples<T>(items: readonly T[], key: (item: T) => Labels, shared?: Labels) {
  const seen = new Map<string, Labels>();
  for (const item of items) {
    const labels = key(item);
    seen.set(JSON.stringify(labels), labels);
  }
  return [...seen.values()].map((labels) => ({ shared, labels, value: 1 }));
}

/** Labels of a series about one finding. */
export const findingLabels = ({ id, severity }: Finding): Labels => ({ finding: id, severity });
/** Label of a series about one reason. */
export const reasonLabel = (reason: string): Labels => ({ reason });

/**
 * An object of which only the identity is known is shown while its source still answers (it is missing from a
 * partial answer) or while its own counter instance lives; else its series would outlive it.
 */
export function isShown(
  view: View,
  source: string,
  object: { readonly identityOnly: boolean },
  hasCounters: boolean,
): boolean {
  return !object.identityOnly || hasCounters || view.tracked.host.sources.get(source)?.fresh === true;
}
