import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GuestReading, type Meter, trafficCost, readMeter } from '../../src/measure/cost.ts';
import { add, NIC, NOW, ordinary, takes, trackedHost, WEB_VM, type World } from '../support/hand-made/host.ts';

const MAC = '00:15:5D:00:00:07';
const meter = (over: Partial<Meter> = {}): Meter => ({
  at: NOW,
  path: 'vf',
  processors: 4,
  hostProcessors: 32,
  guestSeconds: 100,
  rootSeconds: 1000,
  bytes: undefined,
  bytesFrom: undefined,
  macs: [MAC],
  guest: undefined,
  ...over,
});
const later = (over: Partial<Meter> = {}) => meter({ at: NOW + 10_000, guestSeconds: 104, rootSeconds: 1016, ...over });

const guest = (at: number, ...devices: GuestReading['devices']): Partial<Meter> => ({
  bytesFrom: 'guest exporter',
  guest: { at, from: 'guest exporter', devices },
});
const rateOf = (first: GuestReading['devices'], last: GuestReading['devices']) =>
  trafficCost('web07', meter(guest(NOW, ...first)), later(guest(NOW + 20_000, ...last))).bytesPerSecond;

describe('the cost of a path', () => {
  it('is what was used between two readings; each percentage refers to its own processors', () => {
    const bytes = { bytesFrom: 'vSwitch counters', path: 'synthetic' } as const;
    expect(trafficCost('web07', meter({ ...bytes, bytes: 0 }), later({ ...bytes, bytes: 4e9 }))).toEqual({
      vm: 'web07',
      path: 'synthetic',
      seconds: 10,
      processors: 4,
      hostProcessors: 32,
      guestCpu: 0.1,
      rootCpu: 0.05,
      bytesPerSecond: 4e8,
      bytesFrom: 'vSwitch counters',
      guestSecondsPerGigabyte: 1,
    });
  });

  it('is unknown if a counter decreased, and has the path `mixed` if the path changed', () => {
    expect(trafficCost('web07', meter(), later({ guestSeconds: 3, path: 'synthetic' }))).toMatchObject({
      path: 'mixed',
      guestCpu: undefined,
      rootCpu: 0.05,
      bytesPerSecond: undefined,
    });
  });

  it('uses the time at which the guest was read', () => {
    expect(rateOf([{ device: 'a', mac: MAC, bytes: 0 }], [{ device: 'a', mac: MAC, bytes: 2e9 }])).toBe(1e8);
  });

  it('counts bytes once if Linux counts them on both the synthetic NIC and the VF', () => {
    expect(
      rateOf(
        [
          { device: 'eth0', mac: MAC, bytes: 5e9 },
          { device: 'enP1', mac: MAC, bytes: 4e9 },
        ],
        [
          { device: 'eth0', mac: MAC, bytes: 7e9 },
          { device: 'enP1', mac: MAC, bytes: 6e9 },
          { device: 'lo', bytes: 9e9 },
        ],
      ),
    ).toBe(1e8);
  });

  it('counts the device whose counter grew if Windows counts on one of the two', () => {
    expect(
      rateOf(
        [
          { device: 'Microsoft Hyper-V Network Adapter', bytes: 9e12 },
          { device: 'Intel[R] X520 Virtual Function', bytes: 0 },
        ],
        [
          { device: 'Microsoft Hyper-V Network Adapter', bytes: 9e12 },
          { device: 'Intel[R] X520 Virtual Function', bytes: 2e9 },
        ],
      ),
    ).toBe(1e8);
  });

  it('is unknown from the exporter of another machine or after a restart of the guest', () => {
    const other = 'AA:AA:AA:AA:AA:AA';
    expect(rateOf([{ device: 'a', mac: other, bytes: 0 }], [{ device: 'a', mac: other, bytes: 2e9 }])).toBeUndefined();
    expect(rateOf([{ device: 'a', mac: MAC, bytes: 5 }], [{ device: 'a', mac: MAC, bytes: 2 }])).toBeUndefined();
  });

  it('is never negative and never more than the sum of all increases', () => {
    const device = fc.record({
      device: fc.constantFrom('eth0', 'eth1', 'lo', 'Virtual Function'),
      mac: fc.option(fc.constantFrom(MAC, 'AA:AA:AA:AA:AA:AA'), { nil: undefined }),
      bytes: fc.nat(1e9),
    });
    const devices = fc.uniqueArray(device, { selector: (one) => one.device, maxLength: 4 });
    fc.assert(
      fc.property(devices, devices, (first, last) => {
        const rate = rateOf(first, last);
        const grown = last.reduce((sum, { device: name, bytes }) => {
          const before = first.find((one) => one.device === name)?.bytes;
          return sum + (before === undefined ? 0 : Math.max(0, bytes - before));
        }, 0);
        if (rate !== undefined) {
          expect(rate).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(grown / 20);
        }
      }),
    );
  });
});

describe('the meter of a VM', () => {
  const read = (change: (world: World) => void) => {
    const world = ordinary();
    Object.assign(world.host.vnics[0]!, { traffic: { receiveBytes: 60, transmitBytes: 40 } });
    change(world);
    return readMeter(trackedHost(world), WEB_VM, undefined);
  };

  it('reads the vSwitch on the synthetic path, the VF counters on the VF path, and nothing if those are missing', () => {
    expect(read(() => {})).toMatchObject({ path: 'synthetic', bytes: 100, bytesFrom: 'vSwitch counters' });
    expect(read((world) => takes(world, 'vf'))).toMatchObject({ path: 'vf', bytes: undefined, bytesFrom: undefined });
    expect(
      read((world) => {
        takes(world, 'vf');
        world.host.vfs.push({
          nic: NIC,
          functionId: 1,
          vmId: WEB_VM,
          vportIds: [],
          traffic: { receiveBytes: 7, transmitBytes: 5 },
        });
      }),
    ).toMatchObject({ bytes: 12, bytesFrom: 'VF counters of the NIC' });
  });

  it('has the path `mixed` if two vNICs differ, and ignores one whose path does not apply', () => {
    const second = (world: World, pathApplies: boolean) =>
      Object.assign(add(world, 2, 'web07', 'vf'), { vmId: WEB_VM, pathApplies });
    expect(read((world) => void second(world, true))).toMatchObject({ path: undefined, bytes: undefined });
    expect(read((world) => void second(world, false))).toMatchObject({ path: 'synthetic', bytes: 100 });
  });
});
