import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { rollingUpdate } from '../cluster/rolling-update.ts';
import { EXIT, UserError } from '../errors.ts';
import { type ClusterDrift, driftAnswer, fleetSchema } from '../http/routes/fleet.ts';
import { table } from '../report/table.ts';
import { visible, visibleJson } from '../text/visible.ts';
import { ask } from './ask.ts';
import { readClusters, unreadLines, type Wanted } from './clusters.ts';
import type { CommandContext } from './context.ts';
import { withOutput } from './output.ts';
import { configOf, withSettings } from './settings.ts';

interface DriftOptions {
  readonly cluster?: string;
  readonly target?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/**
 * `drift`: in what the hosts of a cluster differ. Exit code 0, 2 (a difference that decides paths, and no rolling update is
 * under way) or 3 (a host could not be read).
 */
export function driftCommand(context: CommandContext): Command {
  const command = withSettings(
    new Command('drift').description('Print in what the hosts of a cluster differ that should be alike.'),
  )
    .option('--cluster <name>', 'Only this cluster (label cluster).')
    .option('--target <name>', 'Only the cluster of this host.')
    .option('--url <url>', 'Ask a running collector instead of reading the hosts.')
    .option('--json', 'Print JSON.');
  withOutput(command).action(async () => {
    const { cluster, target, url, json } = command.opts<DriftOptions>();
    const { clusters, unread } =
      url === undefined ? await read({ cluster, target }) : await asked(url, { cluster, target });
    context.out(
      json === true ? `${visibleJson({ clusters })}\n` : clusters.map(textOf).join('\n') + unreadLines(unread),
    );
    const decides = clusters.some(
      ({ drift, updatingSince }) => updatingSince === undefined && drift.some(({ severity }) => severity === 'warning'),
    );
    context.exit(decides ? EXIT.fallback : unread.size > 0 ? EXIT.unknown : EXIT.ok);
  });

  async function read(wanted: Wanted) {
    const { clusters, unread } = await readClusters(configOf(command, context), context, wanted);
    const now = systemClock.now();
    return {
      // Of what was before nothing is known here.
      clusters: clusters.map((each) =>
        driftAnswer({ ...each, updatingSince: rollingUpdate({}, each, now).updatingSince }),
      ),
      unread,
    };
  }
  async function asked(url: string, { cluster, target }: Wanted) {
    const { targets, clusters } = await ask(url, '/api/v1/fleet', {}, fleetSchema);
    const found = targets.find(({ name }) => name === target);
    if (target !== undefined && found === undefined)
      throw new UserError(`the collector at ${visible(url)} has no target ${visible(target)}`);
    const wanted = found === undefined ? cluster : found.cluster;
    const chosen = clusters.filter((each) => wanted === undefined || each.cluster === wanted);
    if (chosen.length === 0) throw new UserError('the collector has no such cluster');
    const unread = targets.filter((each) => each.state !== 'up' && chosen.some((one) => one.cluster === each.cluster));
    return {
      clusters: chosen.map(({ cluster: name, drift, updatingSince }) => ({ cluster: name, drift, updatingSince })),
      unread: new Map(unread.map(({ name, error, state }) => [name, error ?? state])),
    };
  }
  return command;
}

const OBJECT = { host: '', vswitch: 'vSwitch ', nic: 'NIC ' } as const;

function textOf({ cluster, drift, updatingSince }: ClusterDrift): string {
  if (drift.length === 0) return `cluster ${visible(cluster)}: its hosts do not differ\n`;
  const rows = drift.map(({ host, object, subject, property, value, norm, severity }) => [
    host,
    [`${OBJECT[object]}${subject}`, property].filter((part) => part !== '').join(': '),
    value,
    norm,
    severity,
  ]);
  const note =
    updatingSince === undefined
      ? ''
      : `, being updated host by host since ${updatingSince}: differences are to be expected`;
  return `cluster ${visible(cluster)}${note}\n${table(['HOST', 'WHAT', 'IS', 'OTHERS HAVE', 'SEVERITY'], rows)}`;
}
