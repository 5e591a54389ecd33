import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { errorText, OperationalError } from '../errors.ts';
import type { ClusterNode } from '../host/model.ts';
import type { Logger } from '../log.ts';
import { unixMilliseconds } from '../unix-time.ts';
import { wildcard } from '../text/wildcard.ts';
import { readJsonFile, writeJsonFile } from '../state/json-file.ts';
import type { Saves } from '../state/saves.ts';
import { clusterTarget, nodeNameOf } from './cluster-nodes.ts';
import type { Target } from './target.ts';

/** A node that a seed has named. */
export interface FoundNode {
  readonly cluster: string;
  /** Lower case, as a target has it */
  readonly name: string;
  /** As the cluster said last */
  readonly state?: ClusterNode['state'];
  /** When a seed named it last, Unix milliseconds */
  readonly lastSeen: number;
}

const FILE = 'discovered.json';
const SCHEMA = 1;
/** How long a node is kept that the cluster no longer has, milliseconds */
const KEPT_MS = 24 * 3_600_000;
/** A cluster of Windows has 64 nodes at most. */
const MAX_NODES = 256;
const SAVE_MS = 10 * 60_000;

const saved = z.object({
  schema: z.literal(SCHEMA),
  nodes: z.array(z.object({ cluster: z.string().max(200), name: z.string().max(63), lastSeen: unixMilliseconds })),
});

/** The nodes that the seeds of the configured clusters have named, kept over a restart. */
export interface Discovery {
  /**
   * Takes what a seed says of its cluster. Nodes that it no longer names are kept for 24 hours of answers; while no seed
   * answers, the list stands.
   * @returns whether the list of names changed
   */
  observe(cluster: string, nodes: readonly Pick<ClusterNode, 'name' | 'state'>[]): boolean;
  nodes(): readonly FoundNode[];
  /** Saves what is not saved yet. Never rejects. */
  save(): Promise<void>;
}

/**
 * The nodes that the last run had found; empty where there is no file.
 * @throws OperationalError `found_nodes_unreadable`
 */
export async function readFoundNodes(folder: string | undefined): Promise<readonly FoundNode[]> {
  try {
    const json = folder === undefined ? undefined : await readJsonFile(folder, FILE);
    return json === undefined ? [] : saved.parse(json).nodes;
  } catch (cause) {
    throw new OperationalError('found_nodes_unreadable', `${FILE} in ${folder} cannot be used: ${errorText(cause)}`, {
      cause,
    });
  }
}

/** @param folder `storage.path`; undefined: in memory only */
export async function openDiscovery(
  folder: string | undefined,
  clock: Pick<Clock, 'now' | 'monotonic'>,
  log: Pick<Logger, 'warn'>,
  saves: Pick<Saves, 'run'>,
): Promise<Discovery> {
  const clusters = new Map<string, Map<string, FoundNode>>();
  const nodesOf = (cluster: string): Map<string, FoundNode> => {
    const known = clusters.get(cluster) ?? new Map<string, FoundNode>();
    clusters.set(cluster, known);
    return known;
  };
  try {
    const now = Math.floor(clock.now());
    // A clock that was set back would keep a node for as long.
    for (const node of await readFoundNodes(folder))
      nodesOf(node.cluster).set(node.name, { ...node, lastSeen: Math.min(node.lastSeen, now) });
  } catch (error) {
    log.warn({ error: errorText(error), file: FILE }, 'the found cluster nodes of the last run cannot be used');
  }
  let savedAt = clock.monotonic();
  let saving = Promise.resolve();
  const nodes = (): readonly FoundNode[] => [...clusters.values()].flatMap((known) => [...known.values()]);
  const save = (): Promise<void> => {
    if (folder === undefined) return Promise.resolve();
    savedAt = clock.monotonic();
    const json = () => ({
      schema: SCHEMA,
      nodes: nodes().map(({ cluster, name, lastSeen }) => ({ cluster, name, lastSeen })),
    });
    const former = saving;
    saving = (async () => {
      await former;
      await saves.run('nodes', folder, () => writeJsonFile(folder, FILE, json()));
    })();
    return saving;
  };
  return {
    nodes,
    save,
    observe(cluster, named) {
      const known = nodesOf(cluster);
      const before = [...known.keys()].join();
      const now = Math.floor(clock.now());
      for (const { name: given, state } of named) {
        const name = nodeNameOf(given);
        if (name === undefined || (!known.has(name) && known.size >= MAX_NODES)) continue;
        known.set(name, { cluster, name, ...(state === undefined ? {} : { state }), lastSeen: now });
      }
      for (const { name, lastSeen } of known.values()) if (now - lastSeen > KEPT_MS) known.delete(name);
      const changed = [...known.keys()].join() !== before;
      if (changed || clock.monotonic() - savedAt > SAVE_MS) void save();
      return changed;
    },
  };
}

/** A found node as a target would be, and whether it is one. */
export interface FoundTarget extends FoundNode {
  readonly target: Target;
}

/**
 * The found nodes that the configuration wants: those that `only` matches and that are not configured by themselves. The
 * address comes from the configuration's pattern, never from a seed.
 * @param configured names of targets that are there already
 */
export function wantedNodes(
  config: Config,
  platform: NodeJS.Platform,
  found: readonly FoundNode[],
  configured: ReadonlySet<string>,
): readonly FoundTarget[] {
  const seen = new Set(configured);
  return config.targets.clusters.flatMap((cluster) => {
    const matches = wildcard(cluster.only);
    return found.flatMap((node): FoundTarget[] => {
      if (node.cluster !== cluster.name || seen.has(node.name) || !matches(node.name)) return [];
      const target = clusterTarget(config, cluster, node.name, platform);
      if (target === undefined) return [];
      seen.add(node.name);
      return [{ ...node, target }];
    });
  });
}
