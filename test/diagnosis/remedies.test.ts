import { describe, expect, it } from 'vitest';
import { nicCommand, vnicCommand } from '../../src/diagnosis/commands.ts';
import { namesOf } from '../../src/diagnosis/names.ts';
import { type Command, printCommand, printStep } from '../../src/diagnosis/powershell.ts';
import { reasonById } from '../../src/diagnosis/reasons.ts';
import {
  add,
  diagnoseWith,
  diagnoseWorld,
  NIC,
  ordinary,
  starved,
  WEB,
  WEB_VM,
  type World,
} from '../support/hand-made/host.ts';

const reasonWith = (change: (world: World) => unknown) => {
  const world = ordinary();
  change(world);
  return diagnoseWorld(world).vnics.get(WEB)?.reason;
};

describe('remedies', () => {
  it('enable SR-IOV on the NIC where it is disabled, and say what that interrupts', () => {
    const reason = reasonWith(({ host }) => (host.nics[0]!.sriovEnabled = false));
    expect(reason).toEqual({
      id: 'nic_sriov_disabled',
      severity: 'warning',
      detail: 'SR-IOV is disabled on Intel(R) Ethernet Server Adapter X520-2.',
      command: "Enable-NetAdapterSriov -Name 'SLOT 2 Port 1'",
    });
    expect(reasonById('nic_sriov_disabled')?.impact).toEqual({
      class: 'nic_or_vswitch',
      detail: 'The NIC restarts: its vNICs lose the network for some seconds. Drain the host first.',
    });
  });

  it('raise the number of VFs where the hardware has more', () => {
    const reason = reasonWith(({ host }) => {
      Object.assign(host.vswitches[0]!, { vfLimit: 32, vfInUse: 32 });
      host.nics[0]!.vfLimit = 32;
    });
    expect(reason).toMatchObject({
      id: 'vf_pool_exhausted',
      detail: 'web07 (Network Adapter) needs a VF, but none is left; pool of Production: 32 of 32 VFs in use.',
      command: "Set-NetAdapterSriov -Name 'SLOT 2 Port 1' -NumVFs 62",
    });
  });

  it('name what the host says of itself, and mark what is inferred from the NICs', () => {
    const german = 'Auf diesem System kann SR-IOV nicht verwendet werden.';
    const says = (texts: readonly string[], nic?: 'missing_acs') =>
      reasonWith(({ host }) => {
        Object.assign(host.platform, { iovSupported: false, iovReasons: texts });
        if (nic) host.nics[0]!.sriovSupport = nic;
      });
    expect(says([german], 'missing_acs')).toMatchObject({
      id: 'host_acs_missing',
      detail: `Inferred from SriovSupport of the NICs (missing_acs), because the text of Get-VMHost is not recognised: ${german}`,
    });
    expect(says([german])).toMatchObject({ id: 'host_iov_unsupported_other', detail: `Get-VMHost: ${german}` });
  });

  it('list everything that the host reports, but nothing below the host if it is itself a VM', () => {
    const texts = [
      'the BIOS must be updated to allow Windows to control PCI Express.',
      'no Access Control Services (ACS) at any root port.',
    ];
    const nested = (isVirtualMachine: boolean) =>
      diagnoseWith(({ host }) => {
        Object.assign(host.platform, { iovSupported: false, iovReasons: texts, isVirtualMachine });
        host.nics[0]!.sriovSupport = 'missing_acs';
      });
    expect(nested(false).hostBlockers).toEqual(['host_bios_keeps_pcie', 'host_acs_missing']);
    expect(nested(false).nics.get(NIC)?.blockers).toEqual(['nic_missing_acs']);
    expect(nested(true).hostBlockers).toEqual(['host_is_virtual_machine']);
    expect(nested(true).nics.get(NIC)?.blockers).toEqual([]);
  });

  it('say what could not be evaluated', () => {
    expect(reasonWith(({ host }) => delete host.nics[0]!.sriovSupport)?.detail).toBe(
      'web07 (Network Adapter) has no VF. The cause could not be determined. Could not be evaluated: nic_missing_acs, nic_missing_pf_driver, nic_no_bus_resources and 4 more.',
    );
    expect(
      reasonWith(({ host }) => {
        delete host.vswitches[0]!.type;
        host.vswitches[0]!.vfInUse = 62;
      }),
    ).toMatchObject({
      id: 'vf_pool_exhausted',
      detail: expect.stringMatching(/ Could not be evaluated: switch_not_external\.$/) as string,
    });
  });

  it('use GUIDs where a name means more than one vNIC', () => {
    const reason = reasonWith((world) => {
      const twin = add(world, 2, 'web07');
      Object.assign(twin, { vmId: WEB_VM, name: 'Network Adapter' });
      world.host.vswitches[0]!.queuePairInUse = 127;
      world.host.vnics[0]!.offload!.queuePairsRequested = 4;
    });
    expect(reason?.command).toBe(
      `Get-VM -Id '${WEB_VM}' | Get-VMNetworkAdapter | Where-Object Id -Like '*${WEB}' | Set-VMNetworkAdapter -IovQueuePairsRequested 1`,
    );
  });
});

