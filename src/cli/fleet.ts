import { Command } from 'commander';
import { scanHostKeys } from '../collect/ssh/key-scan.ts';
import { shardOf } from '../config/targets.ts';
import { didYouMean } from '../did-you-mean.ts';
import { UserError } from '../errors.ts';
import { hashmod } from '../fleet/shard.ts';
import { allTargets, isFleet, type Target } from '../fleet/targets.ts';
import type { CommandContext } from './context.ts';
import { withOutput } from './output.ts';
import { configOf, withSettings } from './settings.ts';

function targetsFor(command: Command, context: CommandContext) {
  const { config, file } = configOf(command, context);
  if (!isFleet(config))
    throw new UserError('this configuration names no targets: set source: targets (--config.file FILE)');
  return { config, targets: allTargets(config, file, context.platform) };
}

const addressOf = ({ from }: Target): string =>
  from.kind === 'ssh' ? `${from.ssh.user}@${from.ssh.address}:${from.ssh.port}` : 'simulated';

const labelsOf = ({ labels }: Target): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** `fleet list`, `fleet trust` */
export function fleetCommand(context: CommandContext): Command {
  const fleet = new Command('fleet').description('The hosts that a collector reads (source: targets).');
  const list = withOutput(
    withSettings(new Command('list').description('Print all targets, with the shard that reads each.')),
  );
  list.action(() => {
    const { config, targets } = targetsFor(list, context);
    const { of } = shardOf(config.fleet.shard);
    for (const target of targets)
      context.out(
        `${[target.name, addressOf(target), `${hashmod(target.name, of)}/${of}`, labelsOf(target)].join('\t')}\n`,
      );
  });
  const trust = withSettings(
    new Command('trust')
      .argument('<name>', 'Name of the target')
      .description('Print the host keys that a target offers and the lines for known_hosts. It adds nothing.'),
  );
  trust.action(async (name: string) => {
    const { targets } = targetsFor(trust, context);
    const target = targets.find((each) => each.name === name);
    if (target === undefined)
      throw new UserError(
        `there is no target ${name}${didYouMean(
          name,
          targets.map((each) => each.name),
        )}; fleet list prints them all`,
      );
    if (target.from.kind !== 'ssh') throw new UserError(`the target ${name} is simulated: it has no host key`);
    const keys = await scanHostKeys(target.from.ssh, context.environment, context.platform);
    const [file] = target.from.ssh.knownHostsFiles;
    context.out(`${name} (${addressOf(target)}) offers:\n`);
    for (const { type, fingerprint } of keys) context.out(`  ${fingerprint} ${type}\n`);
    context.out(
      `Compare with what its console shows:\n  Get-ChildItem C:\\ProgramData\\ssh\\ssh_host_*_key.pub | ForEach-Object { ssh-keygen -lf $_.FullName }\nIf they are equal, add to ${file ?? 'its known_hosts_file'}:\n`,
    );
    for (const { line } of keys) context.out(`${line}\n`);
  });
  return fleet.addCommand(list).addCommand(trust);
}
