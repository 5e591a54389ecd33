import { describe, expect, it } from 'vitest';
import { add, diagnoseWith, guid, NIC, NIC_2, SWITCH, takes, team, WEB, WEB_VM } from '../support/hand-made/host.ts';

const capacityWith = (change?: Parameters<typeof diagnoseWith>[0]) => diagnoseWith(change).capacity;

describe('capacity', () => {
  it('says what is left of each pool and how many VFs still fit', () => {
    const capacity = capacityWith();
    expect(capacity.vswitches.get(SWITCH)).toEqual({
      vfsLeft: 52,
      vportsLeft: 52,
      queuePairsLeft: 108,
      vmqsLeft: 30,
      requested: 1,
      waiting: 1,
      queuePairsPerVf: 1,
      usable: 52,
      whatIf: { 1: 52, 2: 52, 4: 27 },
      byPath: { vf: 0, assigned: 0, synthetic: 1, not_requested: 0, unknown: 0 },
      oversubscribedBy: 0,
      unevenMembers: [],
      holders: [],
    });
    expect(capacity.nics.get(NIC)).toEqual({
      vfsLeft: 52,
      vportsLeft: 52,
      queuePairsLeft: 128,
      vmqsLeft: 31,
      holders: [],
    });
  });

  it('uses the largest number of queue pairs that a waiting vNIC asks for', () => {
    const of = (path: 'synthetic' | 'vf') =>
      capacityWith((world) => {
        add(world, 2, 'sql02', path).offload!.queuePairsRequested = 8;
      }).vswitches.get(SWITCH);
    expect(of('synthetic')).toMatchObject({ waiting: 2, queuePairsPerVf: 8, usable: 13 });
    expect(of('vf')).toMatchObject({ waiting: 1, queuePairsPerVf: 1, usable: 52 });
  });

  it('does not count a vNIC that settles as waiting, nor one whose path is unknown as one that wants', () => {
    expect(capacityWith(({ vnics }) => (vnics.get(WEB)!.settling = 'migration')).vswitches.get(SWITCH)).toMatchObject({
      requested: 1,
      waiting: 0,
    });
    expect(capacityWith((world) => takes(world, 'unknown')).vswitches.get(SWITCH)).toMatchObject({
      requested: 0,
      byPath: { synthetic: 0, unknown: 1 },
    });
    expect(capacityWith((world) => (world.expectVf = () => false)).vswitches.get(SWITCH)).toMatchObject({
      requested: 0,
      waiting: 0,
    });
  });

  it('omits values that depend on a missing value', () => {
    const its = capacityWith(({ host }) => delete host.nics[0]!.vportActive).vswitches.get(SWITCH);
    expect(its).toMatchObject({ vfsLeft: 52, vportsLeft: undefined, usable: undefined });
    expect(its?.whatIf).toEqual({ 1: undefined, 2: undefined, 4: undefined });
    expect(capacityWith(({ host }) => (host.vswitches[0]!.iovEnabled = false)).vswitches.get(SWITCH)).toMatchObject({
      vfsLeft: undefined,
      usable: undefined,
      oversubscribedBy: undefined,
    });
  });

  it('sums the members of a team and says in what they differ', () => {
    const its = capacityWith((world) => {
      team(world);
      Object.assign(world.host.nics[1]!, { vportActive: 60, vfLimit: 32, sriovEnabled: false });
    }).vswitches.get(SWITCH);
    expect(its).toMatchObject({ vportsLeft: 56, unevenMembers: ['sriov_enabled', 'vf_limit'] });
  });

  it('says who holds VFs and queues, and how many more are wanted than there are', () => {
    const capacity = capacityWith((world) => {
      team(world);
      Object.assign(world.host.vswitches[0]!, { vfLimit: 1, vfInUse: 1 });
      const sql = add(world, 2, 'sql02', 'vf');
      world.host.vfs.push({ nic: NIC_2, functionId: 3, vmId: guid(2), vmName: 'sql02', vnicId: sql.id, vportIds: [5] });
      world.host.vports.push({ nic: NIC_2, vportId: 5, functionId: 3, queuePairs: 2 });
      world.host.vmQueues.push(
        { nic: NIC, queueId: 0 },
        { nic: NIC, queueId: 1, vmId: WEB_VM, vmName: 'web07', vnicId: WEB },
      );
    });
    const holders = [
      { pool: 'vmq', nic: NIC, id: 1, vmId: WEB_VM, vmName: 'web07', vnicId: WEB },
      { pool: 'vf', nic: NIC_2, id: 3, vmId: guid(2), vmName: 'sql02', vnicId: guid(102), queuePairs: 2 },
    ];
    expect(capacity.vswitches.get(SWITCH)).toMatchObject({ requested: 2, oversubscribedBy: 1, holders });
    expect(capacity.nics.get(NIC_2)).toMatchObject({ queuePairsLeft: 126, holders: [holders[1]] });
    expect(capacity.nics.get(NIC)).toMatchObject({ vmqsLeft: 29 });
  });
});
