import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { answersOfAll, type ClusterAnswers } from '../cluster/answers.ts';
import { rollingUpdate, type UpdateState } from '../cluster/rolling-update.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log.ts';
import { readJsonFile, writeJsonFile } from '../state/json-file.ts';
import type { Saves } from '../state/saves.ts';
import type { FleetHost } from './fleet.ts';

/** How long answers are used, milliseconds: hosts are rendered about as often */
const KEPT_MS = 15_000;
/** How often the state is saved at most, milliseconds */
const SAVE_MS = 60_000;
const FILE = 'clusters.json';

const time = z.number().int().nonnegative().optional();
const saved = z.object({
  schema: z.literal(1),
  clusters: z.record(z.string(), z.object({ drainedAt: time, since: time })),
});

/** The clusters (label `cluster`) of a fleet. */
export interface Clusters {
  /** Worked out when they are asked for, at most every 15 s */
  answers(): readonly ClusterAnswers[];
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
  let kept: { readonly at: number; readonly answers: readonly ClusterAnswers[] } | undefined;
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

  return {
    answers() {
      const at = clock.monotonic();
      if (kept !== undefined && at - kept.at < KEPT_MS) return kept.answers;
      const now = Math.floor(clock.now());
      const answers = answersOfAll(
        [...hosts.values()].map((host) => ({
          name: host.target.name,
          cluster: host.target.labels['cluster'],
          // What a host that does not answer has left is not known, however lately it did.
          view: host.state().status === 'up' ? host.host.served.view() : undefined,
        })),
      ).map((each) => withUpdate(each, now));
      kept = { at, answers };
      if (at - savedAt >= SAVE_MS) void save();
      return answers;
    },
    close: () => save(),
  };
}
