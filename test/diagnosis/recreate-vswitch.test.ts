import { describe, expect, it } from 'vitest';
import { diagnoseWith, guid, NIC, SWITCH, team, vm, vnic, WEB, type World } from '../support/hand-made/host.ts';

/** The plan as it is printed, with which nothing of the host is lost. */
const planOf = (change: (world: World) => void): string[] => {
  const { reason } = diagnoseWith((world) => {
    Object.assign(world.host.vswitches[0]!, { iovEnabled: false, allowManagementOs: false, extensions: [] });
    change(world);
  }).vnics.get(WEB)!;
  expect(reason?.id).toMatch(/^switch_(?:iov_off|on_lbfo_team)$/);
  expect(reason).not.toHaveProperty('command');
  return reason!.plan!.flatMap(({ text, command }, at) => [
    `${at + 1}. ${text}`,
    ...(command === undefined ? [] : [`   ${command}`]),
  ]);
};
const production = ({ host }: World) => host.vswitches[0]!;
const management = (world: World, n: number, name: string, settings: object = {}) =>
  world.host.vnics.push({
    ...vnic(guid(900 + n), '', name),
    vmId: undefined!,
    vmName: undefined!,
    kind: 'management_os',
    name,
    pathApplies: false,
    vlanMode: 'untagged',
    ...settings,
  });

