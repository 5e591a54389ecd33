import type { ClusterNode } from '../../host/model.ts';
import { html, type Html, name } from './html.ts';

/** The state of this node in its failover cluster; undefined if no cluster service runs. */
export function clusterNode(node: ClusterNode | undefined): Html | undefined {
  if (node?.state === undefined) return undefined;
  const paused = node.state === 'paused' ? ': the cluster places no VMs here until the node is resumed' : '';
  return html`<p class="cluster ${node.state === 'up' && node.draining !== true ? 'quiet' : 'card info'}">Cluster node ${name(node.name)} is <b>${node.state}</b>${paused}${node.draining === true ? ', and its VMs are being moved away' : ''}.</p>`;
}
