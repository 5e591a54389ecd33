import { z } from 'zod';
import { int, requiredText, signedInt } from './fields.ts';

/** MSCluster_Node (root\MSCluster), own node only */
const clusterNode = z.object({
  name: requiredText,
  /** Number of ClusterNodeState */
  state: signedInt,
  /** Number of ClusterNodeDrainStatus */
  nodeDrainStatus: int,
});

export const clusterRows = { cluster_node: clusterNode } as const;
