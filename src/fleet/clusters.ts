import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { answersInSteps, type ClusterAnswers } from '../cluster/answers.ts';
import { rollingUpdate, type UpdateState } from '../cluster/rolling-update.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log.ts';
import { readJsonFile, writeJsonFile } from '../state/json-file.ts';
import type { Saves } from '../state/saves.ts';
import { inSlices, nextTurn, type Steps } from '../turn.ts';
import { unixMilliseconds } from '../unix-time.ts';
import type { FleetHost } from './fleet.ts';

/** How old the answers of a cluster are when a new view of one of its hosts replaces them, milliseconds */
const RENEWED_MS = 15_000;
/** How old they may get without a new view. Each host has one within 20 s, so that nobody who asks waits for the work. */
const KEPT_MS = 30_000;
/** How often the state is saved at most, milliseconds */
const SAVE_MS = 60_000;
const FILE = 'clusters.json';

const time = unixMilliseconds.optional();
const saved = z.object({
  schema: z.literal(1),
  clusters: z.record(z.string(), z.object({ drainedAt: time, since: time })),
});

/** The clusters (label `cluster`) of a fleet. What is too old is worked out again in steps of a few milliseconds at most. */
export interface Clusters {
  /** As of the last 15 s or so */
  answers(): Steps<readonly ClusterAnswers[]>;
  /** Of one cluster; undefined for a target without one. The alerts of each target ask for its own at every render. */
  answersOf(cluster: string | undefined): Steps<ClusterAnswers | undefined>;
  /** A host of a cluster has a new view. The answers of this cluster are worked out again in turns of their own. */
  changed(cluster: string | undefined): void;
  /** Saves what is remembered. Never rejects. */
  close(): Promise<void>;
}

/** @param folder `storage.path`, where it is kept when nodes were drained; undefined: in memory only */
export async function openClusters(
  hosts: ReadonlyMap<string, FleetHost>,
  clock: Clock,
  folder: string | undefined,
  log: Pick<Logger, 'warn'>,
  saves: Pick<Saves, 'run'>,
): Promise<Clusters> {
  const updates = new Map<string, UpdateState>();
  try {
    const json = folder === undefined ? undefined : await readJsonFile(folder, FILE);
    if (json !== undefined)
      for (const [cluster, state] of Object.entries(saved.parse(json).clusters)) updates.set(cluster, state);
  } catch (error) {
    log.warn({ error: errorText(error), file: FILE }, 'what is known of rolling updates cannot be used');
  }
  /** By cluster. `at`: when the hosts were looked at. `members`: its hosts and their states, of which the answers were worked out */
  const kept = new Map<string, { readonly at: number; readonly members: string; readonly answers: ClusterAnswers }>();
  const waiting = new Set<string>();
  let savedAt = clock.monotonic();
  let savedText = '';
  let saving = Promise.resolve();

  const save = (): Promise<void> => {
    const json = { schema: 1, clusters: Object.fromEntries(updates) };
    const text = JSON.stringify(json);
    if (folder === undefined || text === savedText) return saving;
    savedText = text;
    savedAt = clock.monotonic();
    const former = saving;
    saving = (async () => {
      await former;
      if (!(await saves.run('updates', folder, () => writeJsonFile(folder, FILE, json)))) savedText = '';
    })();
    return saving;
  };

  function withUpdate(answers: ClusterAnswers, now: number): ClusterAnswers {
    const { state, updatingSince } = rollingUpdate(updates.get(answers.cluster) ?? {}, answers, now);
    if (state.drainedAt === undefined && state.since === undefined) updates.delete(answers.cluster);
    else updates.set(answers.cluster, state);
    return { ...answers, updatingSince };
  }

  /** The hosts of each cluster, in the order of the list of targets. */
  function clusters(): ReadonlyMap<string, readonly FleetHost[]> {
    const found = new Map<string, FleetHost[]>();
    for (const host of hosts.values()) {
      const cluster = host.target.labels['cluster'];
      if (cluster === undefined) continue;
      const members = found.get(cluster);
      if (members === undefined) found.set(cluster, [host]);
      else members.push(host);
    }
    return found;
  }

  function* workOut(cluster: string, members: readonly FleetHost[]): Steps<ClusterAnswers> {
    const at = clock.monotonic();
    const state = membersOf(members);
    const found = yield* answersInSteps(
      cluster,
      members.map((host) => ({
        name: host.target.name,
        // What a host that does not answer has left is not known, however lately it did.
        view: host.state().status === 'up' ? host.host.served.view() : undefined,
      })),
    );
    // Another call, begun later, may have worked them out from later views.
    const other = kept.get(cluster);
    if (other !== undefined && other.at > at) return other.answers;
    const answers = withUpdate(found, Math.floor(clock.now()));
    kept.set(cluster, { at, members: state, answers });
    if (clock.monotonic() - savedAt >= SAVE_MS) void save();
    return answers;
  }

  /** The answers of a cluster with these hosts, as of the last 15 s or so */
  function* recent(cluster: string, members: readonly FleetHost[]): Steps<ClusterAnswers> {
    const last = kept.get(cluster);
    const isFresh = last?.members === membersOf(members) && clock.monotonic() - last.at < KEPT_MS;
    return isFresh ? last.answers : yield* workOut(cluster, members);
  }

  async function renew(cluster: string): Promise<void> {
    try {
      await nextTurn();
      const members = clusters().get(cluster);
      if (members !== undefined) await inSlices(workOut(cluster, members));
    } catch (error) {
      log.warn({ cluster, error: errorText(error) }, 'failover and drift of a cluster cannot be worked out');
    } finally {
      waiting.delete(cluster);
    }
  }

  return {
    *answers() {
      const present = clusters();
      for (const cluster of kept.keys()) if (!present.has(cluster)) kept.delete(cluster);
      const found: ClusterAnswers[] = [];
      for (const [cluster, members] of present) found.push(yield* recent(cluster, members));
      return found;
    },
    *answersOf(cluster) {
      if (cluster === undefined) return undefined;
      const members = [...hosts.values()].filter(({ target }) => target.labels['cluster'] === cluster);
      return members.length === 0 ? undefined : yield* recent(cluster, members);
    },
    changed(cluster) {
      if (cluster === undefined || waiting.has(cluster)) return;
      const last = kept.get(cluster);
      if (last !== undefined && clock.monotonic() - last.at < RENEWED_MS) return;
      waiting.add(cluster);
      void renew(cluster);
    },
    close: () => save(),
  };
}

/** Which hosts there are, and which of them are read: a change of that does not wait. */
const membersOf = (members: readonly FleetHost[]): string =>
  members.map((host) => `${host.target.name} ${host.state().status}`).join();
