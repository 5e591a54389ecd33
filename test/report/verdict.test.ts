import { describe, expect, it } from 'vitest';
import { troubles } from '../../src/report/troubles.ts';
import { verdict, type VerdictFacts } from '../../src/report/verdict.ts';
import { vnicRows } from '../../src/report/vnic-rows.ts';
import { atOnce } from '../../src/turn.ts';
import { add, diagnoseWorld, NOW, ordinary, takes, trackedHost, type World } from '../support/hand-made/host.ts';

function verdictOf(change: (world: World) => unknown, facts: Partial<VerdictFacts> = {}) {
  const world = ordinary();
  takes(world, 'vf');
  change(world);
  const examined = { tracked: trackedHost(world), diagnosis: diagnoseWorld(world) };
  const rows = vnicRows(examined);
  return verdict(examined, { rows, troubles: atOnce(troubles(examined, rows)), firing: [], failing: [], ...facts });
}
const nothing = () => undefined;

describe('the verdict', () => {
  it('is good where nothing is wrong', () => {
    expect(verdictOf(nothing)).toEqual({
      level: 'good',
      text: 'The only virtual NIC that asks for a VF is on it.',
      short: '1 of 1 on their VF',
      concerns: [],
    });
  });

  it.each<[string, (world: World) => unknown, Partial<VerdictFacts>, level: string, concern: string]>([
    [
      'a warning',
      ({ host }) => void (host.vswitches[0]!.memberNics = [host.nics[0]!.description, 'gone']),
      {},
      'warning',
      '1 warning (set_member_missing)',
    ],
    [
      'a pool at its end',
      ({ host }) => void (host.vswitches[0]!.vfInUse = 62),
      {},
      'warning',
      'no VF left on Production',
    ],
    [
      'the queue pairs at their end',
      ({ host }) => void (host.vswitches[0]!.queuePairInUse = 128),
      {},
      'warning',
      'no queue pair left on Production',
    ],
    [
      'a source that fails',
      nothing,
      { failing: ['vm', 'vm_switch', 'a', 'b'] },
      'warning',
      'not read: vm, vm_switch, a and 1 more',
    ],
    ['an alert that is a ticket', nothing, { firing: ['info', 'warning'] }, 'warning', '1 alert firing'],
    ['an alert that pages', nothing, { firing: ['warning', 'critical'] }, 'critical', '2 alerts firing'],
  ])('is no longer good with %s, and says so', (_, change, facts, level, concern) => {
    const its = verdictOf(change, facts);
    expect(its).toMatchObject({
      level,
      text: 'The only virtual NIC that asks for a VF is on it, but there are other problems.',
      short: concern,
    });
    expect(its.concerns.map(({ text }) => text)).toEqual([concern]);
  });

  it('is that of the alert where vNICs are in fallback: a ticket, and a page where most lost their VF', () => {
    const lose = (lost: number) => (world: World) => {
      takes(world, 'synthetic');
      add(world, 8, 'web08');
      add(world, 9, 'web09');
      for (const its of [...world.vnics.values()].slice(0, lost)) its.lastOnVf = NOW - 600_000;
    };
    expect(verdictOf(lose(0))).toMatchObject({ level: 'warning', short: '3 in fallback', concerns: [] });
    expect(verdictOf(lose(3))).toMatchObject({
      level: 'critical',
      text: '3 of 3 virtual NICs that ask for a VF are in fallback on the synthetic path.',
      concerns: [{ level: 'critical', text: '1 critical finding (host_mass_fallback)' }],
    });
  });

  it('is unknown without an inventory, whatever else is known', () => {
    const its = verdictOf(({ host }) => delete host.takenAt, { firing: ['critical'] });
    expect([its.level, its.text]).toEqual([
      'unknown',
      'The state of the virtual NICs is not known: the inventory is missing or too old.',
    ]);
  });

  it('is unknown where a vNIC is, or lost its VF in one reading only', () => {
    expect(verdictOf((world) => takes(world, 'unknown'))).toMatchObject({ level: 'unknown', short: '1 not known' });
    const its = verdictOf((world) => {
      world.host.vnics[0]!.path = 'synthetic';
    });
    expect(its).toMatchObject({ level: 'unknown', text: 'No virtual NIC is known to be in fallback (1 not known).' });
  });
});
