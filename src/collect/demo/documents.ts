import { DOCUMENT_SCHEMA, type Part, type SourceName } from '../../document/document.ts';
import { writeActivity } from './write-activity.ts';
import { writeConfig } from './write-config.ts';
import { writeInventory } from './write-inventory.ts';
import type { WorldState } from './world-model.ts';
import type { SourceRows } from './rows.ts';

/** Makes a source's rows out of the truth, as the PowerShell module would show it. */
export type SourceWriter = (world: WorldState) => SourceRows;

const writers: Readonly<Record<Part, Partial<Record<SourceName, SourceWriter>>>> = {
  inventory: writeInventory,
  activity: writeActivity,
  config: writeConfig,
  cluster: {
    cluster_node: ({ cluster }) => ({
      rows: cluster ? [{ name: cluster.name, state: cluster.state, nodeDrainStatus: cluster.drainStatus }] : [],
    }),
  },
};

/**
 * A raw document of one part, of the kind that the PowerShell module makes, with the end of the poll at `at` (Unix
 * milliseconds). `worldAt` is asked for the truth at the moment at which each source was read.
 */
export function writeDocument(part: Part, at: number, worldAt: (t: number) => WorldState): unknown {
  const worlds = new Map<number, WorldState>();
  const worldOf = (t: number): WorldState => {
    const known = worlds.get(t) ?? worldAt(t);
    worlds.set(t, known);
    return known;
  };
  const { readBefore } = worldOf(at);
  const sources: Record<string, unknown> = {};
  let takenAt = at;
  for (const [name, write] of Object.entries(writers[part])) {
    const then = at - (readBefore[name] ?? 0);
    takenAt = Math.min(takenAt, then);
    sources[name] = { takenAt: then, ...writeSource(name, write, worldOf(then)) };
  }
  return { schema: DOCUMENT_SCHEMA, part, takenAt, module: 'demo', sources };
}

function writeSource(name: string, write: SourceWriter, world: WorldState) {
  const unsupported = world.unsupported[name];
  if (unsupported !== undefined) return { status: 'unsupported', durationMs: 1, rows: [], errors: [unsupported] };
  const { rows, errors = [], types } = write(world);
  return {
    status: errors.length > 0 ? 'partial' : 'ok',
    durationMs: 20 + rows.length,
    rows,
    errors,
    ...(types && { types }),
  };
}
