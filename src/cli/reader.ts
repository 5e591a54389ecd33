import { systemClock, type Clock } from '../clock.ts';
import type { Gate, HostReader } from '../collect/host-reader.ts';
import { assertKeysUsable } from '../collect/ssh/key-file.ts';
import { disabledSources } from '../config/policy.ts';
import type { Config } from '../config/schema.ts';
import { shardOf } from '../config/targets.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { UserError } from '../errors.ts';
import { visible } from '../text/visible.ts';
import type { Logger } from '../log.ts';
import type { TargetReaders } from '../agent.ts';
import type { TargetReader } from '../fleet/fleet.ts';
import { createGate } from '../fleet/gate.ts';
import { wantedNodes } from '../fleet/discovery.ts';
import type { NodeTrust } from '../fleet/found-targets.ts';
import { hashmod } from '../fleet/shard.ts';
import type { Target } from '../fleet/target.ts';
import { allTargets, isFleet, shardTargets, sshTargets } from '../fleet/targets.ts';
import type { CommandContext } from './context.ts';
import { noHyperV } from './fatal.ts';
import { type Configured, trustCommand } from './own-command.ts';

interface ReaderOptions {
  /** Which of the targets, where the configuration has several hosts */
  readonly target?: Target | undefined;
  /** Makes another clock of the system's, for commands that step a simulated host */
  readonly move?: (clock: Clock) => Clock;
  /** A simulated host has settled when its first poll is due */
  readonly rehearsed?: boolean;
}

/**
 * Opens the reader that the setting `source` selects; the code of the others is not loaded.
 * @throws OperationalError where this machine cannot have it; UserError for several hosts without a target
 */
export async function openReader(
  loaded: Configured,
  context: Pick<CommandContext, 'environment' | 'platform' | 'version'>,
  log: Logger,
  { target, move = (clock) => clock, rehearsed = false }: ReaderOptions = {},
): Promise<HostReader> {
  const { config } = loaded;
  if (target !== undefined) return openTarget(target, loaded, context, log, { clock: move(systemClock) });
  if (isFleet(config))
    throw new UserError('this command reads one host, and the configuration has several: --target NAME picks one');
  if (config.source === 'demo') return openDemo(config, move(systemClock), rehearsed);
  if (config.source === 'replay') {
    const { file, speed } = config.replay;
    if (file === undefined) throw new UserError('--source replay needs a recording: --replay.file FILE');
    const [{ readCapture }, { createReplayReader }] = await Promise.all([
      import('../collect/replay/capture-file.ts'),
      import('../collect/replay/reader.ts'),
    ]);
    return createReplayReader({ capture: await readCapture(file), clock: move(systemClock), speed });
  }
  const { executable, mode, recycle } = config.powershell;
  if (context.platform !== 'win32' && executable === undefined) throw noHyperV();
  const { createPowerShellReader } = await import('../collect/powershell/reader.ts');
  return createPowerShellReader({
    executable,
    mode,
    env: context.environment,
    platform: context.platform,
    expectedModuleVersion: context.version,
    clock: systemClock,
    log,
    includeIpAddresses: config.labels['ip-addresses'],
    excludeSources: [...disabledSources(config)],
    recycle: { calls: recycle.calls, bytes: recycle.megabytes * 1_048_576, ageMs: recycle.age },
  });
}

/**
 * Opens the readers of a collector's targets, over SSH or simulated.
 * @param first the configuration of the start
 * @throws {ConfigError}, and {OperationalError} where no target can be read with its key
 */
export function openTargetReaders(
  context: Pick<CommandContext, 'environment' | 'platform' | 'version'>,
  log: Logger,
  first: Configured,
): TargetReaders {
  const { config: started, file } = first;
  assertKeysUsable(sshTargets(shardTargets(started, file, context.platform)));
  const gate = createGate(started.fleet.connects);
  const startedAt = systemClock.now();
  return {
    clock: systemClock,
    connectsWaiting: () => gate.waiting(),
    targets: (config) => shardTargets(config, file, context.platform),
    trust: started.source === 'targets' ? nodeTrust(context, first) : undefined,
    open: (target, config) =>
      openTarget(target, { ...first, config }, context, log, { clock: systemClock, startedAt, gate: gate.run }),
  };
}

/** How nodes of configured clusters become targets. */
export const nodeTrust = (
  { environment, platform }: Pick<CommandContext, 'environment' | 'platform'>,
  loaded: Configured,
): NodeTrust => ({
  command: (name) => trustCommand(loaded, { environment, platform }, name),
  wanted(config, nodes) {
    const listed = new Set(allTargets(config, loaded.file, platform).map(({ name }) => name));
    const { index, of } = shardOf(config.fleet.shard);
    return wantedNodes(config, platform, nodes, listed).filter(({ name }) => hashmod(name, of) === index);
  },
  async isTrusted({ from }) {
    // An agent is trusted by its certificate, each time.
    if (from.kind !== 'ssh') return true;
    const { isHostKeyKnown } = await import('../collect/ssh/known-hosts.ts');
    return isHostKeyKnown(from.ssh, environment, platform);
  },
});

interface TargetOptions {
  readonly clock: Clock;
  /** Beginning of a simulated fleet, Unix milliseconds; now if absent */
  readonly startedAt?: number;
  /** Limits how many connections are made at once */
  readonly gate?: Gate;
}

async function openTarget(
  { name, from }: Target,
  loaded: Configured,
  { environment, platform, version }: Pick<CommandContext, 'environment' | 'platform' | 'version'>,
  log: Logger,
  { clock, startedAt = clock.now(), gate }: TargetOptions,
): Promise<TargetReader> {
  const { config } = loaded;
  if (from.kind === 'demo') {
    const { openDemoTarget } = await import('../simulated-host/fleet.ts');
    const { seed, hosts } = config.demo;
    const includeIpAddresses = config.labels['ip-addresses'];
    return openDemoTarget(from.number, { seed, hosts, clock, startedAt, includeIpAddresses });
  }
  if (from.kind === 'http') {
    const { createHttpReader } = await import('../collect/http/reader.ts');
    return createHttpReader(from.http, { clock });
  }
  const { createSshReader } = await import('../collect/ssh/reader.ts');
  const { recycle } = config.powershell;
  return createSshReader(from.ssh, {
    env: environment,
    platform,
    trustCommand: trustCommand(loaded, { environment, platform }, name),
    gate,
    expectedModuleVersion: version,
    clock,
    log: log.child({ target: name }),
    includeIpAddresses: config.labels['ip-addresses'],
    excludeSources: [...disabledSources(config)],
    recycle: { calls: recycle.calls, bytes: recycle.megabytes * 1_048_576, ageMs: recycle.age },
  });
}

async function openDemo({ demo, labels }: Config, clock: Clock, rehearsed: boolean): Promise<HostReader> {
  const [{ SCENARIOS }, { createDemoReader }] = await Promise.all([
    import('../simulated-host/scenarios.ts'),
    import('../simulated-host/reader.ts'),
  ]);
  const scenario = SCENARIOS.find((name) => name === demo.scenario);
  if (scenario === undefined)
    throw new UserError(
      `there is no scenario ${visible(demo.scenario)}${didYouMean(demo.scenario, SCENARIOS)}: --demo.scenario is one of ${SCENARIOS.join(', ')}`,
    );
  return createDemoReader({
    seed: demo.seed,
    scenario,
    clock,
    includeIpAddresses: labels['ip-addresses'],
    speed: demo.speed,
    rehearsed,
  });
}
