import { systemClock, type Clock } from '../clock.ts';
import type { HostReader } from '../collect/host-reader.ts';
import { assertKeysUsable } from '../collect/ssh/key-file.ts';
import { disabledSources } from '../config/policy.ts';
import type { Config } from '../config/schema.ts';
import { didYouMean } from '../did-you-mean.ts';
import { UserError } from '../errors.ts';
import { visible } from '../visible.ts';
import type { Logger } from '../log.ts';
import type { TargetReaders } from '../agent.ts';
import { createGate } from '../fleet/gate.ts';
import { isFleet, shardTargets, sshTargets } from '../fleet/targets.ts';
import type { CommandContext } from './context.ts';
import { noHyperV } from './fatal.ts';

/**
 * Opens the reader that the setting `source` selects; the code of the others is not loaded.
 * @param move makes another clock of the system's, for commands that step a simulated host
 * @param rehearsed a simulated host has settled when its first poll is due
 * @throws OperationalError where this machine cannot have it
 */
export async function openReader(
  config: Config,
  context: Pick<CommandContext, 'environment' | 'platform' | 'version'>,
  log: Logger,
  move: (clock: Clock) => Clock = (clock) => clock,
  rehearsed = false,
): Promise<HostReader> {
  if (isFleet(config))
    throw new UserError('this command reads one host, and the configuration has several: it cannot choose one of them');
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
 * @param file the configuration's own file, for the lines of faults
 * @throws {ConfigError}, and {OperationalError} where no target can be read with its key
 */
export function openTargetReaders(
  context: Pick<CommandContext, 'environment' | 'platform' | 'version'>,
  log: Logger,
  first: Config,
  file: string | undefined,
): TargetReaders {
  const { environment, platform, version } = context;
  assertKeysUsable(sshTargets(shardTargets(first, file, platform)));
  const gate = createGate(first.fleet.connects);
  const startedAt = systemClock.now();
  return {
    clock: systemClock,
    connectsWaiting: () => gate.waiting(),
    targets: (config) => shardTargets(config, file, platform),
    async open({ name, from }, config) {
      if (from.kind === 'demo') {
        const { openDemoTarget } = await import('../simulated-host/fleet.ts');
        const { seed } = config.demo;
        const ipAddresses = config.labels['ip-addresses'];
        return openDemoTarget(from.number, { seed, clock: systemClock, startedAt, includeIpAddresses: ipAddresses });
      }
      const { createSshReader } = await import('../collect/ssh/reader.ts');
      const { recycle } = config.powershell;
      return createSshReader(from.ssh, {
        env: environment,
        platform,
        gate: gate.run,
        expectedModuleVersion: version,
        clock: systemClock,
        log: log.child({ target: name }),
        includeIpAddresses: config.labels['ip-addresses'],
        excludeSources: [...disabledSources(config)],
        recycle: { calls: recycle.calls, bytes: recycle.megabytes * 1_048_576, ageMs: recycle.age },
      });
    },
  };
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
