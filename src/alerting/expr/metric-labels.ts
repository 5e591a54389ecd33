import { everyMetric } from '../../metrics/catalogue/index.ts';

const LABELS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...everyMetric.map(({ name, labels }) => [name, labels] as const),
  // Written by Prometheus for each target
  ['up', []],
]);

/** Labels of a metric in the exposition, without those of the target. @throws Error if there is no such metric */
export function labelsOfMetric(name: string): readonly string[] {
  const labels = LABELS.get(name);
  if (labels === undefined) throw new Error(`the exporter has no metric ${name}`);
  return labels;
}

/** Labels that depend on an id: series with the same id also have these labels in common. */
const GO_WITH: Readonly<Record<string, readonly string[]>> = { vm_id: ['vm'], vnic_id: ['vm', 'vm_id', 'vnic'] };

/** The labels that depend on the ids in `key`. */
export const labelsThatGoWith = (key: readonly string[]): readonly string[] =>
  key.flatMap((label) => GO_WITH[label] ?? []);
