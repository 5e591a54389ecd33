import type { Diagnosis } from '../../src/diagnosis/diagnose.ts';
import type { TrackedHost } from '../../src/history/model.ts';
import type { MetricFamily, View } from '../../src/metrics/define.ts';
import { collectFamilies } from '../../src/metrics/families.ts';
import { renderFamily } from '../../src/metrics/render.ts';
import { collection, emptyDiagnosis } from './hand-made/view.ts';
import { trackDocuments } from './build.ts';

/**
 * From raw documents to views, one a document: the whole way that data goes, without a poller. `diagnose` is nothing
 * found unless given.
 */
export function viewsOf(
  documents: readonly unknown[],
  diagnose: (tracked: TrackedHost) => Diagnosis = () => emptyDiagnosis,
): readonly View[] {
  return trackDocuments(documents).all.map((tracked) => ({
    tracked,
    diagnosis: diagnose(tracked),
    collection: collection(),
  }));
}

/** The exposition of a view, Prometheus text. */
export async function textOf(view: View): Promise<string> {
  const families = await Promise.all(collectFamilies(view).map((family) => renderFamily(family)));
  return families.map((family) => (family === undefined ? '' : `${family.text}${family.samples}\n`)).join('');
}

/** Every series of a view by name and labels, labels in one order. */
export function seriesOf(families: readonly MetricFamily[]): Map<string, number> {
  const series = new Map<string, number>();
  for (const { name, samples } of families) {
    for (const { shared, labels, value } of samples) {
      const pairs = Object.entries({ ...shared, ...labels }).map((pair) => JSON.stringify(pair));
      const key = `${name} ${pairs.sort().join()}`;
      if (series.has(key)) throw new Error(`two samples of ${key}`);
      series.set(key, value);
    }
  }
  return series;
}
