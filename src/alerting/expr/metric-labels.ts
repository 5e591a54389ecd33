import { catalogue } from '../../metrics/catalogue/index.ts';
import { processMetrics } from '../../metrics/catalogue/process.ts';

const LABELS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...[...catalogue, ...Object.values(processMetrics)].map(({ name, labels }) => [name, labels] as const),
  // Prometheus' own, of each target
  ['up', []],
]);

/** Labels of a series as the exporter gives it, without those of the target. @throws Error where there is no such series */
export function labelsOfMetric(name: string): readonly string[] {
  const labels = LABELS.get(name);
  if (labels === undefined) throw new Error(`the exporter has no metric ${name}`);
  return labels;
}

/** Names that go with an id: series with the id of one object have them alike. */
const GO_WITH: Readonly<Record<string, readonly string[]>> = { vm_id: ['vm'], vnic_id: ['vm', 'vm_id', 'vnic'] };

export const labelsThatGoWith = (key: readonly string[]): readonly string[] =>
  key.flatMap((label) => GO_WITH[label] ?? []);
