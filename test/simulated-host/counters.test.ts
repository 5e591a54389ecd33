import { describe, expect, it } from 'vitest';
import type { WorldState, WorldTraffic, WorldVm } from '../../src/simulated-host/world-model.ts';
import { every, type Truth, truthOf, vmNamed, vnicOf } from '../support/simulated-truth.ts';

const TICKS = 1e7;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const guestSeconds = (vm: WorldVm) => sum(vm.processors.map((processor) => processor.guest100ns)) / TICKS;

/** How much `value` grows from one moment to a later one. */
const growth = (truth: Truth, from: number, to: number, value: (state: WorldState) => number) =>
  value(truth(to)) - value(truth(from));

describe('counters are the integrals of the rates of each moment', () => {
  // A VM whose path changes every three minutes, and the hour goes round within the time looked at.
  const truth = truthOf('flapping');
  const [from, to, step] = [1800, 5400, 10];
  const moments = every(step, from + step / 2, to).map(truth);
  const names = ['web-201', 'sql-201', 'sriov_2012', 'dns-201', 'fax (NT4)'];

  it.each(names)('bytes of %s, on either path', (name) => {
    const bytes = growth(truth, from, to, (state) => vnicOf(state, vmNamed(state, name)).guestBytes);
    const summed = sum(moments.map((state) => vnicOf(state, vmNamed(state, name)).bytesPerSecond * step));
    expect(bytes).toBeGreaterThan(0);
    expect(bytes / summed).toBeCloseTo(1, 3);
  });

  it.each(names)('processor time of %s', (name) => {
    const seconds = growth(truth, from, to, (state) => guestSeconds(vmNamed(state, name)));
    const summed = sum(
      moments.map((state) => {
        const { guestCpuShare, processorCount } = vmNamed(state, name);
        return guestCpuShare * processorCount * step;
      }),
    );
    expect(seconds).toBeGreaterThan(0);
    expect(seconds / summed).toBeCloseTo(1, 3);
  });

  it('in any later hour as in this one', () => {
    const bytes = (state: WorldState) => vnicOf(state, vmNamed(state, 'web-201')).guestBytes;
    const week = 7 * 24 * 3600;
    expect(growth(truth, week, week + 3600, bytes) / growth(truth, 3600, 7200, bytes)).toBeCloseTo(1, 9);
  });
});

const idIn = (name: string) => name.split(' ')[1] ?? '';

/** Every counter of a host by the kind and id of what it belongs to and its own name. */
function countersOf(state: WorldState): Map<string, number> {
  const counters = new Map<string, number>();
  const add = (owner: string, values: object) => {
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'number') counters.set(`${owner} ${name}`, value);
    }
  };
  for (const vm of state.vms) {
    for (const [index, processor] of vm.processors.entries()) add(`VP ${vm.id} ${index}`, processor);
  }
  for (const vnic of state.vnics) {
    if (vnic.port === 'live') add(`vNIC ${vnic.guid}`, vnic.traffic);
  }
  for (const vf of state.vfs) add(`VF ${vf.vnicGuid} ${vf.nic} ${vf.functionId}`, vf.traffic ?? {});
  for (const nic of state.nics) add(`NIC ${nic.guid}`, nic.counters);
  for (const vswitch of state.vswitches) add(`vSwitch ${vswitch.id}`, { ...vswitch.traffic, moves: vswitch.vmqMoves });
  for (const processor of [...state.logicalProcessors, ...state.rootProcessors]) add(processor.instance, processor);
  return counters;
}

