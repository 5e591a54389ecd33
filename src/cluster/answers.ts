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
}

/** @param members all hosts of the cluster; one that was never read, or does not answer, has no view */
export function answersOf(
  cluster: string,
  members: readonly { readonly name: string; readonly view: Examined | undefined }[],
): ClusterAnswers {
  const nodes = members.map(({ name, view }) => nodeOf(name, view));
  const known = members.flatMap(({ name, view }) => (view === undefined ? [] : [{ name, view }]));
  return { cluster, nodes, failovers: failovers(nodes), drift: driftOf(known) };
}
