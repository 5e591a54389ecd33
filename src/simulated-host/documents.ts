import { DOCUMENT_SCHEMA, type Part } from '../document/document.ts';
import { atOnce, type Steps } from '../turn.ts';
import type { Asked, SourceWriter, SourceWriters } from './rows.ts';
import type { WorldState } from './world-model.ts';
import { writeActivity } from './write-activity.ts';
import { writeConfig } from './write-config.ts';
import { writeInventory } from './write-inventory.ts';

const writers: Readonly<Record<Part, SourceWriters>> = {
  inventory: writeInventory,
  activity: writeActivity,
  config: writeConfig,
  cluster: {
    cluster_node: ({ cluster }) => ({
      rows: cluster ? [{ name: cluster.name, state: cluster.state, nodeDrainStatus: cluster.drainStatus }] : [],
    }),
  },
  eventlog: { vmswitch_event: ({ events }) => ({ rows: events }) },
};

const EVERYTHING: Asked = { ipAddresses: true };

/**
 * A raw document of one part, of the kind that the PowerShell module makes, with the end of the poll at `at` (Unix
 * milliseconds). `worldAt` is asked for the truth at the moment at which each source was read.
 */
export function writeDocument(part: Part, at: number, worldAt: (t: number) => WorldState, asked = EVERYTHING): unknown {
  return atOnce(documentInSteps(part, at, worldAt, asked));
}

/** The same, with pauses: a host of a thousand VMs takes too long for one turn of the event loop. */
export function* documentInSteps(
  part: Part,
  at: number,
  worldAt: (t: number) => WorldState,
  asked: Asked,
): Steps<unknown> {
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
    yield;
    const then = at - (readBefore[name] ?? 0);
    takenAt = Math.min(takenAt, then);
    const world = worldOf(then);
    yield;
    sources[name] = { takenAt: then, ...writeSource(name, write, world, asked) };
  }
  return { schema: DOCUMENT_SCHEMA, part, takenAt, module: 'demo', sources };
}

function writeSource(name: string, write: SourceWriter, world: WorldState, asked: Asked) {
  const unsupported = world.unsupported[name];
  if (unsupported !== undefined) return { status: 'unsupported', durationMs: 1, rows: [], errors: [unsupported] };
  const { rows, errors = [], types } = write(world, asked);
  return {
    status: errors.length > 0 ? 'partial' : 'ok',
    durationMs: 20 + rows.length,
    rows,
    errors,
    ...(types && { types }),
  };
}