describe('commands', () => {
  const { nics, vnics } = ordinary().host;
  const names = namesOf(ordinary().host);
  const line = (command: Command | undefined) => command && printCommand(command);
  const nicNamed = (friendlyName: string, description: string = NIC) => {
    const world = ordinary();
    world.host.nics = [{ ...nics[0]!, friendlyName, description }];
    return line(
      nicCommand({ nic: world.host.nics[0]!, names: namesOf(world.host) }, 'Set-NetAdapterSriov', { NumVFs: 8 }),
    );
  };
  const found = (description: string) =>
    `Get-NetAdapterSriov | Where-Object InterfaceDescription -EQ '${description}' | Set-NetAdapterSriov -NumVFs 8`;

  it.each([
    ['SLOT 2 Port 1', "Set-NetAdapterSriov -Name 'SLOT 2 Port 1' -NumVFs 8"],
    ["it's", "Set-NetAdapterSriov -Name 'it''s' -NumVFs 8"],
    ['$(Stop-Computer)', "Set-NetAdapterSriov -Name '$(Stop-Computer)' -NumVFs 8"],
    ['Сеть 第二', "Set-NetAdapterSriov -Name 'Сеть 第二' -NumVFs 8"],
    ['*', found(NIC)],
    ['Port [1]', found(NIC)],
    ['\u2019; Stop-Computer #', found(NIC)],
    ['a\nb', found(NIC)],
    ['abc\u202Egpj', found(NIC)],
    ['a\u200bb', found(NIC)],
    ['🦆', found(NIC)],
    ['', found(NIC)],
  ])('hold a name where it is plain: %j', (name, expected) => {
    expect(nicNamed(name)).toBe(expected);
  });

  it('are not made if no name of the object is free of special characters', () => {
    expect(nicNamed('*', 'X520 \u202E2')).toBeUndefined();
    expect(nicNamed('*', "[X520] it's *")).toBe(found("[X520] it''s *"));
  });

  it.each<[string, (world: World) => unknown]>([
    ['an equal one', (world) => void add(world, 2, 'web07')],
    ['one of other case', (world) => void add(world, 2, 'WEB07')],
    ['one that looks the same', (world) => void add(world, 2, 'web\u200b07')],
    ['one in wide letters', (world) => void add(world, 2, '\uff57eb07')],
    ['a second vNIC of the name', (world) => void Object.assign(add(world, 2, 'web07'), { vmId: WEB_VM })],
    ['VMs that could not be read', ({ host }) => void (host.sources.get('vm')!.status = 'partial')],
  ])('pick a vNIC by its ids beside %s', (_, change) => {
    const world = ordinary();
    change(world);
    const facts = { vnic: world.host.vnics[0]!, names: namesOf(world.host) };
    expect(line(vnicCommand(facts, 'Set-VMNetworkAdapter', { IovWeight: 0 }))).toBe(
      `Get-VM -Id '${WEB_VM}' | Get-VMNetworkAdapter | Where-Object Id -Like '*${WEB}' | Set-VMNetworkAdapter -IovWeight 0`,
    );
  });

  it('are not made for an id that is no GUID', () => {
    const odd = { ...vnics[0]!, name: '*', id: '*' };
    expect(vnicCommand({ vnic: odd, names }, 'Set-VMNetworkAdapter', { IovWeight: 0 })).toBeUndefined();
  });
});

describe('VM queue advice', () => {
  it('names both VMs and the commands', () => {
    const world = ordinary();
    starved(world);
    const { vmqAdvice } = diagnoseWorld(world);
    expect(vmqAdvice).toHaveLength(1);
    expect(vmqAdvice[0]).toMatchObject({
      holder: { vm: 'web07', receivePacketsPerSecond: 12 },
      starved: { vm: 'sql02', receivePacketsPerSecond: 90_000 },
      text:
        'web07 (Network Adapter) has a VM queue of Production and received 12 packets/s over 24 hours; sql02 (Network Adapter) received 90000 packets/s and has no queue. ' +
        'Queues are assigned first come, first served, and are meant for VMs with heavy inbound traffic.',
    });
    expect(vmqAdvice[0]!.plan.map(printStep)).toEqual([
      {
        text: 'Free the VM queue of web07 (Network Adapter).',
        command: "Set-VMNetworkAdapter -VMName 'web07' -Name 'Network Adapter' -VmqWeight 0",
      },
      {
        text: 'Request a VM queue for sql02 (Network Adapter).',
        command: "Set-VMNetworkAdapter -VMName 'sql02' -Name 'Network Adapter' -VmqWeight 100",
      },
    ]);
  });

  it.each<[string, (world: World) => unknown]>([
    ['the vSwitch has IOV', ({ host }) => (host.vswitches[0]!.iovEnabled = true)],
    ['VMQ is disabled on the NIC', ({ host }) => (host.nics[0]!.vmq!.enabled = false)],
    ['the holder is on its VF', ({ vnics }) => (vnics.get(WEB)!.path = 'vf')],
    ['a queue is left', ({ host }) => (host.vswitches[0]!.vmqAllocated = 30)],
    ["the holder's rate is not known", ({ rates }) => rates.delete(WEB)],
    ['the other is not busy', ({ host, rates }) => rates.set(host.vnics[1]!.id, 900)],
  ])('gives none where %s', (_, change) => {
    const world = ordinary();
    starved(world);
    change(world);
    expect(diagnoseWorld(world).vmqAdvice).toEqual([]);
  });
});
