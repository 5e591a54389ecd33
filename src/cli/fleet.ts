import { Command } from 'commander';
import { scanHostKeys } from '../collect/ssh/key-scan.ts';
import { shardOf } from '../config/targets.ts';
import { systemClock } from '../clock.ts';
import { EXIT, UserError } from '../errors.ts';
import { createGate } from '../fleet/gate.ts';
import { hashmod } from '../fleet/shard.ts';
import { wantedNodes } from '../fleet/discovery.ts';
import { nodeNameOf } from '../fleet/cluster-nodes.ts';
import type { Target } from '../fleet/target.ts';
import { isFleet } from '../fleet/targets.ts';
import type { CommandContext } from './context.ts';
import { examine, type Result } from './doctor/check.ts';
import { TARGET_CHECKS } from './doctor/checks/index.ts';
import { Inspection } from './doctor/inspection.ts';
import { oneLine, visible, visibleJson } from '../text/visible.ts';
import type { LoadedConfig } from '../config/load.ts';
import { withOutput } from './output.ts';
import { trustCommand } from './own-command.ts';
import { table } from '../report/table.ts';
import { configOf, withSettings } from './settings.ts';
import { findTarget, knownTargets } from './target.ts';
import { nodeTrust } from './reader.ts';
import type { Config } from '../config/schema.ts';

async function targetsFor(command: Command, context: CommandContext) {
  const loaded = configOf(command, context);
  if (!isFleet(loaded.config))
    throw new UserError('this configuration names no targets: set source: targets (--config.file FILE)');
  return { loaded, config: loaded.config, ...(await knownTargets(loaded, context)) };
}

/** A node that no collector has found yet, but that the pattern of a cluster gives an address. */
function nodeOf(config: Config, name: string, { platform }: CommandContext): Target | undefined {
  if (config.targets.clusters.length === 0 || nodeNameOf(name) !== name) return undefined;
  const nodes = config.targets.clusters.map((cluster) => ({ cluster: cluster.name, name, lastSeen: 0 }));
  return wantedNodes(config, platform, nodes, new Set())[0]?.target;
}

const addressOf = ({ from }: Target): string =>
  from.kind === 'ssh'
    ? `${from.ssh.user}@${from.ssh.address}:${from.ssh.port}`
    : from.kind === 'http'
      ? from.http.url
      : 'simulated';

const labelsOf = ({ labels }: ListedTarget): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** A target as `fleet list --json` prints it. */
interface ListedTarget {
  readonly name: string;
  readonly address: string;
  /** The shard that reads it, of how many: `0/1` */
  readonly shard: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether a seed has named it; the configuration lists the others */
  readonly found: boolean;
  /** Prints its host key, which is not known; absent where it is known, and for targets that the configuration lists */
  readonly trustCommand?: string;
}

const listText = (targets: readonly ListedTarget[]): string =>
  table(
    ['HOST', 'ADDRESS', 'SHARD', 'LABELS', 'FOUND'],
    targets.map((target) => [
      target.name,
      target.address,
      target.shard,
      labelsOf(target),
      target.trustCommand === undefined ? (target.found ? 'yes' : '') : `not trusted: ${target.trustCommand}`,
    ]),
  );

