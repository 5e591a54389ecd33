import type { Command } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { UserError } from '../errors.ts';
import { type FoundTarget, readFoundNodes, wantedNodes } from '../fleet/discovery.ts';
import type { Target } from '../fleet/target.ts';
import { allTargets, isFleet } from '../fleet/targets.ts';
import { visible } from '../text/visible.ts';
import type { CommandContext } from './context.ts';
import { withSettingsOrService } from './settings-or-service.ts';
import { configOf } from './settings.ts';

const MAX_NAMES = 10;

/** What a command that reads one host reads. */
export interface Chosen extends LoadedConfig {
  /** Where the configuration has several hosts: the one that --target names */
  readonly target: Target | undefined;
}

/** Adds the settings and `--target` to a command that reads one host. */
export const withTarget = (command: Command): Command =>
  withSettingsOrService(command).option(
    '--target <name>',
    'Where the configuration has several hosts (source: targets): the one to read.',
  );

/** The name that --target gives. */
export const namedTarget = (command: Command): string | undefined =>
  command.opts<{ readonly target?: string }>().target;

/**
 * The target of this name, also one of another shard.
 * @throws UserError if there is none
 */
export function findTarget(targets: readonly Target[], wanted: string): Target {
  const found = targets.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = targets.map(({ name }) => name);
  throw new UserError(
    `there is no target ${visible(wanted)}${didYouMean(wanted, names)}; fleet list prints all ${names.length}`,
  );
}

/**
 * The configuration of a command, and the target that it names.
 * @throws ConfigError; UserError for several hosts and no target, a target that is not there, or a target without several hosts
 */
export async function targetOf(command: Command, context: CommandContext): Promise<Chosen> {
  const loaded = configOf(command, context);
  return { ...loaded, target: await chosenTarget(loaded, namedTarget(command), context) };
}

/** All targets of a configuration, and the cluster nodes that a collector has found, trusted or not. */
export async function knownTargets(
  { config, file }: LoadedConfig,
  { platform }: Pick<CommandContext, 'platform'>,
): Promise<{ readonly targets: readonly Target[]; readonly found: readonly FoundTarget[] }> {
  const listed = allTargets(config, file, platform);
  if (config.targets.clusters.length === 0) return { targets: listed, found: [] };
  const nodes = await readFoundNodes(config.storage.path);
  const found = wantedNodes(config, platform, nodes, new Set(listed.map(({ name }) => name)));
  return { targets: [...listed, ...found.map(({ target }) => target)], found };
}

/** The target of this name; undefined where the configuration has one host. @throws UserError as targetOf */
export async function chosenTarget(
  loaded: LoadedConfig,
  wanted: string | undefined,
  context: Pick<CommandContext, 'platform'>,
): Promise<Target | undefined> {
  if (!isFleet(loaded.config)) {
    if (wanted === undefined) return undefined;
    throw new UserError(
      '--target picks one of several hosts, and this configuration has one: set source: targets (--config.file FILE)',
    );
  }
  const { targets } = await knownTargets(loaded, context);
  if (wanted !== undefined) return findTarget(targets, wanted);
  const names = targets.map(({ name }) => name);
  throw new UserError(
    `this command reads one host, and the configuration has several: --target NAME picks one of ${names.slice(0, MAX_NAMES).join(', ')}${names.length > MAX_NAMES ? `, … (${names.length} in all)` : ''}`,
  );
}
