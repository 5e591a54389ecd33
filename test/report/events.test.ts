import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../src/report/events.ts';
import type { Transition } from '../../src/history/model.ts';
import {
  add,
  diagnoseWorld,
  NIC,
  NOW,
  ordinary,
  SWITCH,
  takes,
  trackedHost,
  WEB,
  type World,
} from '../support/hand-made/host.ts';

const change = (kind: Transition['kind'], subject: string, names: Transition['names'], before: string, after: string) =>
  ({ at: NOW, kind, subject, names, before, after }) satisfies Transition;
const lost = (vm = 'web07', id = WEB) => change('vnic_path', id, { vm, vnic: 'Network Adapter' }, 'vf', 'synthetic');
const got = (vm: string, id: string) => change('vnic_path', id, { vm, vnic: 'Network Adapter' }, 'synthetic', 'vf');
const started = (vm: string) => change('vm_state', `id of ${vm}`, { vm }, 'off', 'running');

function eventsWith(transitions: readonly Transition[], prepare: (world: World) => void = () => undefined) {
  const world = ordinary();
  prepare(world);
  return eventsOf({ ...trackedHost(world), transitions }, diagnoseWorld(world));
}
const texts = (transitions: readonly Transition[]) => eventsWith(transitions).map(({ text }) => text);

describe('an event', () => {
  it('says what else changed in the same poll, and how the pool stands', () => {
    const [event] = eventsWith([lost(), started('sql02')], ({ host }) => (host.vswitches[0]!.vfInUse = 62));
    expect(event).toEqual({
      ...lost(),
      reason: 'vf_pool_exhausted',
      text: '`web07` (Network Adapter) lost its VF as `sql02` started; pool 62 of 62',
    });
  });

  it('has the reason at that moment, although a fallback is published only when a second document agrees', () => {
    const [event] = eventsWith([lost()], ({ host, vnics }) => {
      host.nics[0]!.sriovEnabled = false;
      // The first document that shows it: still published as on its VF.
      vnics.get(WEB)!.path = 'vf';
    });
    expect(event?.reason).toBe('nic_sriov_disabled');
  });

  it('has no reason where a VF is given, the vNIC settles, or none is expected', () => {
    expect(eventsWith([got('web07', WEB)], (world) => takes(world, 'vf'))[0]).not.toHaveProperty('reason');
    expect(eventsWith([lost()], ({ vnics }) => (vnics.get(WEB)!.settling = 'migration'))[0]).not.toHaveProperty(
      'reason',
    );
    expect(eventsWith([lost()], (world) => (world.expectVf = () => false))[0]?.reason).toBe('vf_not_expected');
  });

  it('shows a name with what would end it, turn the line around or act on a terminal as one name', () => {
    const vm = 'a` lost its VF, `b\u001B[31m\u202E\r\n\u200B';
    const event = change('vnic_path', WEB, { vm, vnic: 'x\n`y`\u2066' }, 'vf', 'synthetic');
    expect(texts([event])[0]).toContain("`a' lost its VF, 'b␣[31m␣␣␣␣` (x␣'y'␣) lost its VF");
  });

  it('gives a number instead of many names', () => {
    const many = Array.from({ length: 49 }, (_, n) => lost(`vm${n}`, `id${n}`));
    const down = change('nic_state', NIC, { nic: NIC }, 'up', 'down');
    const told = texts([down, ...many]);
    expect(told[0]).toBe(`NIC \`${NIC}\` went down as 49 virtual NICs lost their VFs`);
    expect(told[1]).toBe(`\`vm0\` (Network Adapter) lost its VF, like 48 more, as NIC \`${NIC}\` went down`);
    expect(texts([started('a'), started('b')])[0]).toBe('`a` started, like 1 more');
  });

  it('names the vNICs that got a VF when another lost one, but not the vNIC itself', () => {
    const world = ordinary();
    const other = add(world, 2, 'sql02', 'vf');
    expect(
      eventsOf({ ...trackedHost(world), transitions: [lost(), got('sql02', other.id)] }, diagnoseWorld(world))[0]?.text,
    ).toBe('`web07` (Network Adapter) lost its VF as `sql02` (Network Adapter) moved to its VF; pool 10 of 62');
  });

  it('names a few causes and counts the rest', () => {
    const changes = ['a', 'b', 'c', 'd', 'e'].map((name) => change('nic_state', name, { nic: name }, 'up', 'down'));
    expect(texts([lost(), ...changes])[0]).toBe(
      '`web07` (Network Adapter) lost its VF as NIC `a` went down, NIC `b` went down, NIC `c` went down, 2 more changes; pool 10 of 62',
    );
  });

  it.each([
    [
      change('vnic_path', WEB, { vm: 'web07', vnic: 'N' }, 'vf', 'assigned'),
      '`web07` (N) left its VF, which stays assigned; pool 10 of 62',
    ],
    [
      change('vnic_path', WEB, { vm: 'web07' }, 'not_requested', 'synthetic'),
      '`web07` went from not_requested to synthetic; pool 10 of 62',
    ],
    [change('vm_state', 'x', { vm: 'web07' }, 'running', 'off'), '`web07` went from running to off'],
    [change('host_iov', '', {}, 'supported', 'unsupported'), 'SR-IOV of the host went from supported to unsupported'],
    [change('vswitch_iov', SWITCH, { vswitch: 'LAN' }, 'on', 'off'), 'SR-IOV of vSwitch `LAN` went from on to off'],
    [change('vf_pool', SWITCH, { vswitch: 'LAN' }, 'free', 'exhausted'), 'the VF pool of `LAN` is exhausted'],
    [change('vnic_gone', WEB, { vm: 'web07', vnic: 'N' }, 'vf', ''), '`web07` (N) left this host'],
    [change('vnic_seen', WEB, { vm: 'web07', vnic: 'N' }, '', 'unknown'), '`web07` (N) is new on this host'],
  ] as const)('is one sentence (%#)', (transition, text) => {
    expect(texts([transition])).toEqual([text]);
  });
});
