import { z } from 'zod';
import { int, requiredText, signedInt } from './fields.ts';

/** MSCluster_Node (root\MSCluster), own node only */
const clusterNode = z.object({
  name: requiredText,
  /** Unknown -1, Up 0, Down 1, Paused 2, Joining 3 */
  state: signedInt,
  /** NotInitiated 0, InProgress 1, Completed 2, Failed 3 */
  nodeDrainStatus: int,
});

export const clusterRows = { cluster_node: clusterNode } as const;
