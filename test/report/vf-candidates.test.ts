import { describe, expect, it } from 'vitest';
import type { TrackedHost } from '../../src/history/model.ts';
import { vfCandidates } from '../../src/report/vf-candidates.ts';
import { ordinary, trackedHost } from '../support/hand-made/host.ts';

/** VMs on their VF with four processors each, by what share of them is busy. */
function hostWith(busy: Readonly<Record<string, number | undefined>>, watchedSeconds = 3600): TrackedHost {
  const tracked = trackedHost(ordinary());
  const [vnic] = tracked.host.vnics;
  const [vm] = tracked.host.vms;
  const names = Object.keys(busy);
  return {
    ...tracked,
    host: {
      ...tracked.host,
      vms: names.map((name) => ({ ...vm!, id: name, name, processors: 4 })),
      vnics: names.map((name) => ({ ...vnic!, id: `nic-${name}`, vmId: name, vmName: name, vswitchId: 's' })),
    },
    vnics: new Map(
      names.map((name) => [
        `nic-${name}`,
        { ...tracked.vnics.values().next().value!, path: name === 'off-its-vf' ? 'synthetic' : 'vf' },
      ]),
    ),
    rates: {
      ...tracked.rates,
      vmGuestCpu: (id, seconds) => {
        const share = busy[id];
        return share === undefined || seconds > watchedSeconds ? undefined : share * 4;
      },
    },
  };
}
const names = (tracked: TrackedHost, vfBytes?: Parameters<typeof vfCandidates>[2]) =>
  vfCandidates(tracked, 's', vfBytes).idle.map(({ vm }) => vm);

describe('the candidates to give up a VF', () => {
  it('hold one and are idle, the least busy first; a VM whose CPU is not known is none', () => {
    const tracked = hostWith({ busy: 0.6, calm: 0.05, idle: 0.01, unknown: undefined, 'off-its-vf': 0 });
    expect(names(tracked)).toEqual(['idle', 'calm']);
    expect(vfCandidates(tracked, 's').idle[0]).toMatchObject({ vnicId: 'nic-idle', vmId: 'idle', cpuShare: 0.01 });
    expect(vfCandidates(tracked, 'other').idle).toEqual([]);
  });

  it('are judged by their traffic on the VF where that is counted', () => {
    const bytes: Readonly<Record<string, number>> = { 'nic-a': 1000, 'nic-b': 0, 'nic-c': 1e9 };
    const tracked = hostWith({ a: 0.01, b: 0.05, c: 0 });
    expect(names(tracked, (id) => bytes[id])).toEqual(['b', 'a']);
  });

  it('say over how long they were watched: an hour, or what there is', () => {
    expect(vfCandidates(hostWith({ a: 0 }), 's').seconds).toBe(3600);
    expect(vfCandidates(hostWith({ a: 0 }, 900), 's')).toMatchObject({ seconds: 600, idle: [{ vm: 'a' }] });
    expect(vfCandidates(hostWith({ a: 0 }, 0), 's')).toEqual({ seconds: 60, idle: [] });
  });
});
