import { systemClock, type Clock } from '../clock.ts';
import { createPowerShellSource } from '../collect/powershell/source.ts';
import type { HostSource } from '../collect/source.ts';
import type { Config } from '../config/schema.ts';
import { OperationalError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CommandContext } from './context.ts';
import { noHyperV } from './fatal.ts';

/**
 * The source that the configuration names.
 * @param move makes another clock of the system's, for commands that step a simulated host
 * @throws OperationalError where this machine cannot have it
 */
export async function openSource(
  config: Config,
  context: CommandContext,
  log: Logger,
  move: (clock: Clock) => Clock = (clock) => clock,
): Promise<HostSource> {
  if (config.source !== 'powershell') {
    void move;
    throw new OperationalError('source_missing', `the source ${config.source} is not part of this build`);
  }
  const { executable, recycle } = config.powershell;
  if (process.platform !== 'win32' && executable === undefined) throw noHyperV();
  return createPowerShellSource({
    executable,
    env: context.environment,
    expectedModuleVersion: context.version,
    clock: systemClock,
    log,
    includeIpAddresses: config.labels['ip-addresses'],
    excludeSources: config.sources.disabled.filter((name) => !(name in config.poll)),
    recycle: { calls: recycle.calls, bytes: recycle.megabytes * 1_048_576, ageMs: recycle.age },
  });
}
