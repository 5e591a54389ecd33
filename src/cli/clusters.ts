import type { Command } from 'commander';
import { answersOfAll, type ClusterAnswers } from '../cluster/answers.ts';
import { errorText, OperationalError, UserError } from '../errors.ts';
import { createGate } from '../fleet/gate.ts';
import { isFleet } from '../fleet/targets.ts';
import type { View } from '../metrics/define.ts';
import { visible, visibleJson } from '../text/visible.ts';
import type { CommandContext } from './context.ts';
import { openOneShot } from './one-shot.ts';
import { withOutput } from './output.ts';
import { configOf, withSettings } from './settings.ts';
import type { LoadedConfig } from '../config/load.ts';
import { findTarget, knownTargets } from './target.ts';

/** The flags that all commands about clusters have. */
interface ClusterOptions {
  readonly target?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** A command about clusters: what it reads, and what it says. */
interface ClusterQuestion<Options extends ClusterOptions, Answer> {
  /** Name, description and own flags */
  readonly command: Command;
  readonly targetHelp: string;
  /** Which clusters are read where no collector is asked */
  readonly wanted: (options: Options) => Wanted;
  readonly answer: (clusters: readonly ClusterAnswers[], options: Options) => Answer;
  readonly asked: (url: string, options: Options) => Promise<{ readonly answer: Answer; readonly unread: Unread }>;
  /** @throws UserError where there is nothing to say */
  readonly text: (answer: Answer, options: Options, unread: Unread) => string;
  readonly exitCode: (answer: Answer, unread: Unread) => number;
}

/** A command that reads the hosts of clusters itself, or with `--url` asks a running collector. */
export function clusterCommand<Options extends ClusterOptions, Answer>(
  context: CommandContext,
  { command, targetHelp, wanted, answer: answerOf, asked, text, exitCode }: ClusterQuestion<Options, Answer>,
): Command {
  withSettings(command)
    .option('--target <name>', targetHelp)
    .option('--url <url>', 'Ask a running collector instead of reading the hosts.')
    .option('--json', 'Print JSON.');
  return withOutput(command).action(async () => {
    const options = command.opts<Options>();
    const read = async () => {
      const { clusters, unread } = await readClusters(configOf(command, context), context, wanted(options));
      return { answer: answerOf(clusters, options), unread };
    };
    const { answer, unread } = options.url === undefined ? await read() : await asked(options.url, options);
    const printed = text(answer, options, unread);
    context.out(options.json === true ? `${visibleJson(answer)}\n` : printed + unreadLines(unread));
    context.exit(exitCode(answer, unread));
  });
}

/** Which clusters a command reads: the one with this host, or the one of this name, or all. */
export interface Wanted {
  readonly target?: string | undefined;
  readonly cluster?: string | undefined;
}

/** Why a host could not be read, by name. */
export type Unread = ReadonlyMap<string, string>;

/**
 * Reads the hosts of clusters once, as many at once as `fleet.connects` allows, those of all shards.
 * @throws UserError where no such cluster is configured; OperationalError `nothing_read` where no host could be read
 */
async function readClusters(
  loaded: LoadedConfig,
  context: CommandContext,
  { target, cluster }: Wanted,
): Promise<{ readonly clusters: readonly ClusterAnswers[]; readonly unread: Unread }> {
  const { config } = loaded;
  const { environment, platform, version } = context;
  if (!isFleet(config))
    throw new UserError(
      'a cluster is read by a collector: set source: targets (--config.file FILE), or ask a running one with --url',
    );
  const { targets: all } = await knownTargets(loaded, context);
  const wanted = target === undefined ? cluster : findTarget(all, target).labels['cluster'];
  if (target !== undefined && wanted === undefined)
    throw new UserError(`the target ${visible(target)} has no label cluster, so nothing is known of its cluster`);
  const members = all.filter(
    ({ labels }) => labels['cluster'] !== undefined && (wanted ?? labels['cluster']) === labels['cluster'],
  );
  if (members.length === 0)
    throw new UserError(
      wanted === undefined ? 'no target has the label cluster' : `no target has the label cluster: ${visible(wanted)}`,
    );
  const gate = createGate(config.fleet.connects);
  const unread = new Map<string, string>();
  let done = 0;
  const read = async (member: (typeof members)[number]): Promise<View | undefined> => {
    try {
      // Without its own progress: several hosts are read at once.
      const host = await openOneShot(loaded, { environment, platform, version }, { target: member });
      try {
        return await host.glance();
      } finally {
        await host.close();
      }
    } catch (error) {
      unread.set(member.name, errorText(error));
      return undefined;
    } finally {
      done += 1;
      context.progress(`${done} of ${members.length} hosts`);
    }
  };
  const hosts = await Promise.all(
    members.map(async (member) => ({
      name: member.name,
      cluster: member.labels['cluster'],
      view: await gate.run(() => read(member)),
    })),
  );
  context.progress(undefined);
  if (unread.size === members.length)
    throw new OperationalError('nothing_read', `no host could be read: ${[...unread.values()][0]}`);
  return { clusters: answersOfAll(hosts), unread };
}

/** One line for each host that could not be read. */
const unreadLines = (unread: Unread): string =>
  [...unread]
    .map(([name, error]) => `not read: ${visible(name)}: ${visible(error.replaceAll(/\s+/g, ' '))}\n`)
    .join('');
