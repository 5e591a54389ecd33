import type { Examined } from '../report/vnic-rows.ts';
import { atOnce, type Steps } from '../turn.ts';
import { type Drift, driftInSteps } from './drift.ts';
import { type Failover, failoversInSteps } from './failover.ts';
import { type Node, nodeOf } from './node.ts';

/** What only all hosts of a cluster together tell. */
export interface ClusterAnswers {
  readonly cluster: string;
  readonly nodes: readonly Node[];
  readonly failovers: readonly Failover[];
  readonly drift: readonly Drift[];
  /** Since when its hosts are being updated one by one, Unix milliseconds: differences are to be expected */
  readonly updatingSince?: number | undefined;
}

/** A host as a fleet knows it. One that was never read, or does not answer, has no view. */
export interface Member {
  readonly name: string;
  readonly view: Examined | undefined;
}

/**
 * The answers of each cluster of a fleet.
 * @param hosts those without a cluster are left out
 */
export function answersOfAll(
  hosts: readonly (Member & { readonly cluster: string | undefined })[],
): readonly ClusterAnswers[] {
  const clusters = new Map<string, Member[]>();
  for (const host of hosts) {
    if (host.cluster === undefined) continue;
    const members = clusters.get(host.cluster);
    if (members === undefined) clusters.set(host.cluster, [host]);
    else members.push(host);
  }
  return [...clusters].map(([cluster, members]) => answersOf(cluster, members));
}

/** @param members all hosts of the cluster; one that was never read, or does not answer, has no view */
export const answersOf = (cluster: string, members: readonly Member[]): ClusterAnswers =>
  atOnce(answersInSteps(cluster, members));

/** The same, in steps of a few milliseconds at most: 64 hosts of a thousand VMs each take seconds. */
export function* answersInSteps(cluster: string, members: readonly Member[]): Steps<ClusterAnswers> {
  const nodes: Node[] = [];
  for (const { name, view } of members) {
    yield;
    nodes.push(nodeOf(name, view));
  }
  const known = members.flatMap(({ name, view }) => (view === undefined ? [] : [{ name, view }]));
  return { cluster, nodes, failovers: yield* failoversInSteps(nodes), drift: yield* driftInSteps(known) };
}
