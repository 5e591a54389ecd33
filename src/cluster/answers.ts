import type { Examined } from '../report/vnic-rows.ts';
import { type Drift, driftOf } from './drift.ts';
import { type Failover, failovers } from './failover.ts';
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
export function answersOf(cluster: string, members: readonly Member[]): ClusterAnswers {
  const nodes = members.map(({ name, view }) => nodeOf(name, view));
  const known = members.flatMap(({ name, view }) => (view === undefined ? [] : [{ name, view }]));
  return { cluster, nodes, failovers: failovers(nodes), drift: driftOf(known) };
}
