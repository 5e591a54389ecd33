import { describe, expect, it } from 'vitest';
import { nicCommand, quote, vnicCommand } from '../../src/diagnosis/powershell.ts';
import { reasonById } from '../../src/diagnosis/reasons.ts';
import { add, diagnoseWith, diagnoseWorld, NIC, ordinary, starved, team, WEB, WEB_VM, type World } from './support.ts';

const reasonWith = (change: (world: World) => unknown) => {
  const world = ordinary();
  change(world);
  return diagnoseWorld(world).vnics.get(WEB)?.reason;
};

describe('remedies', () => {
  it('enable SR-IOV on the NIC that has it off, and say what that interrupts', () => {
    const reason = reasonWith(({ host }) => (host.nics[0]!.sriovEnabled = false));
    expect(reason).toEqual({
      id: 'nic_sriov_disabled',
      severity: 'warning',
      detail: 'SR-IOV is off on Intel(R) Ethernet Server Adapter X520-2.',
      command: "Enable-NetAdapterSriov -Name 'SLOT 2 Port 1'",
    });
    expect(reasonById('nic_sriov_disabled')?.impact).toEqual({
      class: 'nic_or_vswitch',
      detail: 'The NIC restarts: its vNICs lose the network for some seconds.',
    });
  });

  it('recreate a vSwitch of a SET team with all its members', () => {
    const reason = reasonWith((world) => {
      team(world);
      Object.assign(world.host.vswitches[0]!, { iovEnabled: false, name: "Bob's switch" });
    });
    expect(reason?.command).toBe(
      "Remove-VMSwitch -Name 'Bob''s switch'; New-VMSwitch -Name 'Bob''s switch' -NetAdapterName 'SLOT 2 Port 1', 'SLOT 2 Port 2' -EnableEmbeddedTeaming $true -EnableIov $true",
    );
    expect(reasonById('switch_iov_off')?.impact).toMatchObject({ class: 'nic_or_vswitch' });
  });

  it('raise the number of VFs where the hardware has more', () => {
    const reason = reasonWith(({ host }) => {
      Object.assign(host.vswitches[0]!, { vfLimit: 32, vfInUse: 32 });
      host.nics[0]!.vfLimit = 32;
    });
    expect(reason).toMatchObject({
      id: 'vf_pool_exhausted',
      detail: 'web07 (Network Adapter) found no VF left; pool of Production: 32 of 32 VFs in use.',
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
      detail: `Inferred from SriovSupport of the NICs (missing_acs), as Get-VMHost's text is not recognised: ${german}`,
    });
    expect(says([german])).toMatchObject({ id: 'host_iov_unsupported_other', detail: `Get-VMHost: ${german}` });
  });

  it('tell of all that the host says, and of nothing below where it is itself a VM', () => {
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

  it('say what could not be judged', () => {
    expect(reasonWith(({ host }) => delete host.nics[0]!.sriovSupport)?.detail).toBe(
      'web07 (Network Adapter) has no VF; why could not be told. Could not be judged: nic_missing_acs, nic_missing_pf_driver, nic_no_bus_resources and 4 more.',
    );
    expect(
      reasonWith(({ host }) => {
        delete host.platform.productType;
        host.vswitches[0]!.vfInUse = 62;
      }),
    ).toMatchObject({
      id: 'vf_pool_exhausted',
      detail: expect.stringMatching(/ Could not be judged: host_client_edition\.$/) as string,
    });
  });

  it('use GUIDs where a name means more than one vNIC', () => {
    const reason = reasonWith((world) => {
      const twin = add(world, 2, 'web07');
      Object.assign(twin, { vmId: WEB_VM, name: 'Network Adapter' });
      world.host.vswitches[0]!.queuePairInUse = 128;
    });
    expect(reason?.command).toBe(
      `Get-VM -Id '${WEB_VM}' | Get-VMNetworkAdapter | Where-Object Id -like '*${WEB}' | Set-VMNetworkAdapter -IovQueuePairsRequested 1`,
    );
  });
});

describe('PowerShell text', () => {
  it.each([
    ['SLOT 2 Port 1', "'SLOT 2 Port 1'"],
    ["it's", "'it''s'"],
    ['\u2019; Stop-Computer #', "'\u2019\u2019; Stop-Computer #'"],
    ['$(Stop-Computer)', "'$(Stop-Computer)'"],
    ['a\nb', "('a' + [char]10 + 'b')"],
    ['abc\u202Egpj', "('abc' + [char]8238 + 'gpj')"],
    ['🦆', "'🦆'"],
  ])('%j is %s', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });

  it('does not let a name be a pattern', () => {
    const { nics, vnics } = ordinary().host;
    expect(nicCommand('Enable', 'NetAdapterVmq', { ...nics[0]!, friendlyName: 'Port [1]' })).toBe(
      `Get-NetAdapterVmq | Where-Object InterfaceDescription -eq '${NIC}' | Enable-NetAdapterVmq`,
    );
    expect(vnicCommand({ ...vnics[0]!, vmName: 'web*' }, false, 'Set', '-IovWeight 0')).toMatch(/^Get-VM -Id '/);
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
        'web07 (Network Adapter) holds a VM queue of Production and received 12 packets/s over 24 hours; sql02 (Network Adapter) received 90000 and has none. ' +
        'Queues go to whoever comes first and are meant for VMs with heavy inbound traffic.',
      commands: [
        "Set-VMNetworkAdapter -VMName 'web07' -Name 'Network Adapter' -VmqWeight 0",
        "Set-VMNetworkAdapter -VMName 'sql02' -Name 'Network Adapter' -VmqWeight 100",
      ],
    });
  });

  it.each<[string, (world: World) => unknown]>([
    ['the vSwitch has IOV', ({ host }) => (host.vswitches[0]!.iovEnabled = true)],
    ['VMQ is off on the NIC', ({ host }) => (host.nics[0]!.vmq!.enabled = false)],
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
