import { describe, expect, it } from 'vitest';
import { collectFamilies } from '../../src/metrics/families.ts';
import { collection } from '../support/hand-made/view.ts';
import { add, diagnoseWorld, ordinary, takes, trackedHost, WEB, type World } from '../support/hand-made/host.ts';

/** web07 and sql02, with these addresses. */
function pair(web: readonly string[], sql: readonly string[], change: (world: World) => void = () => undefined): World {
  const world = ordinary();
  const other = add(world, 2, 'sql02');
  world.host.vnics[0]!.ipAddresses = [...web];
  other.ipAddresses = [...sql];
  change(world);
  return world;
}
const said = (world: World) => {
  const { duplicateIps, duplicateMacs, vnics } = diagnoseWorld(world);
  const findings = vnics.get(WEB)!.findings.filter(({ id }) => /duplicate|address/.test(id));
  return { duplicateIps, duplicateMacs, findings: findings.map(({ id, detail }) => `${id}: ${detail}`) };
};

describe('addresses that guests report', () => {
  it('conflict if two MACs have the same one, and both vNICs are named', () => {
    expect(said(pair(['10.0.0.5', 'fe80::1'], ['10.0.0.5', 'fe80::1']))).toEqual({
      duplicateIps: 1,
      duplicateMacs: 0,
      findings: ['duplicate_ip: web07 (Network Adapter) has 10.0.0.5, which sql02 (Network Adapter) has too.'],
    });
  });

  it.each<[string, World]>([
    ['every host has them (link-local, loopback)', pair(['169.254.1.1', '127.0.0.1'], ['169.254.1.1', '127.0.0.1'])],
    [
      'the network is another',
      pair(['10.0.0.5'], ['10.0.0.5'], ({ host }) => void (host.vnics[1]!.settings!.virtualSubnetId = 7)),
    ],
    ['one is on a trunk', pair(['10.0.0.5'], ['10.0.0.5'], ({ host }) => void (host.vnics[1]!.vlanMode = 'trunk'))],
    ['the network is not known', pair(['10.0.0.5'], ['10.0.0.5'], ({ host }) => void delete host.vnics[1]!.settings)],
    ['the other does not run', pair(['10.0.0.5'], ['10.0.0.5'], ({ host }) => void (host.vms[1]!.state = 'off'))],
  ])('do not where %s', (_, world) => {
    expect(said(world)).toEqual({ duplicateIps: 0, duplicateMacs: 0, findings: [] });
  });

  it('are reported as a duplicate MAC if the two vNICs share their MAC', () => {
    const twins = pair(['10.0.0.5'], ['10.0.0.5'], ({ host }) => void (host.vnics[1]!.mac = host.vnics[0]!.mac!));
    expect(said(twins)).toMatchObject({
      duplicateIps: 0,
      duplicateMacs: 1,
      findings: [expect.stringMatching(/^duplicate_mac: /)],
    });
  });

  it('may appear twice on a vNIC that uses its VF, because synthetic NIC and VF share one MAC', () => {
    const world = pair(['10.0.0.5', '10.0.0.5'], [], (its) => takes(its, 'vf'));
    expect(said(world).findings).toEqual([
      'address_shown_twice: The guest of web07 (Network Adapter) shows an address twice: the synthetic NIC and the VF share one MAC address.',
    ]);
  });

  it('are not reported as unique if they are not read', () => {
    const none = ordinary();
    expect(diagnoseWorld(none)).toMatchObject({ duplicateMacs: 0, duplicateIps: undefined });
    none.host.sources.get('vm')!.fresh = false;
    expect(diagnoseWorld(none).duplicateMacs).toBeUndefined();
  });

  it('are in no label of a metric', () => {
    const world = pair(['10.0.0.5'], ['10.0.0.5']);
    const view = { tracked: trackedHost(world), diagnosis: diagnoseWorld(world), collection: collection() };
    const labels = collectFamilies(view).flatMap(({ samples }) =>
      samples.flatMap(({ shared, labels: own }) => Object.values({ ...shared, ...own })),
    );
    expect(labels.length).toBeGreaterThan(100);
    expect(labels.filter((value) => value.includes('10.0.0.5'))).toEqual([]);
  });
});
