import { byPart, type ParsedDocument, type ParsedSource } from '../../src/document/document.ts';
import { parseDocument } from '../../src/document/parse.ts';
import type { Snapshot, SourceSnapshot } from '../../src/document/snapshot.ts';
import { step, emptyHistory, type History } from '../../src/history/step.ts';
import type { TrackedHost } from '../../src/history/model.ts';
import { buildHost } from '../../src/host/build.ts';
import type { Host } from '../../src/host/model.ts';

/**
 * A snapshot without expiry or holding over: the latest good rows of each source. What the poller's store does with
 * time is tested there.
 */
export function snapshotOf(documents: readonly ParsedDocument[]): Snapshot {
  const parts = byPart((): Record<string, SourceSnapshot<unknown>> => ({}));
  for (const { part, sources } of documents) {
    for (const [name, source] of Object.entries<ParsedSource<unknown> | undefined>(sources)) {
      if (!source) continue;
      const former = parts[part][name];
      const failed = source.status === 'failed';
      parts[part][name] = {
        status: source.status,
        takenAt: failed ? (former?.takenAt ?? source.takenAt) : source.takenAt,
        fresh: failed ? former?.fresh === true : true,
        rows: failed ? (former?.rows ?? []) : source.rows,
        heldOver: [],
      };
    }
  }
  return {
    ...(parts as Omit<Snapshot, 'inventorySequence'>),
    culture: documents.findLast(({ part }) => part === 'inventory')?.powershell?.culture,
    inventorySequence: documents.filter(({ part }) => part === 'inventory').length,
  };
}

/** The Host after these raw documents, in the order in which they came. */
export function hostFromDocuments(rawDocuments: readonly unknown[]): Host {
  return buildHost(snapshotOf(rawDocuments.map(parseDocument)));
}

/**
 * The tracked Host after these raw documents, one step each, `now` being the last document's time unless given; the
 * history is there to go on from.
 */
export function trackDocuments(
  rawDocuments: readonly unknown[],
  options: { readonly history?: History; readonly now?: number } = {},
): { readonly history: History; readonly tracked: TrackedHost; readonly all: readonly TrackedHost[] } {
  const documents = rawDocuments.map(parseDocument);
  let history = options.history ?? emptyHistory();
  const all: TrackedHost[] = [];
  for (const [index, document] of documents.entries()) {
    const isLast = index === documents.length - 1;
    const snapshot = snapshotOf(documents.slice(0, index + 1));
    const inventorySequence = (options.history?.sequence ?? 0) + snapshot.inventorySequence;
    const host = buildHost({ ...snapshot, inventorySequence });
    const stepped = step(history, host, isLast ? (options.now ?? document.takenAt) : document.takenAt);
    history = stepped.history;
    all.push(stepped.tracked);
  }
  const tracked = all.at(-1);
  if (!tracked) throw new Error('no documents given');
  return { history, tracked, all };
}
