import { Command } from 'commander';
import { placementsOf } from '../cluster/placement.ts';
import { EXIT, UserError } from '../errors.ts';
import { placementAnswer, type PlacementAnswer, placementSchema } from '../http/routes/placement.ts';
import { table } from '../report/table.ts';
import { visible } from '../text/visible.ts';
import { atOnce } from '../turn.ts';
import { ask } from './ask.ts';
import { clusterCommand, type Unread } from './clusters.ts';
import type { CommandContext } from './context.ts';

interface PlacementOptions {
  readonly vm: string;
  readonly target?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/**
 * `placement --vm NAME`: the hosts of a VM's cluster as places for it, best first. Exit code 0, 2 (no host has a VF for
 * each of its virtual NICs) or 3 (that is not known, because hosts could not be read, or more VMs have the name than are
 * answered at once).
 */
export const placementCommand = (context: CommandContext): Command =>
  clusterCommand<PlacementOptions, PlacementAnswer>(context, {
    command: new Command('placement')
      .description('Print where in its cluster a VM would get its VFs. Nothing is moved.')
      .requiredOption('--vm <name>', 'The VM, by name or id. It runs, and asks for a VF.'),
    targetHelp: 'The host where it runs: only the cluster of this host is read.',
    wanted: ({ target }) => ({ target }),
    answer: (clusters, { vm }) => placementAnswer(atOnce(placementsOf(vm, clusters))),
    async asked(url, { vm, target }) {
      const { vms, more } = await ask(url, '/api/v1/placement', { vm }, placementSchema);
      const here = vms.filter(({ places }) => target === undefined || places.some(({ host }) => host === target));
      return { answer: { vms: here, ...(more !== undefined && { more }) }, unread: new Map() };
    },
    text({ vms, more = 0 }, { vm }, unread) {
      const others =
        more === 0 ? [] : [`${more} more VMs have this name: ask for each of them with --vm and its id.\n`];
      if (vms.length > 0) return [...vms.map(textOf), ...others].join('\n');
      const missing =
        unread.size === 0 ? '' : `; ${unread.size} could not be read: ${[...unread.keys()].map(visible).join(', ')}`;
      throw new UserError(`no running VM ${visible(vm)} asks for a VF on the hosts that were read${missing}`);
    },
    exitCode,
  });

function exitCode({ vms, more = 0 }: PlacementAnswer, unread: Unread): number {
  if (vms.every(({ places }) => places.some(({ fits }) => fits))) return more > 0 ? EXIT.unknown : EXIT.ok;
  return unread.size > 0 ? EXIT.unknown : EXIT.fallback;
}

const shown = (value: number | undefined): string => (value === undefined ? '' : String(value));

function textOf({ vm, cluster, places }: PlacementAnswer['vms'][number]): string {
  const rows = places.map(({ host, current, fits, against, vfsLeft, worstFailover }) => [
    current ? `${host} (runs here)` : host,
    fits ? 'yes' : 'no',
    shown(vfsLeft),
    shown(worstFailover),
    against.join('; '),
  ]);
  return `${visible(vm)}, cluster ${visible(cluster)}\n${table(['HOST', 'FITS', 'VFS LEFT', 'SHORT IF A HOST FAILS', 'AGAINST IT'], rows)}`;
}
