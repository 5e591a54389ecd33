import { readdirSync } from 'node:fs';
import type { SshTarget } from '../collect/ssh/target.ts';
import { readConfigFile } from '../config/file.ts';
import { ConfigError, issueFaults } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { anchorPaths } from '../config/settings.ts';
import { shardOf, type TargetDefaults, targetsFileSchema, type WrittenTarget } from '../config/targets.ts';
import { errorText } from '../errors.ts';
import { pathsOf } from '../files/path.ts';
import { type Fault, faultLines } from '../files/yaml.ts';
import { wildcard } from '../text/wildcard.ts';
import { seedsOf } from './cluster-nodes.ts';
import { hashmod } from './shard.ts';
import { resolveTarget, type Target, targetFaultsOf } from './target.ts';

/** More in one process would be late with their polls: see the sizing in docs/fleet.md. */
export const MAX_TARGETS = 1000;
const DEMO_CLUSTER = 4;
/** One file with targets, or the section of the configuration. */
interface Written {
  readonly list: readonly WrittenTarget[];
  readonly defaults: TargetDefaults;
  /** Key of the list in its file */
  readonly keys: readonly string[];
  /** Makes lines of what is wrong with the file. */
  readonly say: (faults: readonly Fault[]) => readonly string[];
}

/** The targets of all files, and what is wrong with them. */
function targetsOf(files: readonly Written[], seeds: readonly Target[], platform: NodeJS.Platform) {
  const targets = new Map<string, Target>();
  const faults: string[] = [];
  for (const { list, defaults, keys, say } of files) {
    const wrong = list.flatMap((written, index): Fault[] => {
      const target = resolveTarget(written, defaults);
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
        ...[...targetFaultsOf(target, platform)].map((fault) => ({ ...fault, keys: [...at, ...fault.keys] })),
      ];
    });
    faults.push(...say(wrong));
  }
  // A node that is listed, too, is as it is listed.
  for (const seed of seeds)
    targets.set(seed.name, { ...(targets.get(seed.name) ?? seed), ...(seed.seedOf && { seedOf: seed.seedOf }) });
  return { targets: [...targets.values()], faults };
}

/** The files that `targets.files` names now: the last part of a path may have a wildcard. */
export function targetFiles({ targets }: Config, platform: NodeJS.Platform): readonly string[] {
  const paths = pathsOf(platform);
  return targets.files.flatMap((pattern) => {
    const last = paths.basename(pattern);
    if (!/[*?[]/.test(last)) return [pattern];
    const matches = wildcard(last, { caseSensitive: platform !== 'win32' });
    const folder = paths.dirname(pattern);
    return readNames(folder)
      .filter(matches)
      .toSorted()
      .map((name) => paths.join(folder, name));
  });
}

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
