import { describe, expect, it } from 'vitest';
import { chain } from '../../src/report/chain.ts';
import { CASES, worldOf } from '../diagnosis/cases.ts';
import { diagnoseWorld, ordinary, takes, team, WEB, type World } from '../support/hand-made/host.ts';

function chainWith(change: (world: World) => unknown) {
  const world = ordinary();
  change(world);
  return chain(diagnoseWorld(world), WEB)!;
}
const line = (change: (world: World) => unknown) =>
  chainWith(change)
    .steps.map(({ step, status }) => `${step} ${status}`)
    .join(', ');

describe('the chain of a vNIC', () => {
  it.each<[string, (world: World) => unknown, string]>([
    ['on its VF', (world) => takes(world, 'vf'), 'host ok, nic ok, vswitch ok, vnic ok, vf ok, guest ok'],
    [
      'pool exhausted',
      ({ host }) => (host.vswitches[0]!.vfInUse = 62),
      'host ok, nic ok, vswitch ok, vnic ok, vf broken, guest not_checked',
    ],
    [
      'NIC disabled, vSwitch unread',
      ({ host }) => {
        host.nics[0]!.sriovEnabled = false;
        delete host.vswitches[0]!.iovSupported;
      },
      'host ok, nic broken, vswitch unknown, vnic ok, vf not_checked, guest not_checked',
    ],
    [
      'host blocked',
      ({ host }) => Object.assign(host.platform, { iovSupported: false, iovReasons: ['interrupt remapping'] }),
      'host broken, nic ok, vswitch ok, vnic ok, vf not_checked, guest not_checked',
    ],
    [
      'driver missing',
      (world) => takes(world, 'assigned'),
      'host ok, nic ok, vswitch ok, vnic ok, vf ok, guest broken',
    ],
    [
      'settling',
      ({ vnics }) => (vnics.get(WEB)!.settling = 'vm_start'),
      'host ok, nic ok, vswitch ok, vnic ok, vf not_checked, guest not_checked',
    ],
  ])('%s', (_, change, expected) => {
    expect(line(change)).toBe(expected);
  });

  it.each<[string, (world: World) => unknown, string]>([
    [
      'on its VF by the published path, without one in the latest reading',
      (world) => {
        takes(world, 'synthetic');
        world.vnics.get(WEB)!.path = 'vf';
      },
      'host ok, nic ok, vswitch ok, vnic ok, vf not_checked, guest not_checked',
    ],
    [
      'with a VF unused by its guest in the latest reading, without one before',
      (world) => {
        takes(world, 'assigned');
        world.vnics.get(WEB)!.path = 'synthetic';
      },
      'host ok, nic ok, vswitch ok, vnic ok, vf ok, guest unknown',
    ],
    [
      'on its VF, one NIC of the team down',
      (world) => {
        team(world);
        takes(world, 'vf');
        world.host.nics[1]!.up = false;
      },
      'host ok, nic partial, vswitch ok, vnic ok, vf ok, guest ok',
    ],
  ])('is that of the reading whose values it shows: %s', (_, change, expected) => {
    expect(line(change)).toBe(expected);
    expect(chainWith(change).broken).toBeUndefined();
  });

  it('has no step in order beside a value that says False', () => {
    let seen = 0;
    for (const { fires, neighbour } of CASES)
      for (const world of [worldOf(fires), worldOf(neighbour)])
        for (const published of ['vf', 'synthetic', 'assigned'] as const) {
          world.vnics.get(WEB)!.path = published;
          for (const { status, read } of chain(diagnoseWorld(world), WEB)?.steps ?? []) {
            const says = read.some((text) => /\bFalse\b/.test(text));
            if (says) seen++;
            expect(status === 'ok' && says).toBe(false);
          }
        }
    expect(seen).toBeGreaterThan(300);
  });

  it('says what the event log reports of it, with count and time, at the step that it is about', () => {
    const at = Date.UTC(2026, 4, 4, 8, 12, 30);
    const its = chainWith(({ host }) => {
      host.logEntries = [
        { kind: 'vm_queue_refused', eventId: 113, at, vnicId: WEB },
        { kind: 'vf_refused', eventId: 236, at, vnicId: WEB },
        { kind: 'vm_queue_refused', eventId: 113, at: at - 60_000, vnicId: WEB },
        { kind: 'vm_queue_refused', eventId: 113, at: at + 60_000 },
      ];
    });
    const read = (step: string) => its.steps.find((one) => one.step === step)!.read;
    expect(read('vnic')).toContain('event 113: VM queue refused 2 times in 24 hours, last at 2026-05-04 08:12 UTC');
    expect(read('vf')).toContain('event 236: VF refused once in 24 hours, last at 2026-05-04 08:12 UTC');
    expect(
      chainWith(() => undefined)
        .steps.flatMap((one) => one.read)
        .join(),
    ).not.toContain('event');
  });

  it('shows what was read, how to fix it and what that interrupts', () => {
    const its = chainWith(({ host }) => (host.nics[0]!.sriovEnabled = false));
    expect(its.steps[1]).toEqual({
      step: 'nic',
      status: 'broken',
      read: ['Intel(R) Ethernet Server Adapter X520-2, up True, SriovSupport supported, Enabled False, NumVFs 62'],
    });
    expect(its.broken).toMatchObject({
      step: 'nic',
      reason: { id: 'nic_sriov_disabled', command: "Enable-NetAdapterSriov -Name 'SLOT 2 Port 1'" },
      impact: { class: 'nic_or_vswitch' },
      runbook: 'SriovNicIovDisabled',
    });
  });

  it('has only vNICs of the host', () => {
    const world = ordinary();
    expect(chain(diagnoseWorld(world), 'none')).toBeUndefined();
  });
});