it('counters decrease only when their VM starts or arrives', () => {
  const truth = truthOf('tour');
  const start = truth(0);
  const latest = countersOf(start);
  const idsOf = (id: string) => [id, ...start.vnics.filter((vnic) => vnic.vmId === id).map(({ guid }) => guid)];
  /** ids of VMs, and of their vNICs, that were seen not to run here since they were last seen to run */
  const stopped = new Set<string>();
  let compared = 0;
  let begunAnew = 0;
  for (const seconds of every(30, 30, 13_500)) {
    const state = truth(seconds);
    const vms = new Map(state.vms.map((vm) => [vm.id, vm]));
    for (const { id } of start.vms)
      if ((vms.get(id)?.processors.length ?? 0) === 0) idsOf(id).forEach((its) => stopped.add(its));
    const current = countersOf(state);
    for (const [name, value] of current) {
      const earlier = latest.get(name);
      latest.set(name, value);
      if (earlier === undefined) continue;
      compared++;
      if (value >= earlier) continue;
      begunAnew++;
      expect(stopped.has(idIn(name)), `${name} at ${seconds}: ${earlier} to ${value}`).toBe(true);
    }
    for (const name of current.keys()) stopped.delete(idIn(name));
  }
  expect(compared).toBeGreaterThan(400_000);
  expect(begunAnew).toBeGreaterThan(100);
});

describe('what the vSwitch counts', () => {
  const bytes = ({ bytesReceived, bytesSent }: WorldTraffic) => bytesReceived + bytesSent;
  const truth = truthOf('healthy');

  it('excludes what goes over a VF except for a little broadcast', () => {
    const measured = (state: WorldState) => vnicOf(state, vmNamed(state, 'sriov_2012'));
    expect(growth(truth, 600, 1200, (state) => measured(state).vfBytes)).toBeCloseTo(600 * 460e6, -6);
    const seen = growth(truth, 600, 1200, (state) => bytes(measured(state).traffic));
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(600 * 1000);
  });

  it('is the sum of its vNICs, and passes through the NIC', () => {
    const seen = growth(truth, 600, 1200, ({ vswitches }) => sum(vswitches.map(({ traffic }) => bytes(traffic))));
    const sums = growth(truth, 600, 1200, ({ vnics }) => sum(vnics.map(({ traffic }) => bytes(traffic))));
    expect(seen / sums).toBeCloseTo(1, 4);
    const wire = growth(truth, 600, 1200, ({ nics }) =>
      sum(nics.map(({ counters }) => counters.receivedBytes + counters.sentBytes)),
    );
    expect(wire).toBeGreaterThan(seen);
  });
});

describe('processor time of the host', () => {
  it('is that of its guests and of the root', () => {
    const truth = truthOf('healthy');
    const logical = growth(truth, 600, 1200, ({ logicalProcessors }) =>
      sum(logicalProcessors.map((its) => its.guest100ns)),
    );
    const root = growth(truth, 600, 1200, ({ rootProcessors }) => sum(rootProcessors.map((its) => its.guest100ns)));
    const guests = growth(truth, 600, 1200, ({ vms }) => sum(vms.map(guestSeconds))) * TICKS;
    expect(guests).toBeGreaterThan(0);
    expect(root).toBeGreaterThan(0);
    expect(logical / (guests + root)).toBeCloseTo(1, 6);
    const all = growth(truth, 600, 1200, ({ logicalProcessors }) =>
      sum(logicalProcessors.map((its) => its.guest100ns + its.hypervisor100ns + its.idle100ns)),
    );
    expect(all / (600 * TICKS * 32)).toBeCloseTo(1, 6);
  });

  it('shows a fallback on the core of the default queue alone', () => {
    const cores = (scenario: 'healthy' | 'sriov-off') => {
      const truth = truthOf(scenario);
      const [after, before] = [truth(1200), truth(600)];
      return after.rootProcessors.map(
        ({ guest100ns }, core) => (guest100ns - before.rootProcessors[core]!.guest100ns) / 600 / TICKS,
      );
    };
    const [well, off] = [cores('healthy'), cores('sriov-off')];
    const defaultVport = truthOf('sriov-off')(600).vports.find(({ vportId }) => vportId === 0);
    const core = Math.log2(Number(defaultVport?.processorMask));
    // A fifth of a processor for 410 MB/s
    expect(off[core]! - well[core]!).toBeCloseTo(0.2, 3);
    expect(off.filter((_, index) => index !== core)).toEqual(
      well.filter((_, index) => index !== core).map((value) => expect.closeTo(value, 6)),
    );
  });
});
