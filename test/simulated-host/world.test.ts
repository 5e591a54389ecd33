import { describe, expect, it } from 'vitest';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import { SCENARIOS } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import type { WorldState } from '../../src/simulated-host/world-model.ts';
import { parseDocument } from '../../src/document/parse.ts';
import { every, RUNNING, truthOf, vmNamed, vnicOf } from '../support/simulated-truth.ts';
import { windows } from '../../src/document/enumerations.ts';

describe('the truth of a simulated host', () => {
  it.each(SCENARIOS)('%s is the same for a seed and a time, whatever was queried before', (scenario) => {
    const times = scenario === 'large' ? [0, 777.7] : [0, 0.5, 64, 777.7, 3599.999, 3600, 7300, 1_000_000];
    const [one, other] = [truthOf(scenario), truthOf(scenario)];
    const asked = times.map((time) => JSON.stringify(one(time)));
    const backwards = times.toReversed().map((time) => JSON.stringify(other(time)));
    expect(backwards.toReversed()).toEqual(asked);
    expect(JSON.stringify(truthOf(scenario)(777.7))).toBe(JSON.stringify(one(777.7)));
  });

  it('differs for another seed', () => {
    const guids = ({ vms, vnics, nics }: WorldState) =>
      [...vms, ...nics].map((its) => ('id' in its ? its.id : its.guid)).concat(vnics.map(({ guid }) => guid));
    const [one, two] = [guids(truthOf('healthy', 1)(0)), new Set(guids(truthOf('healthy', 2)(0)))];
    expect(one.filter((guid) => two.has(guid))).toEqual([]);
    expect(new Set(one).size).toBe(one.length);
  });
});

describe('the host of profile x520', () => {
  const state = truthOf('healthy')(120);

  it('has two ports of 62 VFs without counters of their own, and one vSwitch, with IOV', () => {
    expect(state.nics.map(({ vfLimit, hardwareQueuePairLimit }) => [vfLimit, hardwareQueuePairLimit])).toEqual([
      [62, 127],
      [62, 127],
    ]);
    expect(state.vswitches.map(({ iovEnabled, embeddedTeaming }) => [iovEnabled, embeddedTeaming])).toEqual([
      [true, false],
    ]);
    expect(state.vfs.length).toBeGreaterThan(40);
    expect(state.vfs.filter((vf) => vf.traffic !== undefined)).toEqual([]);
    expect(state.vnics.filter((vnic) => vnic.vmmqEnabled)).toEqual([]);
    expect(state.unsupported).toHaveProperty('counters_mellanox_vf');
  });

  it('has about seventy VMs, with every difficult case among them', () => {
    expect(state.vms.length).toBeGreaterThanOrEqual(70);
    expect(state.vms.length).toBeLessThan(80);
    const names = state.vms.map(({ name }) => name);
    expect(names).toContain('sriov_2012');
    expect(names.length - new Set(names).size).toBe(1);
    const count = (is: (vm: WorldState['vms'][number]) => boolean) => state.vms.filter(is).length;
    expect(count((vm) => vm.state === windows.VMState.Off)).toBeGreaterThan(10);
    expect(count((vm) => vm.state === windows.VMState.Saved)).toBe(1);
    expect(count((vm) => vm.type === windows.VirtualMachineType.PlannedVirtualMachine)).toBe(1);
    expect(count((vm) => vm.replicationMode === windows.VMReplicationMode.Replica && vm.state !== RUNNING)).toBe(2);
    // never started: its dynamic MAC was not handed out yet
    expect(state.vnics.filter(({ mac }) => mac === '000000000000')).toHaveLength(1);
    expect(state.vnics.filter(({ legacy }) => legacy)).toHaveLength(1);
    expect(state.vnics.filter(({ managementOs }) => managementOs)).toHaveLength(1);
  });
});

