import type { Clock } from '../clock.ts';
import { answersOf, type ClusterAnswers } from '../cluster/answers.ts';
import type { FleetHost } from './fleet.ts';

/** How long answers are used, milliseconds: hosts are rendered about as often */
const KEPT_MS = 15_000;

/** The answers of each cluster (label `cluster`) of a fleet, worked out when they are asked for, at most every 15 s. */
export function createClusters(
  hosts: ReadonlyMap<string, FleetHost>,
  clock: Pick<Clock, 'monotonic'>,
): () => readonly ClusterAnswers[] {
  let kept: { readonly at: number; readonly answers: readonly ClusterAnswers[] } | undefined;
  return () => {
    const now = clock.monotonic();
    if (kept !== undefined && now - kept.at < KEPT_MS) return kept.answers;
    const clusters = new Map<string, FleetHost[]>();
    for (const host of hosts.values()) {
      const cluster = host.target.labels['cluster'];
      if (cluster === undefined) continue;
      const members = clusters.get(cluster);
      if (members === undefined) clusters.set(cluster, [host]);
      else members.push(host);
    }
    const answers = [...clusters].map(([cluster, members]) =>
      answersOf(
        cluster,
        // What a host that does not answer has left is not known, however lately it did.
        members.map((member) => ({
          name: member.target.name,
          view: member.state().status === 'up' ? member.host.served.view() : undefined,
        })),
      ),
    );
    kept = { at: now, answers };
    return answers;
  };
}
