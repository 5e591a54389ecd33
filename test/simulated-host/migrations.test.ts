import { describe, expect, it } from 'vitest';
import { windows } from '../../src/document/enumerations.ts';
import { eventsOf } from '../../src/report/events.ts';
import { setupOfMember } from '../../src/simulated-host/fleet.ts';
import { withMigrationsOf } from '../../src/simulated-host/migrations.ts';
import { TOUR } from '../../src/simulated-host/scenarios.ts';
import { makeSetup } from '../../src/simulated-host/setup.ts';
import { type World, worldOf } from '../../src/simulated-host/world.ts';
import type { WorldVm } from '../../src/simulated-host/world-model.ts';
import { simulateFamilies } from '../support/simulated-families.ts';
import { NOON } from '../support/simulated-host.ts';

const ROUND = TOUR.at(-1)!.to;
const STAGE = TOUR.find(({ scenario }) => scenario === 'live-migration')!;
const HOSTS = 8;
const CLUSTERS = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
];

const worldsOf = (numbers: readonly number[], hosts = HOSTS): World[] =>
  numbers.map((number) => worldOf(setupOfMember(number, { seed: 1, hosts }), 0));
const idsOf = (vms: readonly WorldVm[]) => vms.map(({ id }) => id);
const isRealized = ({ type }: WorldVm) => type === windows.VirtualMachineType.RealizedVirtualMachine;

describe('live migrations in a demo fleet', () => {
  it.each(CLUSTERS)('cluster of hosts %i, %i, %i and %i: no VM leaves the cluster, none is added', (...numbers) => {
    const worlds = worldsOf(numbers);
    const all = new Set(worlds.flatMap((world) => idsOf(world(0).vms)));
    expect(all.size).toBeGreaterThan(280);
    for (let seconds = 60; seconds < 2 * ROUND; seconds += 120) {
      const now = new Set(worlds.flatMap((world) => idsOf(world(seconds * 1000).vms)));
      expect([...all].filter((id) => !now.has(id)).concat([...now].filter((id) => !all.has(id)))).toEqual([]);
    }
  });

  it.each([
    [1, 3],
    [5, 8],
  ])('between hosts %i and %i: a VM runs on one of them, with one id, uptime and MAC address', (...numbers) => {
    const worlds = worldsOf(numbers);
    const places = new Map<string, Set<number>>();
    let both = 0;
    for (let seconds = STAGE.from - 60; seconds < STAGE.to; seconds += 2) {
      const states = worlds.map((world) => world(seconds * 1000));
      const [here, there] = states.map(({ vms }) => new Map(vms.map((vm) => [vm.id, vm]))) as [
        Map<string, WorldVm>,
        Map<string, WorldVm>,
      ];
      for (const vm of states.flatMap(({ vms }) => vms)) {
        const [one, other] = [here.get(vm.id), there.get(vm.id)];
        const at = places.get(vm.id) ?? new Set();
        places.set(vm.id, at);
        if (one !== undefined && isRealized(one)) at.add(0);
        if (other !== undefined && isRealized(other)) at.add(1);
        if (one === undefined || other === undefined || vm === other) continue;
        both += 1;
        // On its way it is a planned VM where it arrives, but for the seconds in which it is on neither network.
        if (isRealized(one) && isRealized(other)) {
          expect([one.unreadable, other.unreadable]).toEqual([expect.any(String), expect.any(String)]);
          expect([one.uptimeMs, one.name]).toEqual([other.uptimeMs, other.name]);
          const macs = states.map(({ vnics }) => vnics.filter(({ vmId }) => vmId === vm.id).map(({ mac }) => mac));
          expect(macs[0]).toHaveLength(1);
          expect(macs[0]).toEqual(macs[1]);
        }
      }
    }
    const moved = [...places].filter(([, at]) => at.size === 2);
    expect(moved).toHaveLength(2);
    // Each moves there and back: 94 s on both hosts, of which it is 90 s the planned VM.
    expect(both).toBe(4 * 47);
  });

  it('are the same for a seed, whatever was asked before, and continue counters over rounds of the script', () => {
    const [one, other] = [worldsOf([3])[0]!, worldsOf([3])[0]!];
    const times = [0, STAGE.from + 200, ROUND - 1, ROUND, ROUND + STAGE.from + 200, 3 * ROUND];
    const asked = times.map((time) => JSON.stringify(one(time * 1000)));
    expect(times.toReversed().map((time) => JSON.stringify(other(time * 1000)))).toEqual(asked.toReversed());
    const bytes = times.map((time) => one(time * 1000).nics[0]!.counters.receivedBytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    // The second after a round has as much traffic as any other second.
    const second = bytes[3]! - bytes[2]!;
    const mean = (bytes[5]! - bytes[0]!) / times[5]!;
    expect(second).toBeGreaterThan(mean / 2);
    expect(second).toBeLessThan(mean * 2);
  });

  it.each([1, 2, 5, 6, 7])(
    'do not happen in a fleet of %i hosts whose last cluster has nowhere to migrate to',
    (hosts) => {
      const first = hosts - ((hosts - 1) % 4);
      const [world] = worldsOf([first], hosts);
      const before = idsOf(world!(0).vms);
      for (let seconds = STAGE.from; seconds < STAGE.to; seconds += 60)
        expect(idsOf(world!(seconds * 1000).vms)).toEqual(before);
    },
  );
});

describe('the events of a live migration', () => {
  const source = makeSetup(1, 'live-migration', 'x520', 1);
  const setups = [source, withMigrationsOf(source, makeSetup(3, 'healthy', 'x520', 3))];
  const traveller = source.script.power.find(({ kind }) => kind === 'migrate_out')!;

  it('say on one host that the VM left, on the other that it arrived running, in the same minute; no vNIC is in fallback', () => {
    const [left, arrived] = setups.map((setup) => {
      const lines: [minute: number, text: string][] = [];
      for (const { seconds, view } of simulateFamilies(worldOf(setup, NOON), NOON, 12, () => false)) {
        for (const { text, names } of eventsOf(view.tracked, view.diagnosis))
          if (names.vm === traveller.vm) lines.push([seconds / 60, text]);
        expect([...view.diagnosis.vnics.values()].filter(({ fallback }) => fallback)).toEqual([]);
      }
      return lines;
    });
    expect(left).toEqual([
      [5, '`crm-101` (Network Adapter) left this host'],
      [7, '`crm-101` (Network Adapter) is new on this host'],
      [9, '`crm-101` arrived, already running'],
    ]);
    expect(arrived).toEqual([
      [3, '`crm-101` (Network Adapter) is new on this host'],
      [5, '`crm-101` arrived, already running'],
      [9, '`crm-101` (Network Adapter) left this host'],
    ]);
  });
});