/** `fleet list`, `fleet trust`, `fleet check` */
export function fleetCommand(context: CommandContext): Command {
  const fleet = new Command('fleet').description('The hosts that a collector reads (source: targets).');
  const list = withOutput(
    withSettings(new Command('list').description('Print all targets, with the shard that reads each.')),
  ).option('--json', 'Print JSON.');
  list.action(async () => {
    const { json = false } = list.opts<{ readonly json?: boolean }>();
    const { loaded, config, targets, found } = await targetsFor(list, context);
    const { of } = shardOf(config.fleet.shard);
    const { isTrusted } = nodeTrust(context, loaded);
    const trusted = new Map<string, boolean>();
    for (const { name, target } of found) trusted.set(name, await isTrusted(target));
    const listed = targets.map((target): ListedTarget => {
      const { name, labels } = target;
      return {
        name,
        address: addressOf(target),
        shard: `${hashmod(name, of)}/${of}`,
        labels,
        found: trusted.has(name),
        ...(trusted.get(name) === false ? { trustCommand: trustCommand(loaded, context, name) } : {}),
      };
    });
    context.out(json ? `${visibleJson({ targets: listed })}\n` : listText(listed));
  });
  const trust = withSettings(
    new Command('trust')
      .argument('<name>', 'Name of the target')
      .description('Print the host keys that a target offers and the lines for known_hosts. It adds nothing.'),
  );
  trust.action(async (name: string) => {
    const { config, targets } = await targetsFor(trust, context);
    const listed = targets.find((each) => each.name === name);
    const target = listed ?? nodeOf(config, name, context) ?? findTarget(targets, name);
    if (target.from.kind !== 'ssh')
      throw new UserError(
        `the target ${name} has no host key: it is ${target.from.kind === 'http' ? 'read over HTTP, where tls.ca_file says whom to trust' : 'simulated'}`,
      );
    const keys = await scanHostKeys(target.from.ssh, context.environment, context.platform);
    const [file] = target.from.ssh.knownHostsFiles;
    context.out(`${name} (${addressOf(target)}) offers:\n`);
    for (const { type, fingerprint } of keys) context.out(`  ${fingerprint} ${type}\n`);
    context.out(
      `Compare with what its console shows:\n  Get-ChildItem C:\\ProgramData\\ssh\\ssh_host_*_key.pub | ForEach-Object { ssh-keygen -lf $_.FullName }\nIf they are equal, add to ${file ?? 'its known_hosts_file'}:\n`,
    );
    for (const { line } of keys) context.out(`${line}\n`);
  });
  return fleet.addCommand(list).addCommand(trust).addCommand(checkCommand(context));
}

/** `fleet check [NAME…]`: connects to targets and reads each part once. Exit code 0, or 1 where one of them fails. */
function checkCommand(context: CommandContext): Command {
  const check = withOutput(
    withSettings(
      new Command('check')
        .argument('[names...]', 'Names of targets; all of them without')
        .description('Connect to targets, read each part once, and print what fails and how to fix it.'),
    ).option('--json', 'Print JSON.'),
  );
  check.action(async (names: readonly string[]) => {
    const { json = false } = check.opts<{ readonly json?: boolean }>();
    const { loaded, config, targets } = await targetsFor(check, context);
    const chosen = names.length === 0 ? targets : names.map((name) => findTarget(targets, name));
    const gate = createGate(config.fleet.connects);
    let done = 0;
    const checked = await Promise.all(
      chosen.map((target) =>
        gate.run(async () => {
          const checks = await checksOf(target, loaded, context);
          context.progress(`${(done += 1)} of ${chosen.length} hosts`);
          return { name: target.name, healthy: checks.every(({ status }) => status !== 'failed'), checks };
        }),
      ),
    );
    context.progress(undefined);
    const failing = checked.filter(({ healthy }) => !healthy).length;
    context.out(
      json
        ? `${visibleJson({ healthy: failing === 0, targets: checked })}\n`
        : `${checked.map(linesOf).join('')}${checked.length} host${checked.length === 1 ? '' : 's'}: ${checked.length - failing} ok, ${failing} failed\n`,
    );
    context.exit(failing === 0 ? EXIT.ok : EXIT.fault);
  });
  return check;
}

async function checksOf(target: Target, loaded: LoadedConfig, context: CommandContext): Promise<readonly Result[]> {
  const inspection = new Inspection(context, () => loaded, target);
  try {
    return await examine(TARGET_CHECKS, inspection, systemClock);
  } finally {
    await inspection.close();
  }
}

/** A target in one line if all is well; otherwise what failed, with its remedy. */
function linesOf({ name, checks }: { readonly name: string; readonly checks: readonly Result[] }): string {
  const failed = checks.filter(({ status }) => status === 'failed');
  const seconds = checks.reduce((total, { milliseconds }) => total + milliseconds, 0) / 1000;
  if (failed.length === 0)
    return `ok    ${visible(name)}  ${checks.filter(({ status }) => status === 'ok').length} checks in ${seconds.toFixed(1)} s\n`;
  return failed
    .map(
      ({ id, text, remedy }) =>
        `FAIL  ${visible(name)}  ${id}  ${oneLine(text).replace(/\.$/, '')}. Remedy: ${oneLine(remedy ?? '')}\n`,
    )
    .join('');
}
