import { systemClock, type Clock } from '../clock.ts';
import type { HostSource } from '../collect/source.ts';
import { disabledSources } from '../config/policy.ts';
import type { Config } from '../config/schema.ts';
import { UserError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CommandContext } from './context.ts';
import { noHyperV } from './fatal.ts';

/**
 * The source that the configuration names; the others are not loaded.
 * @param move makes another clock of the system's, for commands that step a simulated host
 * @throws OperationalError where this machine cannot have it
 */
export async function openSource(
  config: Config,
  context: Pick<CommandContext, 'environment' | 'platform' | 'version'>,
  log: Logger,
  move: (clock: Clock) => Clock = (clock) => clock,
): Promise<HostSource> {
  if (config.source === 'demo') return openDemo(config, move(systemClock));
  if (config.source === 'replay') {
    const { file, speed } = config.replay;
    if (file === undefined) throw new UserError('--source replay needs a recording: --replay.file FILE');
    const [{ readCapture }, { createReplaySource }] = await Promise.all([
      import('../collect/replay/capture-file.ts'),
      import('../collect/replay/source.ts'),
    ]);
    return createReplaySource({ capture: await readCapture(file), clock: move(systemClock), speed });
  }
  const { executable, recycle } = config.powershell;
  if (context.platform !== 'win32' && executable === undefined) throw noHyperV();
  const { createPowerShellSource } = await import('../collect/powershell/source.ts');
  return createPowerShellSource({
    executable,
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

async function openDemo({ demo, labels }: Config, clock: Clock): Promise<HostSource> {
  const [{ SCENARIOS }, { createDemoSource }] = await Promise.all([
    import('../simulated-host/scenarios.ts'),
    import('../simulated-host/source.ts'),
  ]);
  const scenario = SCENARIOS.find((name) => name === demo.scenario);
  if (scenario === undefined)
    throw new UserError(`there is no scenario ${demo.scenario}: --demo.scenario is one of ${SCENARIOS.join(', ')}`);
  return createDemoSource({ seed: demo.seed, scenario, clock, includeIpAddresses: labels['ip-addresses'] });
}
