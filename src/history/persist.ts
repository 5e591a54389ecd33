import { z } from 'zod';
import type { Guid } from '../host/model.ts';
import { unixMilliseconds } from '../unix-time.ts';
import { emptyHostObjects } from './host-objects.ts';
import { FORGET_AFTER, type VnicHistory } from './paths.ts';
import type { Transition } from './model.ts';
import { emptyHistory, type History } from './step.ts';
import type { VmHistory } from './vms.ts';

/** The version of the saved history that this agent writes and the newest that it reads. */
const HISTORY_SCHEMA = 1;

const savedVnic = z.object({
  id: z.string().min(1),
  path: z.enum(['vf', 'assigned', 'synthetic', 'not_requested']),
  since: unixMilliseconds,
  seen: z.boolean().default(false),
  lastOnVf: unixMilliseconds.optional(),
});
const savedVm = z.object({ id: z.string().min(1), arrived: unixMilliseconds });
const savedNic = z.object({ description: z.string().min(1), restarted: unixMilliseconds });
const savedHistory = z.object({
  schema: z.number().int().positive(),
  takenAt: unixMilliseconds,
  vnics: z.array(z.unknown()),
  vms: z.array(z.unknown()),
  nics: z.array(z.unknown()),
});

/** The part of a history that must survive a restart of the agent, as a JSON value. */
export function historyToJson(history: History): unknown {
  return {
    schema: HISTORY_SCHEMA,
    takenAt: history.takenAt ?? 0,
    vnics: [...history.vnics].flatMap(([id, { published, lastOnVf }]) =>
      published ? [{ id, path: published.path, since: published.since, seen: published.seen, lastOnVf }] : [],
    ),
    vms: [...history.vms].flatMap(([id, { arrived }]) => (arrived === undefined ? [] : [{ id, arrived }])),
    nics: [...history.objects.nics].flatMap(([description, { restarted }]) =>
      restarted === undefined ? [] : [{ description, restarted }],
    ),
  };
}

/**
 * The history of the last run. Paths, "since" and what was settling continue; transition counters and rates start
 * empty. Never throws: for a file that cannot be used it returns an empty history and the reason; a bad entry is left
 * out. A history older than a day is not used, as too much may have happened since. One of the future is: the clock was
 * set back since, and step() takes its times as those of the next document.
 */
export function historyFromJson(saved: unknown, now: number): { readonly history: History; readonly error?: string } {
  const version = z.object({ schema: z.number() }).safeParse(saved);
  if (version.success && version.data.schema > HISTORY_SCHEMA) {
    return {
      history: emptyHistory(),
      error: `the saved history has schema ${version.data.schema}; this agent reads up to schema ${HISTORY_SCHEMA}`,
    };
  }
  const parsed = savedHistory.safeParse(saved);
  if (!parsed.success) return { history: emptyHistory(), error: 'the saved history is damaged' };
  const { takenAt, vnics, vms, nics } = parsed.data;
  if (takenAt <= now - FORGET_AFTER) return { history: emptyHistory(), error: 'the saved history is older than a day' };
  return {
    history: {
      ...emptyHistory(),
      takenAt,
      vnics: new Map(
        usable(savedVnic, vnics, ({ since }) => since <= takenAt).map((vnic) => restoreVnic(vnic, takenAt)),
      ),
      vms: new Map(
        usable(savedVm, vms, ({ arrived }) => arrived <= takenAt).map(({ id, arrived }): [Guid, VmHistory] => [
          id,
          { arrived },
        ]),
      ),
      objects: {
        ...emptyHostObjects(),
        nics: new Map(
          usable(savedNic, nics, ({ restarted }) => restarted <= takenAt).map(({ description, restarted }) => [
            description,
            { restarted },
          ]),
        ),
      },
    },
  };
}

/**
 * Adds the journal's transitions of the time after the history was saved, oldest first, so that "since" is right after
 * the agent was killed. An empty history stays empty. A path off the VF is published once the next two documents agree.
 */
export function withTransitions(history: History, transitions: readonly Transition[]): History {
  const { takenAt } = history;
  if (takenAt === undefined) return history;
  const later = transitions.filter(({ at }) => at > takenAt);
  const vnics = new Map(history.vnics);
  for (const { at, kind, subject, names, after } of later) {
    if (kind === 'vnic_gone') vnics.delete(subject);
    const path = savedVnic.shape.path.safeParse(after).data;
    if (kind !== 'vnic_path' || path === undefined) continue;
    const [, fresh] = restoreVnic({ id: subject, path, since: at, seen: true }, at);
    const before = vnics.get(subject);
    const onVf = path === 'vf' ? at : before?.lastOnVf;
    vnics.set(subject, {
      ...fresh,
      names,
      lastOnVf: onVf,
      published: path === 'vf' || path === 'not_requested' ? fresh.published : before?.published,
    });
  }
  return { ...history, vnics };
}

function usable<T>(type: z.ZodType<T>, entries: readonly unknown[], isPast: (entry: T) => boolean): readonly T[] {
  return entries.flatMap((entry) => {
    const parsed = type.safeParse(entry);
    return parsed.success && isPast(parsed.data) ? [parsed.data] : [];
  });
}

function restoreVnic({ id, path, since, seen, lastOnVf }: z.infer<typeof savedVnic>, at: number): [Guid, VnicHistory] {
  const published = { path, since, seen };
  return [
    id,
    {
      names: {},
      seen: at,
      last: published,
      published,
      transitionsTo: { vf: 0, synthetic: 0 },
      recentChanges: [],
      lastOnVf,
    },
  ];
}
