import { expect, it } from 'vitest';
import { Changes } from '../../src/simulated-host/timeline.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';

it('merges an initial value that is set twice', () => {
  const changes = new Changes('nothing');
  changes.set(Number.NEGATIVE_INFINITY, 'vf');
  changes.set(10, 'synthetic');
  const lengths = changes.map((value) => value.length, 0);
  expect(lengths.entries).toEqual([
    { from: 0, value: 2 },
    { from: 10, value: 9 },
  ]);
});

it('counts the traffic of each running vNIC that has a port, on the path that it is on', () => {
  const world = makeWorld(1, 'nic-disabled');
  const [before, after] = [world(0), world(60_000)];
  const flowing = after.vnics.filter(
    (vnic) => vnic.port === 'live' && !vnic.managementOs && vnic.mac !== '000000000000',
  );
  expect(flowing.length).toBeGreaterThan(50);
  for (const vnic of flowing) {
    const earlier = before.vnics.find(({ guid }) => guid === vnic.guid);
    expect(vnic.traffic.bytesReceived, vnic.vmName).toBeGreaterThan(earlier?.traffic.bytesReceived ?? 0);
  }
});
