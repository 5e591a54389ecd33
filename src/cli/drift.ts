import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { rollingUpdate } from '../cluster/rolling-update.ts';
import { groupBy } from '../diagnosis/group.ts';
import { EXIT, UserError } from '../errors.ts';
import { type ClusterDrift, driftAnswer, fleetSchema } from '../http/routes/fleet.ts';
import { table } from '../report/table.ts';
import { visible } from '../text/visible.ts';
import { ask } from './ask.ts';
import { clusterCommand, type Unread, type Wanted } from './clusters.ts';
import type { CommandContext } from './context.ts';
import { fixLines } from './fix-lines.ts';

interface DriftOptions extends Wanted {
  readonly target?: string;
  readonly url?: string;
  readonly json?: boolean;
}

interface Answer {
  readonly clusters: readonly ClusterDrift[];
}

/**
 * `drift`: in what the hosts of a cluster differ, and how to change those that do. Exit code 0, 2 (a difference that decides
 * paths, and no rolling update is under way) or 3 (a host could not be read).
 */
export const driftCommand = (context: CommandContext): Command =>
  clusterCommand<DriftOptions, Answer>(context, {
    command: new Command('drift')
      .description('Print in what the hosts of a cluster differ that should be alike.')
      .option('--cluster <name>', 'Only this cluster (label cluster).'),
    targetHelp: 'Only the cluster of this host.',
    wanted: (options) => options,
    answer: (clusters) => {
      const now = systemClock.now();
      return {
        // What was before is not known here.
        clusters: clusters.map((each) =>
          driftAnswer({ ...each, updatingSince: rollingUpdate({}, each, now).updatingSince }),
        ),
      };
    },
    asked,
    text: ({ clusters }, _options, unread) => clusters.map((each) => textOf(each, unread.size > 0)).join('\n'),
    exitCode: ({ clusters }, unread) => {
      const decides = clusters.some(
        ({ drift, updatingSince }) =>
          updatingSince === undefined && drift.some(({ severity }) => severity === 'warning'),
      );
      return decides ? EXIT.fallback : unread.size > 0 ? EXIT.unknown : EXIT.ok;
    },
  });

async function asked(
  url: string,
  { cluster, target }: Wanted,
): Promise<{ readonly answer: Answer; readonly unread: Unread }> {
  const { targets, clusters } = await ask(url, '/api/v1/fleet', {}, fleetSchema);
  const found = targets.find(({ name }) => name === target);
  if (target !== undefined && found === undefined)
    throw new UserError(`the collector at ${visible(url)} has no target ${visible(target)}`);
  const wanted = found === undefined ? cluster : found.cluster;
  const chosen = clusters.filter((each) => wanted === undefined || each.cluster === wanted);
  if (chosen.length === 0) throw new UserError('the collector has no such cluster');
  const unread = targets.filter((each) => each.state !== 'up' && chosen.some((one) => one.cluster === each.cluster));
  return {
    answer: {
      clusters: chosen.map(({ cluster: name, drift, updatingSince }) => ({ cluster: name, drift, updatingSince })),
    },
    unread: new Map(unread.map(({ name, error, state }) => [name, error ?? state])),
  };
}

type Difference = ClusterDrift['drift'][number];

const OBJECT = { host: '', vswitch: 'vSwitch ', nic: 'NIC ' } as const;
const whatOf = ({ object, subject, property }: Difference): string =>
  [`${OBJECT[object]}${subject}`, property].filter((part) => part !== '').join(': ');

/** @param isPartial a host could not be read, so that "no difference" is true of the others only */
function textOf({ cluster, drift, updatingSince }: ClusterDrift, isPartial: boolean): string {
  if (drift.length === 0)
    return `cluster ${visible(cluster)}: ${isPartial ? 'the hosts that were read' : 'its hosts'} do not differ\n`;
  const rows = drift.map((each) => [each.host, whatOf(each), each.value, each.norm, each.severity]);
  const note =
    updatingSince === undefined
      ? ''
      : `, being updated host by host since ${updatingSince}: differences are to be expected`;
  const list = table(['HOST', 'WHAT', 'IS', 'OTHERS HAVE', 'SEVERITY'], rows);
  return `cluster ${visible(cluster)}${note}\n${list}${fixesOf(drift)}`;
}

/** How to change the hosts that differ: what is the same for several of them once. */
const fixesOf = (drift: readonly Difference[]): string =>
  [...groupBy(drift, (each) => JSON.stringify([whatOf(each), each.fix]))]
    .map(([, differences]) => {
      const [first] = differences;
      if (first === undefined) return '';
      const lines = [
        `${differences.map(({ host }) => host).join(', ')}: ${whatOf(first)}`,
        ...fixLines(first.fix).map((line) => `  ${line}`),
      ];
      return `\n${lines.map((line) => `${visible(line)}\n`).join('')}`;
    })
    .join('');