it('the host of profile mlx5 is a Server 2022 with a SET team of two, VMMQ and counters of each VF', () => {
  const state = truthOf('set-team')(120);
  expect(state.host.os).toContain('Server 2022');
  expect(state.teams.map(({ nics }) => nics)).toEqual([state.nics.map(({ description }) => description)]);
  for (const { description } of state.nics) {
    const its = state.vfs.filter((vf) => vf.nic === description);
    expect(its.length).toBeGreaterThan(10);
    expect(its.filter((vf) => vf.traffic === undefined || vf.counterInstance === undefined)).toEqual([]);
  }
  expect(state.vnics.filter((vnic) => vnic.vmmqEnabled && vnic.vmmqQueuePairs > 0).length).toBeGreaterThan(3);
});

describe('VFs, vPorts and queue pairs', () => {
  it.each(['tour', 'vf-pool-exhausted', 'queue-pairs-exhausted', 'boot-storm', 'live-migration', 'set-team'] as const)(
    'come from one budget that %s never exceeds, each held once',
    (scenario) => {
      const truth = truthOf(scenario);
      for (const seconds of every(20, 0, scenario === 'tour' ? 12_600 : 3600)) {
        const state = truth(seconds);
        for (const nic of state.nics) {
          const vfs = state.vfs.filter((vf) => vf.nic === nic.description);
          const vports = state.vports.filter((vport) => vport.nic === nic.description);
          const pairs = vports.reduce((sum, { queuePairs }) => sum + queuePairs, 0);
          const ofVfs = vports.filter(({ functionId }) => functionId !== 65_535);
          expect(vfs.length).toBeLessThanOrEqual(nic.hardwareVfLimit);
          expect(vports.length).toBeLessThanOrEqual(nic.hardwareVportLimit);
          expect(pairs).toBeLessThanOrEqual(nic.hardwareQueuePairLimit);
          expect([nic.vfAllocated, nic.vportActive]).toEqual([vfs.length, vports.length]);
          expect(new Set(vfs.map(({ functionId }) => functionId)).size).toBe(vfs.length);
          expect(new Set(vports.map(({ vportId }) => vportId)).size).toBe(vports.length);
          const numbers = ({ functionId, vportId }: { functionId: number; vportId: number }) =>
            `${functionId} ${vportId}`;
          expect(new Set(ofVfs.map(numbers))).toEqual(new Set(vfs.map(numbers)));
        }
        for (const vswitch of state.vswitches) {
          const held = state.vfs.filter(({ nic }) => vswitch.nics.includes(nic)).length;
          expect(vswitch.vfInUse).toBe(held);
          expect(vswitch.queuePairInUse).toBeLessThanOrEqual(vswitch.queuePairLimit);
        }
      }
    },
  );

  it('reuse a FunctionID for one vNIC after another', () => {
    const truth = truthOf('tour');
    const owners = new Map<string, Set<string>>();
    for (const seconds of every(60, 0, 12_600)) {
      for (const { nic, functionId, vnicGuid } of truth(seconds).vfs) {
        const key = `${nic} ${functionId}`;
        owners.set(key, (owners.get(key) ?? new Set()).add(vnicGuid));
      }
    }
    expect([...owners.values()].filter((of) => of.size > 1).length).toBeGreaterThan(20);
  });
});

const STARTING = windows.VMState.Starting;

it('VFs come 10 to 60 s after a guest boots, its data path going there two or three times', () => {
  const truth = truthOf('boot-storm');
  const reboots = new Map<string, number>();
  for (const seconds of every(1, 60, 260)) {
    for (const { id, state, uptimeMs } of truth(seconds).vms)
      if (state === STARTING && !reboots.has(id)) reboots.set(id, seconds - uptimeMs / 1000);
  }
  expect(reboots.size).toBe(40);
  const states = every(1, 60, 360).map((seconds) => ({ seconds, state: truth(seconds) }));
  const turns: number[] = [];
  for (const [id, booted] of reboots) {
    const after = states
      .filter(({ seconds }) => seconds >= booted)
      .map(({ seconds, state }) => ({
        since: seconds - booted,
        vnic: vnicOf(
          state,
          state.vms.find((vm) => vm.id === id)!,
        ),
      }));
    const attached = after.find(({ vnic }) => vnic.iovUsage > 0)?.since;
    expect(attached).toBeGreaterThanOrEqual(10);
    expect(attached).toBeLessThanOrEqual(60);
    turns.push(
      after.filter(({ vnic }, index) => vnic.vfDataPathActive && after[index - 1]?.vnic.vfDataPathActive === false)
        .length,
    );
    expect(after.at(-1)?.vnic.vfDataPathActive).toBe(true);
  }
  expect(new Set(turns)).toEqual(new Set([2, 3]));
});

