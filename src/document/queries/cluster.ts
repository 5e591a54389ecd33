import * as f from './field.ts';
import { query } from './query.ts';

/** The nodes of the cluster, where the cluster service runs: the own node first. */
export const cluster = {
  cluster_node: query({
    origin: 'CIM',
    since: '2012',
    command: 'Get-CimInstance -Namespace root/MSCluster -ClassName MSCluster_Node',
    type: 'MSCluster_Node',
    key: ['name'],
    optional: 'only nodes of a cluster have it',
    fields: {
      name: f.required(f.hostName('Name')),
      state: f.signedMember('ClusterNodeState', 'State', { raw: true }),
      nodeDrainStatus: f.member('ClusterNodeDrainStatus', 'NodeDrainStatus', { raw: true }),
    },
  }),
} as const;
