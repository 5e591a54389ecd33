import { PARTS } from '../document/document.ts';
import type { PartState, SourceState } from '../poll/collection.ts';
import type { View } from './define.ts';

/**
 * Makes a counter of the rows that found no object: the Host has their number in its present documents, and many
 * views are made of one document, so each (source, time read) is added once.
 */
export function createUnmatchedTotals(): (view: View) => View {
  const totals = new Map<string, { total: number; takenAt: number }>();

  return (view) => {
    const { host } = view.tracked;
    for (const [source, { count }] of host.unmatched) {
      const takenAt = host.sources.get(source)?.takenAt;
      const former = totals.get(source);
      if (takenAt === undefined || takenAt === former?.takenAt) continue;
      totals.set(source, { total: (former?.total ?? 0) + count, takenAt });
    }
    const withTotals = (part: PartState): PartState => ({
      ...part,
      sources: new Map(
        [...part.sources].map(([source, state]): [string, SourceState] => [
          source,
          { ...state, rowsUnmatchedTotal: totals.get(source)?.total },
        ]),
      ),
    });
    const parts = { ...view.collection.parts };
    for (const part of PARTS) parts[part] = withTotals(parts[part]);
    return { ...view, collection: { ...view.collection, parts } };
  };
}