describe('a live migration', () => {
  const truth = truthOf('live-migration');
  const MIGRATING = windows.VMOperationalStatus.MigratingVirtualMachine;
  const ends = (running: boolean) =>
    truth(0)
      .vms.filter(({ id }) => truth(300).vms.some((vm) => vm.id === id) !== running)
      .map(({ name }) => name);
  const [traveller = ''] = ends(true);

  it('keeps the VM running on the synthetic path while its memory is copied, then takes it away', () => {
    expect(ends(true)).toHaveLength(1);
    const before = vnicOf(truth(59), vmNamed(truth(59), traveller));
    expect(before.vfDataPathActive).toBe(true);
    let bytes = vnicOf(truth(60), vmNamed(truth(60), traveller)).traffic.bytesReceived;
    for (const seconds of every(15, 75, 225)) {
      const vm = vmNamed(truth(seconds), traveller);
      const vnic = vnicOf(truth(seconds), vm);
      expect([vm.state, vm.operationalStatus.includes(MIGRATING), vnic.port]).toEqual([RUNNING, true, 'live']);
      expect([vnic.iovUsage, vnic.vfDataPathActive]).toEqual([0, false]);
      // as fast as without a VF, all of it through the vSwitch
      expect(vnic.traffic.bytesReceived - bytes).toBeGreaterThan(15 * 0.6 * 0.2e6 * 0.6);
      bytes = vnic.traffic.bytesReceived;
    }
    expect(vmNamed(truth(242), traveller).unreadable).toBeDefined();
    expect(truth(250).vms.map(({ name }) => name)).not.toContain(traveller);
  });

  it('brings it back with its counters at 0 and without a VF for a while', () => {
    expect(vmNamed(truth(450), traveller)).toMatchObject({
      state: windows.VMState.Off,
      type: windows.VirtualMachineType.PlannedVirtualMachine,
      operationalStatus: expect.arrayContaining([MIGRATING]),
    });
    const arrived = truth(490);
    const vm = vmNamed(arrived, traveller);
    expect(vm).toMatchObject({ state: RUNNING, type: windows.VirtualMachineType.RealizedVirtualMachine });
    // It brings its uptime along.
    expect(vm.uptimeMs).toBeGreaterThan(vmNamed(truth(59), traveller).uptimeMs);
    expect(vm.processors[0]?.guest100ns).toBeLessThan(vmNamed(truth(59), traveller).processors[0]!.guest100ns / 10);
    expect(vnicOf(arrived, vm)).toMatchObject({ iovUsage: 0, vfDataPathActive: false });
    expect(vnicOf(truth(570), vmNamed(truth(570), traveller)).vfDataPathActive).toBe(true);
  });
});

describe('documents of the simulated host', () => {
  it('read their sources at different instants, within seconds', () => {
    const at = 600_000; // milliseconds
    const { sources, takenAt } = parseDocument(writeDocument('inventory', at, makeWorld(1, 'healthy')));
    const times = new Set(Object.values(sources).map((source) => source.takenAt));
    expect(times.size).toBeGreaterThanOrEqual(3);
    expect([Math.min(...times), Math.max(...times)]).toEqual([takenAt, at]);
    expect(at - takenAt).toBeLessThan(5000);
  });

  it('sometimes lack a VM that Windows could not read, and have it again later', () => {
    const world = makeWorld(1, 'healthy');
    const polls = every(60, 60, 7080).map(
      (seconds) => parseDocument(writeDocument('inventory', seconds * 1000, world)).sources.vm,
    );
    const partial = polls.filter((source) => source?.status === 'partial');
    expect(partial.length).toBeGreaterThan(0);
    expect(partial.length).toBeLessThan(polls.length / 10);
    for (const source of partial) {
      expect(source?.errors).toHaveLength(1);
      expect(source?.rows).toHaveLength(polls[0]!.rows.length - 1);
    }
    expect(polls.at(-1)?.rows).toHaveLength(polls[0]!.rows.length);
  });
});
