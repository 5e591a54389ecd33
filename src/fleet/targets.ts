import { readdirSync } from 'node:fs';
import { type SshTarget, targetFaults } from '../collect/ssh/target.ts';
import { readConfigFile } from '../config/file.ts';
import { ConfigError, issueFaults } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { shardOf, type TargetDefaults, targetsFileSchema, type WrittenTarget } from '../config/targets.ts';
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
  readonly from: { readonly kind: 'ssh'; readonly ssh: SshTarget } | { readonly kind: 'demo'; readonly number: number };
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

function resolve({ name, address = name, labels = {}, ...own }: WrittenTarget, defaults: TargetDefaults): Target {
  const set = { ...defaults, ...own };
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

function* faultsOf(target: Target, platform: NodeJS.Platform): Generator<Fault> {
  if (target.from.kind !== 'ssh') return;
  for (const { keys, message } of targetFaults(target.from.ssh, platform))
    yield { keys: keys.length > 1 && keys[0] !== 'jump' ? [] : keys.map((key) => KEYS[key]), message };
  for (const label of Object.keys(target.labels))
    if (OURS.has(label) || label.startsWith('__'))
      yield { keys: ['labels', label], message: 'is a label that the collector or Prometheus sets' };
}

/** The targets of all files, and what is wrong with them. */
function targetsOf(files: readonly Written[], platform: NodeJS.Platform) {
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
        ...[...faultsOf(target, platform)].map((fault) => ({ ...fault, keys: [...at, ...fault.keys] })),
      ];
    });
    faults.push(...say(wrong));
  }
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
  const parsed = targetsFileSchema.safeParse(file.values);
  const faults = (parsed.error?.issues ?? []).flatMap((issue) =>
    issueFaults(targetsFileSchema, issue, file.values).map(([keys, message]): Fault => ({ keys, message })),
  );
  const paths = pathsOf(platform);
  const anchored = <T extends TargetDefaults>(set: T): T => ({
    ...set,
    ...Object.fromEntries(
      (['key_file', 'agent', 'known_hosts_file'] as const).flatMap((key) =>
        set[key] === undefined ? [] : [[key, paths.resolve(paths.dirname(path), set[key])]],
      ),
    ),
  });
  return {
    list: parsed.data?.list.map(anchored) ?? [],
    defaults: anchored(parsed.data?.defaults ?? {}),
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
  const own: Written = {
    list,
    defaults,
    keys: ['targets', 'list'],
    say: (wrong) => (wrong.length === 0 ? [] : faultLines(file ?? 'configuration', readConfigFile(file ?? ''), wrong)),
  };
  const files = targetFiles(config, platform).map((path) => readTargetsFile(path, platform));
  const { targets, faults } = targetsOf([own, ...files], platform);
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
