import { describe, expect, it } from 'vitest';
import { eventsOf, type JournalEvent } from '../../src/report/events.ts';
import { recentChanges } from '../../src/report/recent.ts';
import { simulateHost } from '../support/simulated-host.ts';

const event = (at: number, kind: JournalEvent['kind'], vm: string, before: string, after: string): JournalEvent => ({
  at,
  kind,
  subject: kind === 'vm_state' ? `id-${vm}` : `nic-of-${vm}`,
  names: kind === 'vm_state' ? { vm } : { vm, vmId: `id-${vm}`, vnic: 'Network Adapter' },
  before,
  after,
  text: 'with a cause that was made up',
});
const many = (count: number, make: (vm: string) => JournalEvent) =>
  Array.from({ length: count }, (_, index) => make(`vm${index + 1}`));

describe('what changed', () => {
  it('is one line for many of one kind in one poll, the newest first', () => {
    const events = [
      ...many(3, (vm) => event(1000, 'vnic_path', vm, 'vf', 'synthetic')),
      ...many(18, (vm) => event(2000, 'vm_state', vm, 'off', 'running')),
      event(2000, 'vnic_path', 'web07', 'synthetic', 'vf'),
    ];
    const lines = recentChanges(events, 10);
    expect(lines.map(({ at, text, level, count }) => [at, text, level, count])).toEqual([
      [2000, '`web07` (Network Adapter) moved to its VF', 'better', 1],
      [2000, '18 VMs started', 'neutral', 18],
      [1000, '3 virtual NICs left their VF', 'worse', 3],
    ]);
    expect(lines[1]?.vms.slice(0, 2)).toEqual([
      { name: 'vm1', id: 'id-vm1' },
      { name: 'vm2', id: 'id-vm2' },
    ]);
  });

  it('names no cause', () => {
    const lines = recentChanges([event(1, 'vnic_path', 'web07', 'vf', 'synthetic')], 10);
    expect(lines[0]?.text).toBe('`web07` (Network Adapter) lost its VF');
  });

  it('is a number of lines at most, each whole', () => {
    const events = Array.from({ length: 50 }, (_, at) =>
      many(4, (vm) => event(at, 'vm_state', vm, 'off', 'running')),
    ).flat();
    const lines = recentChanges(events, 5);
    expect(lines.map(({ at, count }) => [at, count])).toEqual([
      [49, 4],
      [48, 4],
      [47, 4],
      [46, 4],
      [45, 4],
    ]);
    expect(recentChanges([], 5)).toEqual([]);
  });

  it('counts a VM with two virtual NICs once among the names', () => {
    const two = ['a', 'b'].map((nic) => ({ ...event(1, 'vnic_gone', 'web07', 'vf', ''), subject: nic }));
    expect(recentChanges(two, 5)).toMatchObject([
      { text: '2 virtual NICs left this host', vms: [{ name: 'web07', id: 'id-web07' }] },
    ]);
  });

  it('keeps apart what is not told in one text, and leaves out states between two others', () => {
    const pool = (vswitch: string, after: string): JournalEvent => ({
      at: 1,
      kind: 'vf_pool',
      subject: vswitch,
      names: { vswitch },
      before: '',
      after,
      text: '',
    });
    const events = [
      pool('LAN01', 'exhausted'),
      pool('LAN02', 'available'),
      ...many(2, (vm) => event(1, 'vm_state', vm, 'off', 'transition')),
      ...many(2, (vm) => event(1, 'vm_state', vm, 'off', 'running')),
      ...many(3, (vm) => event(1, 'vm_state', vm, 'elsewhere', 'running')),
    ];
    expect(recentChanges(events, 10).map(({ text, level }) => [text, level])).toEqual([
      ['3 VMs arrived, already running', 'neutral'],
      ['2 VMs started', 'neutral'],
      ['The VF pool of `LAN02` has free VFs again', 'better'],
      ['The VF pool of `LAN01` is exhausted', 'worse'],
    ]);
  });

  it('tells a VM that was moved here from one that was started', async () => {
    const told = async (scenario: 'live-migration' | 'boot-storm') => {
      const host = simulateHost(scenario, { tickSeconds: 60 });
      const events: JournalEvent[] = [];
      for await (const { view } of host.run(700)) events.push(...eventsOf(view.tracked, view.diagnosis));
      await host.close();
      return recentChanges(events, 100)
        .map(({ text }) => text)
        .filter((text) => /arrived|started/.test(text));
    };
    expect((await told('live-migration')).map((text) => text.replace(/`.*`/, 'vm'))).toEqual([
      'vm arrived, already running',
      'vm arrived, already running',
    ]);
    const started = await told('boot-storm');
    expect(started.length).toBeGreaterThan(0);
    expect(started.filter((text) => text.includes('arrived'))).toEqual([]);
  });
});
