import { readdirSync } from 'node:fs';
import { type SshTarget, targetFaults } from '../collect/ssh/target.ts';
import { type HttpTarget, httpTargetFaults } from '../collect/http/reader.ts';
import { readConfigFile } from '../config/file.ts';
import { ConfigError, issueFaults } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { anchorPaths } from '../config/settings.ts';
import {
  shardOf,
  type TargetDefaults,
  targetsFileSchema,
  type WrittenCluster,
  type WrittenTarget,
} from '../config/targets.ts';
import { errorText } from '../errors.ts';
import { pathsOf } from '../file-path.ts';
import { READ_BY } from '../metrics/catalogue/collector.ts';
import { catalogue } from '../metrics/catalogue/index.ts';
import { type Fault, faultLines } from '../yaml-file.ts';
import { hashmod } from './shard.ts';

/** A host that a collector reads, with all defaults filled in. Equal targets are equal as JSON. */
export interface Target {
  /** Label `instance` and `host`, folder of its state, and what `?target=` takes */
  readonly name: string;
  /** Labels for Prometheus to add */
  readonly labels: Readonly<Record<string, string>>;
  /** The configured cluster whose nodes this target tells */
  readonly seedOf?: string;
  readonly from:
    | { readonly kind: 'ssh'; readonly ssh: SshTarget }
    | { readonly kind: 'http'; readonly http: HttpTarget }
    | { readonly kind: 'demo'; readonly number: number };
}

/** More in one process would be late with their polls: see the sizing in docs/fleet.md. */
export const MAX_TARGETS = 1000;
const SSH_PORT = 22;
const DEMO_CLUSTER = 4;
const OURS = new Set([
  'instance',
  'job',
  'host',
  ...Object.keys(READ_BY),
  ...catalogue.flatMap(({ labels }) => labels),
]);

/** One file with targets, or the section of the configuration. */
interface Written {
  readonly list: readonly WrittenTarget[];
  readonly defaults: TargetDefaults;
  /** Key of the list in its file */
  readonly keys: readonly string[];
  /** Makes lines of what is wrong with the file. */
  readonly say: (faults: readonly Fault[]) => readonly string[];
}

/** Key of the file for each field of a target */
const KEYS: Readonly<Record<keyof SshTarget, string>> = {
  name: 'name',
  address: 'address',
  port: 'port',
  user: 'user',
  keyFile: 'key_file',
  agent: 'agent',
  knownHostsFiles: 'known_hosts_file',
  jump: 'jump',
};

/** A host with the defaults of its file. */
function resolve({ name, address = name, labels = {}, ...own }: WrittenTarget, defaults: TargetDefaults): Target {
  const set = { ...defaults, ...own };
  if (set.via === 'http') return { name, labels, from: { kind: 'http', http: httpTarget(name, set) } };
  const user = set.user ?? '';
  return {
    name,
    labels,
    from: {
      kind: 'ssh',
      ssh: {
        name,
        address,
        port: set.port ?? SSH_PORT,
        user,
        keyFile: set.key_file,
        agent: set.agent,
        knownHostsFiles: set.known_hosts_file === undefined ? [] : [set.known_hosts_file],
        jump: set.jump && { address: set.jump.address, port: set.jump.port ?? SSH_PORT, user: set.jump.user ?? user },
      },
    },
  };
}

function httpTarget(name: string, { url = '', basic_auth, tls }: TargetDefaults): HttpTarget {
  return {
    name,
    url: url.replaceAll('{name}', name),
    basicAuth: basic_auth && { username: basic_auth.username, passwordFile: basic_auth.password_file },
    tls: tls && {
      caFile: tls.ca_file,
      certFile: tls.cert_file,
      keyFile: tls.key_file,
      serverName: tls.server_name,
    },
  };
}

function* faultsOf(target: Target, platform: NodeJS.Platform): Generator<Fault> {
  if (target.from.kind === 'http')
    for (const { key, message } of httpTargetFaults(target.from.http)) yield { keys: [key], message };
  if (target.from.kind === 'ssh')
    for (const { keys, message } of targetFaults(target.from.ssh, platform))
      yield { keys: keys.length > 1 && keys[0] !== 'jump' ? [] : keys.map((key) => KEYS[key]), message };
  for (const label of Object.keys(target.labels))
    if (OURS.has(label) || label.startsWith('__'))
      yield { keys: ['labels', label], message: 'is a label that the collector or Prometheus sets' };
}

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
  const target = resolve(writtenNode(cluster, node), defaults);
  return [...faultsOf(target, platform)].length > 0 ? undefined : target;
}

/** The seeds of clusters as targets. A seed is a node, so its address has the cluster's pattern. */
function seedsOf({ targets: { clusters, defaults } }: Config, platform: NodeJS.Platform) {
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
        const message = `${JSON.stringify(seed)} is not the address of a node, which is ${cluster.address} with a name in lower case`;
        faults.push({ keys: [...at, 'seeds', place], message });
        continue;
      }
      const target = { ...resolve(writtenNode(cluster, node), defaults), seedOf: cluster.name };
      for (const fault of faultsOf(target, platform))
        faults.push({ ...fault, keys: fault.keys[0] === 'address' ? [...at, 'address'] : at });
      targets.push(target);
    }
  }
  return { targets, faults };
}

