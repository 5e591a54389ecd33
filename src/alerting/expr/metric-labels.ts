import { catalogue } from '../../metrics/catalogue/index.ts';
import { processMetrics } from '../../metrics/catalogue/process.ts';

const LABELS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...[...catalogue, ...Object.values(processMetrics)].map(({ name, labels }) => [name, labels] as const),
  // Prometheus' own, with the label that the sample of the scrape configuration adds to each target
  ['up', ['host']],
]);

/** Labels of a series as the exporter gives it, without those of the target. @throws Error where there is no such series */
export function labelsOfMetric(name: string): readonly string[] {
  const labels = LABELS.get(name);
  if (labels === undefined) throw new Error(`the exporter has no metric ${name}`);
  return labels;
}