describe('a vSwitch is recreated', () => {
  it('step by step where the management OS does not use it', () => {
    expect(planOf(() => undefined)).toEqual([
      '1. Drain the host: live-migrate its VMs to other hosts, or shut them down.',
      '2. Save the settings of the vSwitch. The current settings are: AllowManagementOS False; bandwidth mode not read; extensions on: none; off: none; vNICs of the management OS: none.',
      '   Get-VMSwitch | Export-Clixml -Path vswitches.xml',
      '3. Remove the vSwitch.',
      "   Remove-VMSwitch -Name 'Production'",
      '4. Create the vSwitch again with IOV.',
      "   New-VMSwitch -Name 'Production' -NetAdapterName 'SLOT 2 Port 1' -AllowManagementOS $false -EnableIov $true",
      '5. Connect the VMs that stayed on the host to the new vSwitch. A VM that was moved away finds the vSwitch by its name.',
      "   Connect-VMNetworkAdapter -VMName 'web07' -SwitchName 'Production'",
      '6. Move the VMs back, or start them.',
    ]);
  });

  it('with its team, its vNICs of the management OS, its extensions and its VMs, on a node of a cluster', () => {
    expect(
      planOf((world) => {
        team(world);
        Object.assign(production(world), {
          name: "Bob's switch",
          allowManagementOs: true,
          bandwidthMode: 'weight',
          loadBalancing: 'Dynamic',
          extensions: [
            { name: 'Capture', enabled: false },
            { name: 'Filter', enabled: true },
          ],
        });
        world.host.cluster = { name: 'HV01', state: 'up' };
        management(world, 1, "Bob's switch");
        management(world, 2, 'Migration', { vlanMode: 'access', vlan: 12 });
        management(world, 3, 'Storage', { vlanMode: 'trunk' });
        // A vNIC that is on another vSwitch, and a VM with two
        management(world, 4, 'Other', { vswitchId: guid(5) });
        world.host.vms.push(vm(guid(8), 'sql02'));
        for (const [n, name] of [
          [1, 'Front'],
          [2, 'Back'],
        ] as const)
          world.host.vnics.push({ ...vnic(guid(800 + n), guid(8), 'sql02'), name });
      }),
    ).toEqual([
      "1. Open a console that does not use Bob's switch (BMC, or keyboard and screen). AllowManagementOS is True, so the host itself loses this network during the change.",
      '2. Drain the host. Check first that the other nodes have room for its VMs and their VFs.',
      "   Suspend-ClusterNode -Name 'HV01' -Drain -Wait",
      "3. Save the settings of the vSwitch. The current settings are: AllowManagementOS True; bandwidth mode Weight; load balancing Dynamic; extensions on: Filter; off: Capture; vNICs of the management OS: Bob's switch (untagged), Migration (VLAN 12), Storage (trunk).",
      '   Get-VMSwitch | Export-Clixml -Path vswitches.xml',
      '4. Save the VLANs of the management OS.',
      '   Get-VMNetworkAdapterVlan -ManagementOS | Out-File -FilePath host-vlans.txt',
      '5. Save the IP addresses of the management OS.',
      '   Get-NetIPAddress | Format-Table -Property InterfaceAlias, IPAddress, PrefixLength, PrefixOrigin | Out-File -FilePath host-addresses.txt',
      '6. Save the gateways and DNS servers of the management OS.',
      '   Get-NetIPConfiguration -All -Detailed | Out-File -FilePath host-gateways.txt',
      '7. Remove the vSwitch. The host itself loses this network until its IP addresses are set again.',
      "   Remove-VMSwitch -Name 'Bob''s switch'",
      '8. Create the vSwitch again with IOV. With IOV, the bandwidth mode is None: minimum bandwidths of vNICs no longer apply. The first vNIC of the management OS is created with it and has the same name.',
      "   New-VMSwitch -Name 'Bob''s switch' -NetAdapterName 'SLOT 2 Port 1', 'SLOT 2 Port 2' -EnableEmbeddedTeaming $true -AllowManagementOS $true -EnableIov $true",
      '9. Restore the load balancing of the team.',
      "   Set-VMSwitchTeam -Name 'Bob''s switch' -LoadBalancingAlgorithm Dynamic",
      '10. Enable the extension Filter.',
      "   Enable-VMSwitchExtension -VMSwitchName 'Bob''s switch' -Name 'Filter'",
      '11. Add the vNIC Migration of the management OS.',
      "   Add-VMNetworkAdapter -ManagementOS -Name 'Migration' -SwitchName 'Bob''s switch'",
      '12. Set the VLAN of Migration.',
      "   Set-VMNetworkAdapterVlan -ManagementOS -VMNetworkAdapterName 'Migration' -Access -VlanId 12",
      '13. Add the vNIC Storage of the management OS.',
      "   Add-VMNetworkAdapter -ManagementOS -Name 'Storage' -SwitchName 'Bob''s switch'",
      '14. Set the VLANs of Storage as saved.',
      '15. Restore the IP addresses, gateways and DNS servers of the host as saved. Also restore settings that the exporter does not read: RDMA, jumbo frames, QoS policies. The MAC address of a vNIC may have changed: check DHCP reservations.',
      '16. Connect the VMs that stayed on the host to the new vSwitch. A VM that was moved away finds the vSwitch by its name.',
      "   Connect-VMNetworkAdapter -VMName 'web07' -SwitchName 'Bob''s switch'",
      '17. Connect a vNIC of a VM that has several vNICs.',
      "   Connect-VMNetworkAdapter -VMName 'sql02' -Name 'Back' -SwitchName 'Bob''s switch'",
      '18. Connect a vNIC of a VM that has several vNICs.',
      "   Connect-VMNetworkAdapter -VMName 'sql02' -Name 'Front' -SwitchName 'Bob''s switch'",
      '19. Resume the node, so that the VMs move back.',
      "   Resume-ClusterNode -Name 'HV01' -Failback Immediate",
    ]);
  });

  it('manually if a value was not read: no command contains an unknown value', () => {
    const plan = planOf((world) => {
      team(world);
      delete production(world).allowManagementOs;
      delete production(world).extensions;
      world.host.sources.delete('vm_network_adapter');
    });
    expect(
      plan.filter((line) => / [0-9]*New-|Set-VMSwitchTeam|Enable-VMSwitchExtension|-ManagementOS -/.test(line)),
    ).toEqual([]);
    expect(plan[0]).toBe(
      '1. Open a console that does not use Production (BMC, or keyboard and screen). AllowManagementOS was not read. If it is True, the host itself loses this network during the change.',
    );
    expect(plan).toContain('8. Create the vSwitch again with IOV and with AllowManagementOS as saved.');
    expect(plan).toContain('10. Enable and disable the extensions as saved.');
    expect(plan).toContain('11. Add the vNICs of the management OS and set their VLANs as saved.');
  });

  it('as a team of its own where it was on an LBFO team', () => {
    const plan = planOf((world) => {
      team(world);
      production(world).teaming = 'lbfo';
    });
    expect(plan.slice(5, 8)).toEqual([
      '4. Remove the LBFO team of the vSwitch (Remove-NetLbfoTeam). If the team has a port channel on the network switch, remove that too: a SET team must not have one.',
      '5. Create the vSwitch again with IOV.',
      "   New-VMSwitch -Name 'Production' -NetAdapterName 'SLOT 2 Port 1', 'SLOT 2 Port 2' -EnableEmbeddedTeaming $true -AllowManagementOS $false -EnableIov $true",
    ]);
  });

  it('renames the vNIC that comes with it where the old one had another name', () => {
    const plan = planOf((world) => {
      production(world).allowManagementOs = true;
      management(world, 1, 'Host');
    });
    expect(plan).toContain("   Rename-VMNetworkAdapter -ManagementOS -Name 'Production' -NewName 'Host'");
  });

  it.each<[string, (world: World) => void]>([
    ['its name is not plain', (world) => void (production(world).name = 'Prod\u202Euction*')],
    [
      'another vSwitch has its name',
      (world) => void world.host.vswitches.push({ ...production(world), id: guid(6), name: 'PRODUCTION' }),
    ],
  ])('is picked by its id, and made by hand, where %s', (_, change) => {
    const plan = planOf(change);
    expect(plan).toContain(`   Get-VMSwitch -Id '${SWITCH}' | Remove-VMSwitch`);
    expect(plan.join('\n')).toContain('The name of the vSwitch cannot be used in a command');
    expect(plan.filter((line) => /New-VMSwitch|Connect-/.test(line))).toEqual([]);
  });

  it('takes the descriptions of NICs whose names are patterns', () => {
    expect(planOf((world) => void (world.host.nics[0]!.friendlyName = '*'))).toContain(
      `   New-VMSwitch -Name 'Production' -NetAdapterInterfaceDescription '${NIC}' -AllowManagementOS $false -EnableIov $true`,
    );
  });

  it('stays short with very many VMs, and says how many it leaves out', () => {
    const plan = planOf((world) => {
      for (let n = 1; n <= 50; n += 1) {
        world.host.vms.push(vm(guid(2000 + n), `vm-${n}`));
        world.host.vnics.push(vnic(guid(3000 + n), guid(2000 + n), `vm-${n}`));
      }
    });
    expect(plan.length).toBeLessThan(20);
    expect(plan).toContain('6. Connect 11 more vNICs of VMs to the vSwitch.');
  });
});
