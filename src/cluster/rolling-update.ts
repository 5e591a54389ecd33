import type { ClusterAnswers } from './answers.ts';
import type { Drift } from './drift.ts';

/** What is remembered of a cluster to tell a rolling update. Unix milliseconds. */
export interface UpdateState {
  /** When a node was seen drained last */
  readonly drainedAt?: number | undefined;
  /** When the present update was seen first */
  readonly since?: number | undefined;
}

const HOUR = 3_600_000;
/** A node that was drained so lately may still be the one that is being updated. */
const DRAINED_MS = 24 * HOUR;
/** An update that takes longer is not waited for: its differences are differences. */
const LONGEST_MS = 72 * HOUR;
/** What an update of hosts changes one by one: Windows and the drivers of NICs */
const UPDATED: ReadonlySet<string> = new Set(['build', 'driver']);

/**
 * Whether hosts of a cluster are being updated one after the other, so that differences are to be expected: they differ in
 * build or driver, and one of them is drained, or was within 24 hours. Pure.
 * @returns the new state, and since when the update has been under way; undefined if none is, or after 72 hours
 */
export function rollingUpdate(
  former: UpdateState,
  { nodes, drift }: Pick<ClusterAnswers, 'nodes'> & { readonly drift: readonly Pick<Drift, 'property'>[] },
  now: number,
): { readonly state: UpdateState; readonly updatingSince: number | undefined } {
  const drainedAt = nodes.some(({ state }) => state === 'paused') ? now : former.drainedAt;
  if (!drift.some(({ property }) => UPDATED.has(property))) return { state: { drainedAt }, updatingSince: undefined };
  const isDrained = drainedAt !== undefined && now - drainedAt <= DRAINED_MS;
  const since = former.since ?? (isDrained ? now : undefined);
  const isShort = since !== undefined && now - since <= LONGEST_MS;
  return { state: { drainedAt, since }, updatingSince: isDrained && isShort ? since : undefined };
}