/** The targets of all files, and what is wrong with them. */
function targetsOf(files: readonly Written[], seeds: readonly Target[], platform: NodeJS.Platform) {
  const targets = new Map<string, Target>();
  const faults: string[] = [];
  for (const { list, defaults, keys, say } of files) {
    const wrong = list.flatMap((written, index): Fault[] => {
      const target = resolve(written, defaults);
      const at = [...keys, index];
      const twice = targets.has(target.name)
        ? [{ keys: [...at, 'name'], message: 'is the name of another target' }]
        : [];
      targets.set(target.name, target);
      return [
        ...twice,
        ...(target.from.kind === 'http' && written.address !== undefined
          ? [{ keys: [...at, 'address'], message: 'is for SSH: an agent is read at its url' }]
          : []),
        ...[...faultsOf(target, platform)].map((fault) => ({ ...fault, keys: [...at, ...fault.keys] })),
      ];
    });
    faults.push(...say(wrong));
  }
  // A node that is listed, too, is as it is listed.
  for (const seed of seeds)
    targets.set(seed.name, { ...(targets.get(seed.name) ?? seed), ...(seed.seedOf && { seedOf: seed.seedOf }) });
  return { targets: [...targets.values()], faults };
}

/** The files that `targets.files` names now: the last part of a path may hold `*`. */
export function targetFiles({ targets }: Config, platform: NodeJS.Platform): readonly string[] {
  const paths = pathsOf(platform);
  return targets.files.flatMap((pattern) => {
    const last = paths.basename(pattern);
    if (!last.includes('*')) return [pattern];
    const wanted = new RegExp(
      `^${last
        .split('*')
        .map((text) => escaped(text))
        .join('.*')}$`,
      's',
    );
    const folder = paths.dirname(pattern);
    return readNames(folder)
      .filter((name) => wanted.test(name))
      .toSorted()
      .map((name) => paths.join(folder, name));
  });
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A folder that is not there yet has no files. */
function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new ConfigError([`${folder}: cannot be read: ${errorText(error)}`]);
  }
}

function readTargetsFile(path: string, platform: NodeJS.Platform): Written {
  const file = readConfigFile(path);
  const values = anchorPaths(file.values, pathsOf(platform).dirname(path), platform, targetsFileSchema);
  const parsed = targetsFileSchema.safeParse(values);
  const faults = (parsed.error?.issues ?? []).flatMap((issue) =>
    issueFaults(targetsFileSchema, issue, file.values).map(([keys, message]): Fault => ({ keys, message })),
  );
  return {
    list: parsed.data?.list ?? [],
    defaults: parsed.data?.defaults ?? {},
    keys: ['list'],
    say: (wrong) => faultLines(path, file, [...(file.faults.length > 0 ? [] : faults), ...wrong]),
  };
}

/** Host `number` of the demo fleet, counted from 1. */
const demoTarget = (_: unknown, index: number): Target => ({
  name: `hv${String(index + 1).padStart(2, '0')}`,
  labels: { cluster: `demo-${Math.floor(index / DEMO_CLUSTER) + 1}` },
  from: { kind: 'demo', number: index + 1 },
});

/** The configuration has a collector read several hosts, not an agent one. */
export const isFleet = ({ source, demo }: Config): boolean =>
  source === 'targets' || (source === 'demo' && demo.hosts > 1);

/**
 * All targets of a configuration and of the files that it names, those of other shards included.
 * @param file the configuration's own file, for the lines of faults
 * @throws {ConfigError} with all faults of all files
 */
export function allTargets(config: Config, file: string | undefined, platform: NodeJS.Platform): readonly Target[] {
  if (config.source === 'demo') return Array.from({ length: config.demo.hosts }, demoTarget);
  const { list, defaults } = config.targets;
  const seeds = seedsOf(config, platform);
  const say = (wrong: readonly Fault[]) =>
    wrong.length === 0 ? [] : faultLines(file ?? 'configuration', readConfigFile(file ?? ''), wrong);
  const own: Written = {
    list,
    defaults,
    keys: ['targets', 'list'],
    say: (wrong) => say([...wrong, ...seeds.faults]),
  };
  const files = targetFiles(config, platform).map((path) => readTargetsFile(path, platform));
  const { targets, faults } = targetsOf([own, ...files], seeds.targets, platform);
  if (faults.length > 0) throw new ConfigError(faults);
  return targets;
}

/** Those that are read over SSH, as SSH reads them. */
export const sshTargets = (targets: readonly Target[]): readonly SshTarget[] =>
  targets.flatMap(({ from }) => (from.kind === 'ssh' ? [from.ssh] : []));

/**
 * The targets of this collector's shard.
 * @throws {ConfigError} as allTargets, and for more targets than one process can read
 */
export function shardTargets(config: Config, file: string | undefined, platform: NodeJS.Platform): readonly Target[] {
  const { index, of } = shardOf(config.fleet.shard);
  const targets = allTargets(config, file, platform).filter(({ name }) => hashmod(name, of) === index);
  if (targets.length > MAX_TARGETS)
    throw new ConfigError([
      `fleet.shard: ${targets.length} targets are more than the ${MAX_TARGETS} that one collector reads: run several with fleet.shard 0/N to N-1/N`,
    ]);
  return targets;
}
