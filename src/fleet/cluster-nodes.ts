import type { Config } from '../config/schema.ts';
import type { WrittenCluster, WrittenTarget } from '../config/targets.ts';
import { quoted } from '../errors.ts';
import type { Fault } from '../files/yaml.ts';
import { resolveTarget, type Target, targetFaultsOf } from './target.ts';

/**
 * The name of a target for what a cluster calls its node: lower case, without a domain; undefined where that is no name.
 * What a seed says is not trusted.
 */
export function nodeNameOf(node: string): string | undefined {
  const [name = ''] = node.toLowerCase().split('.');
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name) ? name : undefined;
}

/** A node of a cluster as written in a list. */
function writtenNode(
  { name: cluster, seeds: _seeds, address, only: _only, labels, ...own }: WrittenCluster,
  node: string,
): WrittenTarget {
  return {
    ...own,
    name: node,
    labels: { ...labels, cluster },
    ...(own.via === 'http' ? {} : { address: address.replace('{node}', node) }),
  };
}

/** A node of a configured cluster as a target; undefined where it cannot be one. */
export function clusterTarget(
  { targets: { defaults } }: Config,
  cluster: WrittenCluster,
  node: string,
  platform: NodeJS.Platform,
): Target | undefined {
  const target = resolveTarget(writtenNode(cluster, node), defaults);
  return [...targetFaultsOf(target, platform)].length > 0 ? undefined : target;
}

/** The seeds of clusters as targets. A seed is a node, so its address has the cluster's pattern. */
export function seedsOf({ targets: { clusters, defaults } }: Config, platform: NodeJS.Platform) {
  const faults: Fault[] = [];
  const targets: Target[] = [];
  for (const [index, cluster] of clusters.entries()) {
    const at = ['targets', 'clusters', index];
    const twice = clusters.findIndex(({ name }) => name === cluster.name) < index;
    if (twice) faults.push({ keys: [...at, 'name'], message: 'is the name of another cluster' });
    const [before = '', after = ''] = cluster.address.split('{node}');
    for (const [place, seed] of cluster.seeds.entries()) {
      const fits = seed.length > before.length + after.length && seed.startsWith(before) && seed.endsWith(after);
      const node = fits ? seed.slice(before.length, seed.length - after.length) : '';
      if (nodeNameOf(node) !== node) {
        const message = `${quoted(seed)} is not the address of a node, which is ${cluster.address} with a name in lower case`;
        faults.push({ keys: [...at, 'seeds', place], message });
        continue;
      }
      const target = { ...resolveTarget(writtenNode(cluster, node), defaults), seedOf: cluster.name };
      for (const fault of targetFaultsOf(target, platform))
        faults.push({ ...fault, keys: fault.keys[0] === 'address' ? [...at, 'address'] : at });
      targets.push(target);
    }
  }
  return { targets, faults };
}
