import type { Snapshot } from '../document/snapshot.ts';
import { windows } from '../document/enumerations.ts';
import { all, when } from '../tristate.ts';
import type { Nic, VSwitch } from './model.ts';
import { rowsOf } from './sources.ts';

const SUM_OF_QUEUES: ReadonlySet<number> = new Set([
  windows.LbfoLoadBalancingAlgorithm.HyperVPort,
  windows.LbfoLoadBalancingAlgorithm.Dynamic,
]);

/**
 * The interfaces of LBFO teams by description, each with what Get-NetLbfoTeam says of its team. A team has queues of its
 * own on each member (sum of queues) where it is switch independent and balances by Hyper-V port or dynamically; else
 * each queue is on all members (min queues).
 * https://learn.microsoft.com/windows-server/networking/technologies/nic-teaming/nic-teaming
 */
export function lbfoTeams(snapshot: Snapshot, nics: readonly Nic[]) {
  const byName = new Map(nics.map((nic) => [nic.friendlyName, nic.description]));
  const teams = rowsOf(snapshot.config.net_lbfo_team);
  return new Map(
    nics
      .filter((nic) => nic.isLbfoTeam)
      .map(({ description, friendlyName = '' }) => {
        const { members, teamingMode, loadBalancingAlgorithm } =
          teams.find(({ name, teamNics }) => [name, ...(teamNics ?? [])].includes(friendlyName)) ?? {};
        const found = members?.flatMap((name) => byName.get(name) ?? []).sort();
        const sum = all(
          when(teamingMode, (mode) => mode === windows.LbfoTeamingMode.SwitchIndependent),
          when(loadBalancingAlgorithm, (algorithm) => SUM_OF_QUEUES.has(algorithm)),
        );
        const team: Pick<VSwitch, 'physicalNics' | 'queueMode'> = {
          physicalNics: found?.length === members?.length ? found : undefined,
          queueMode: sum === undefined ? undefined : sum ? 'sum' : 'min',
        };
        return [description, team] as const;
      }),
  );
}
