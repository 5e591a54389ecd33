import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { windows } from '../../src/document/enumerations.ts';
import { RecordedHost } from '../support/recorded-host.ts';

/*
 * Hosts of public reports (test/fixtures/cases/README.md), each with neighbours on which its rule must not fire. `said`
 * is all that the metrics say of a host, so nothing false stands beside what is right.
 */
const WEAK = '03-iov-enable-override-text';
const WITHOUT_IOV = '06-x550-vswitch-without-iov';
const LBFO = '14-lbfo-sum-queues-overlap';
const DISABLED = '17-nic-left-disabled';
const NO_VFS = '26-second-port-has-no-vfs';
const BIOS = '34-twelve-vms-behind-one-bios-fault';

it('has a test for each recording', () => {
  const files = readdirSync(join(import.meta.dirname, '../fixtures/cases')).filter((name) => name.endsWith('.gz'));
  expect(files).toEqual([WEAK, WITHOUT_IOV, LBFO, DISABLED, NO_VFS, BIOS].map((name) => `${name}.json.gz`));
});

describe('weak I/O remapping hardware', () => {
  it('is a reason of its own that names the override and its risk', async () => {
    const host = new RecordedHost(WEAK);
    expect(await host.said()).toEqual([
      'host host_remapping_insecure',
      'host host_remapping_insecure',
      'nic Ethernet 2 nic_no_iommu',
      'vnic lab-02 host_remapping_insecure',
    ]);
    const { troubles } = await host.explained();
    expect(troubles).toMatchObject([
      {
        id: 'host_remapping_insecure',
        severity: 'warning',
        details: [expect.stringContaining('"IovEnableOverride" registry key')],
        commands: [],
      },
    ]);
    expect(troubles[0]?.meaning).toMatch(/IovEnableOverride accepts that risk/);
    expect(troubles[0]?.remedy).toMatch(/firmware update .* IovEnableOverride only if every VM .* is trusted/);
    expect(await host.alerts()).toEqual(['3 SriovHostIovUnsupported', '11 SriovVfFallback']);
  });

  const withText = (text: string, culture: string | null = 'en-US') =>
    new RecordedHost(WEAK, ({ documents, row }) => {
      row('vm_host')['iovSupportReasons'] = [text];
      for (const { powershell } of documents) if (powershell) powershell.culture = culture ?? undefined;
    });

  it('keeps an unknown text as it is, and infers no cause from the NICs', async () => {
    const host = withText('SR-IOV is not available on this system at this time.');
    expect(await host.said()).toContain('vnic lab-02 host_iov_unsupported_other');
    const { troubles } = await host.explained();
    expect(troubles).toMatchObject([
      {
        id: 'host_iov_unsupported_other',
        details: ['Get-VMHost: SR-IOV is not available on this system at this time.'],
      },
    ]);
    expect(`${troubles[0]?.meaning} ${troubles[0]?.remedy}`).not.toMatch(/VT-d|AMD-Vi|BIOS|inferred/i);
  });

  it('infers the cause from the NICs where Windows speaks another language, or a recording does not say which', async () => {
    const text = 'Auf diesem System kann SR-IOV nicht verwendet werden.';
    for (const culture of ['de-DE', 'ja-JP', null]) {
      const host = withText(text, culture);
      const { troubles } = await host.explained();
      expect(troubles).toMatchObject([
        { id: 'host_io_virtualization_off', details: [expect.stringMatching(/^Inferred from SriovSupport/)] },
      ]);
    }
    expect((await withText(text, 'en-GB').explained()).troubles[0]?.id).toBe('host_iov_unsupported_other');
  });

  it('is known in any language by the name of the registry value', async () => {
    const host = withText('Setzen Sie den Registrierungsschlüssel "IovEnableOverride" auf 1.', 'de-DE');
    expect(await host.said()).toContain('vnic lab-02 host_remapping_insecure');
  });

  it('is distinguished from a fault of the chipset', async () => {
    const host = withText('SR-IOV cannot be used, as interrupt remapping of this chipset has errata.');
    expect(await host.said()).toEqual([
      'host host_chipset_errata',
      'host host_chipset_errata',
      'nic Ethernet 2 nic_no_iommu',
      'vnic lab-02 host_chipset_errata',
    ]);
  });

  it('shows an unknown text beside a known one', async () => {
    const host = new RecordedHost(WEAK, ({ row }) => {
      row('vm_host')['iovSupportReasons'] = [
        'The chipset on the system does not do DMA remapping, without which SR-IOV cannot be supported.',
        'Something else is wrong.',
      ];
    });
    const { troubles } = await host.explained();
    expect(troubles.map(({ id, details }) => [id, details[0]?.slice(0, 40)])).toEqual([
      ['host_no_dma_remapping', 'Get-VMHost: The chipset on the system do'],
      ['host_iov_unsupported_other', 'Get-VMHost: Something else is wrong.'],
    ]);
  });

  it('is the same in an anonymised recording, which keeps what Windows says', async () => {
    const host = new RecordedHost(WEAK).anonymised();
    const { troubles } = await host.explained();
    expect(troubles).toMatchObject([
      {
        id: 'host_remapping_insecure',
        details: [
          expect.stringMatching(
            /"IovEnableOverride" registry key .* under HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization and/,
          ),
        ],
      },
    ]);
    expect(JSON.stringify(await host.explained())).not.toMatch(/lab-02|vSwitch-IOV/);
    const unknown = withText('The policy "SriovAllowed" of \\lab-02\\vSwitch-IOV forbids SR-IOV.').anonymised();
    expect((await unknown.explained()).troubles[0]?.details[0]).toMatch(
      /^Get-VMHost: The policy "SriovAllowed" of \\vm-[0-9a-f]+\\vswitch-[0-9a-f]+ forbids SR-IOV\.$/,
    );
  });

  it('is no reason once the override works', async () => {
    const host = new RecordedHost(WEAK, ({ row }) => {
      Object.assign(row('vm_host'), { iovSupport: true, iovSupportReasons: [] });
      Object.assign(row('vm_switch'), { iovSupport: true, iovSupportReasons: [], iovVirtualFunctionCount: 62 });
      row('net_adapter_sriov')['sriovSupport'] = windows.SriovSupport.Supported;
      row('registry')['iovEnableOverride'] = 1;
    });
    expect(await host.said()).toEqual(['host host_iov_override_set', 'vnic lab-02 vf_absent_unexplained']);
  });
});

describe('a vSwitch without IOV', () => {
  it('is the reason, and the management OS is not judged', async () => {
    const host = new RecordedHost(WITHOUT_IOV);
    expect(await host.said()).toEqual(['vnic dut-1 switch_iov_off', 'vswitch managementvSwitch switch_iov_off']);
    const { troubles, vnics } = await host.explained();
    expect(troubles).toMatchObject([
      { id: 'switch_iov_off', details: ['vSwitch managementvSwitch was created without IOV.'] },
    ]);
    expect(vnics.map(({ vm, status }) => [vm, status])).toEqual([
      ['dut-1', 'fallback'],
      ['Management OS', 'not_applicable'],
    ]);
    expect((await host.alerts()).map((alert) => alert.replace(/^\d+ /, '')).sort()).toEqual([
      'SriovVfFallback',
      'SriovVswitchNotIov',
    ]);
  });

  it('is recreated by a plan that keeps the own port of the host, and says that the host loses this network', async () => {
    const { out } = await new RecordedHost(WITHOUT_IOV).run('explain');
    expect(out).toMatch(/1\. .*AllowManagementOS is True, so the host itself loses this network during the change\./);
    expect(out).toMatch(/Save the settings .*vNICs of the management OS: managementvSwitch/);
    expect(out).toContain(
      "New-VMSwitch -Name 'managementvSwitch' -NetAdapterName 'Ethernet 2' -AllowManagementOS $true -EnableIov $true\n",
    );
    const other = await new RecordedHost(WITHOUT_IOV, ({ row, rows }) => {
      row('vm_switch')['allowManagementOS'] = false;
      rows('vm_network_adapter').shift();
    }).run('explain');
    expect(other.out).toContain(
      "New-VMSwitch -Name 'managementvSwitch' -NetAdapterName 'Ethernet 2' -AllowManagementOS $false -EnableIov $true\n",
    );
    expect(other.out).not.toMatch(/host itself loses/);
  });

  it('is no reason where it has IOV', async () => {
    const host = new RecordedHost(WITHOUT_IOV, ({ row }) =>
      Object.assign(row('vm_switch'), { iovEnabled: true, iovVirtualFunctionCount: 62 }),
    );
    expect(await host.said()).toEqual(['vnic dut-1 vf_absent_unexplained']);
  });

  it('never calls a vNIC that is not judged "Not running" while its VM runs', async () => {
    const { out } = await new RecordedHost(WITHOUT_IOV).run('explain');
    expect(out).toMatch(/^Management OS +managementvSwitch +Not applicable +management_os_vnic$/m);
    const statusWith = async (change: Record<string, unknown>, vm: Record<string, unknown> = {}) => {
      const host = new RecordedHost(WITHOUT_IOV, ({ rows, row }) => {
        Object.assign(rows('vm_network_adapter')[1]!, change);
        Object.assign(row('vm'), vm);
      });
      return (await host.explained()).vnics.find((vnic) => vnic.vm === 'dut-1')?.status;
    };
    expect(await statusWith({ isLegacy: true })).toBe('not_applicable');
    expect(await statusWith({ connected: false })).toBe('not_applicable');
    expect(await statusWith({}, { state: windows.VMState.Off })).toBe('inactive');
  });
});

describe('an LBFO team', () => {
  const lbfo = (change: ConstructorParameters<typeof RecordedHost>[1]) => new RecordedHost(LBFO, change);
  const BLOCKED = new Set([
    'nic NIC1 nic_without_sriov',
    'nic NIC2 nic_without_sriov',
    'vswitch Production Logical Switch switch_iov_off',
    'vswitch Production Logical Switch switch_on_lbfo_team',
  ]);
  const SETS = 'vswitch Production Logical Switch vmq_team_processor_sets';
  const wrong = async (host: RecordedHost) => (await host.said()).filter((one) => !BLOCKED.has(one));

  it('in sum-of-queues mode needs separate processors for each member, and names them', async () => {
    const host = new RecordedHost(LBFO);
    expect(await wrong(host)).toEqual([SETS]);
    const { troubles } = await host.explained();
    expect(troubles).toMatchObject([
      {
        id: 'vmq_team_processor_sets',
        severity: 'warning',
        details: ['Members of Production Logical Switch share processors for VM queues: NIC1 2 to 16, NIC2 2 to 16.'],
        commands: [],
      },
    ]);
    expect(JSON.stringify(troubles)).not.toContain('Team-Prod');
    expect(await host.alerts()).toEqual([]);
  });

  it('has no finding if the members’ processors do not overlap', async () => {
    expect(await wrong(lbfo(({ rows }) => (rows('net_adapter_vmq')[2]!['baseProcessorNumber'] = 18)))).toEqual([]);
    expect(
      await wrong(
        lbfo(({ rows }) => {
          const [, one, other] = rows('net_adapter_vmq');
          Object.assign(one!, { maxProcessors: 7, maxProcessorNumber: 0 });
          Object.assign(other!, { baseProcessorNumber: 16, maxProcessorNumber: 0 });
        }),
      ),
    ).toEqual([]);
    expect(await wrong(lbfo(({ rows }) => (rows('net_adapter_vmq')[2]!['baseProcessorGroup'] = 1)))).toEqual([]);
  });

  const { Lacp, Static, SwitchIndependent } = windows.LbfoTeamingMode;
  const { Dynamic, HyperVPort, TransportPorts } = windows.LbfoLoadBalancingAlgorithm;
  it.each([
    ['LACP', { teamingMode: Lacp, loadBalancingAlgorithm: Dynamic }],
    ['static', { teamingMode: Static, loadBalancingAlgorithm: HyperVPort }],
    ['an address hash', { teamingMode: SwitchIndependent, loadBalancingAlgorithm: TransportPorts }],
  ])('with %s is in min-queues mode, which wants the same processors', async (_, mode) => {
    expect(await wrong(lbfo(({ row }) => Object.assign(row('net_lbfo_team'), mode)))).toEqual([]);
    const apart = lbfo(({ row, rows }) => {
      Object.assign(row('net_lbfo_team'), mode);
      rows('net_adapter_vmq')[2]!['baseProcessorNumber'] = 18;
    });
    expect(await wrong(apart)).toEqual([SETS]);
    expect((await apart.explained()).troubles[0]?.details).toEqual([
      'Members of Production Logical Switch use different processors for VM queues. In min-queues mode they must be the same: NIC1 2 to 16, NIC2 18 to 30.',
    ]);
  });

  it('is not judged where its mode or its members are not known', async () => {
    expect(await wrong(lbfo(({ row }) => delete row('net_lbfo_team')['teamingMode']))).toEqual([]);
    expect(await wrong(lbfo(({ row }) => (row('net_lbfo_team')['members'] = ['NIC1', 'NIC3'])))).toEqual([]);
    expect(await wrong(lbfo(({ rows }) => rows('net_lbfo_team').pop()))).toEqual([]);
  });

  const exhausted = (change: ConstructorParameters<typeof RecordedHost>[1] = () => undefined) =>
    lbfo((recording) => {
      recording.rows('net_adapter_vmq')[2]!['baseProcessorNumber'] = 18;
      recording.row('vm_switch')['numberVmqAllocated'] = 62;
      recording.rows('vm_network_adapter')[2]!['vmqUsage'] = 0;
      change(recording);
    });

  it('runs out of VM queues by its members', async () => {
    const host = exhausted();
    expect(await wrong(host)).toEqual(['vswitch Production Logical Switch vmq_exhausted']);
    expect((await host.explained()).troubles[0]?.details).toEqual([
      '62 of 62 VM queues of Production Logical Switch are in use (NICs: NIC1, NIC2).',
    ]);
    // Without VMQ of the team's own interface all the same
    expect(await wrong(exhausted(({ rows }) => rows('net_adapter_vmq').shift()))).toEqual([
      'vswitch Production Logical Switch vmq_exhausted',
    ]);
  });

  it('does not run out of VM queues where a member has VMQ off, which is what is wrong then', async () => {
    const host = exhausted(({ rows }) => (rows('net_adapter_vmq')[1]!['enabled'] = false));
    expect(await wrong(host)).toEqual(['nic NIC1 vmq_disabled_fast_nic']);
    expect((await host.explained()).troubles[0]?.commands).toEqual(["Enable-NetAdapterVmq -Name 'NIC1'"]);
  });

  it('has its base processor looked at on the members', async () => {
    const host = lbfo(({ rows }) => {
      const [, one, other] = rows('net_adapter_vmq');
      Object.assign(one!, { baseProcessorNumber: 0, maxProcessors: 4 });
      other!['baseProcessorNumber'] = 18;
    });
    expect(await wrong(host)).toEqual(['nic NIC1 vmq_base_cpu0']);
    expect((await host.explained()).troubles[0]?.commands).toEqual([
      "Set-NetAdapterVmq -Name 'NIC1' -BaseProcessorNumber 2",
    ]);
  });

  it('has its speed looked at on the members', async () => {
    const host = lbfo(({ rows }) => {
      for (const member of rows('net_adapter').slice(1)) member['receiveLinkSpeed'] = '1000000000';
      rows('net_adapter')[0]!['receiveLinkSpeed'] = '2000000000';
      rows('net_adapter_vmq')[2]!['baseProcessorNumber'] = 18;
    });
    expect(await wrong(host)).toEqual(['nic NIC1 vmq_on_slow_nic', 'nic NIC2 vmq_on_slow_nic']);
  });
});

describe('a disabled NIC', () => {
  it('has the remedy to enable it, and no advice on the cable', async () => {
    const host = new RecordedHost(DISABLED);
    expect(await host.said()).toEqual(['nic Ethernet 2 nic_disabled', 'vnic ubuntu-1804 nic_disabled']);
    const { troubles } = await host.explained();
    expect(troubles).toMatchObject([
      {
        id: 'nic_disabled',
        severity: 'warning',
        details: ['Intel(R) Ethernet Controller X550 is disabled in Windows.'],
        commands: ["Enable-NetAdapter -Name 'Ethernet 2'"],
      },
    ]);
    expect(JSON.stringify(troubles)).not.toMatch(/cable/i);
    expect(await host.alerts()).toEqual(['11 SriovVfFallback']);
  });

  it('is distinguished from one without a link and from one whose recording does not say', async () => {
    for (const change of [{ interfaceAdminStatus: windows.IfAdminStatus.UP }, { interfaceAdminStatus: undefined }]) {
      const host = new RecordedHost(DISABLED, ({ row }) => Object.assign(row('net_adapter'), change));
      expect(await host.said()).toContain('vnic ubuntu-1804 nic_down');
      const { troubles } = await host.explained();
      expect(troubles[0]?.remedy).toMatch(/^Check the cable/);
      expect(JSON.stringify(troubles)).not.toContain('Enable-NetAdapter ');
    }
  });

  it('is distinguished from one that is missing', async () => {
    const host = new RecordedHost(
      DISABLED,
      ({ row }) => (row('net_adapter')['interfaceOperationalStatus'] = windows.IfOperStatus.NotPresent),
    );
    expect(await host.said()).toContain('vnic ubuntu-1804 nic_not_present');
  });

  it('is no reason where it is not a member of the vSwitch', async () => {
    const host = new RecordedHost(DISABLED, ({ row, rows }) => {
      const spare = { ...row('net_adapter'), name: 'Spare', interfaceDescription: 'Spare NIC' };
      rows('net_adapter').push({ ...spare, interfaceGuid: '{11111111-2222-3333-4444-555555555555}' });
      Object.assign(row('net_adapter'), {
        interfaceOperationalStatus: windows.IfOperStatus.Up,
        interfaceAdminStatus: windows.IfAdminStatus.UP,
      });
    });
    expect((await host.said()).filter((one) => one.includes('disabled'))).toEqual([]);
  });
});

describe('a NIC whose firmware gives a port no VFs', () => {
  const port = (change: Record<string, unknown>) =>
    new RecordedHost(NO_VFS, ({ rows }) => Object.assign(rows('net_adapter_sriov')[1]!, change));
  const trouble = async (host: RecordedHost, id: string) =>
    (await host.explained()).troubles.find((one) => one.id === id);

  it('needs its firmware, and no number of VFs is set', async () => {
    const host = new RecordedHost(NO_VFS);
    expect(await host.said()).toEqual(['nic Port 2 nic_zero_vfs', 'vnic vm1 nic_zero_vfs']);
    const { troubles } = await host.explained();
    expect(troubles).toMatchObject([
      {
        id: 'nic_zero_vfs',
        details: [
          'The hardware limit (MaxNumVFs) of Mellanox ConnectX-3 Pro Ethernet Adapter #2 is 0: its firmware provides no VFs for this port.',
        ],
        commands: [],
      },
    ]);
    expect(troubles[0]?.remedy).toMatch(/^If MaxNumVFs is 0, .*firmware.*port mode/);
    expect(JSON.stringify(await host.explained())).not.toMatch(/-NumVFs/);
    expect(await host.alerts()).toEqual(['11 SriovVfFallback']);
  });

  it('is distinguished from one whose NumVFs is set to 0', async () => {
    const host = port({ hwMaxNumVFs: 16 });
    expect(await host.said()).toEqual(['nic Port 2 nic_zero_vfs', 'vnic vm1 nic_zero_vfs']);
    expect((await trouble(host, 'nic_zero_vfs'))?.commands).toEqual(["Set-NetAdapterSriov -Name 'Port 2' -NumVFs 16"]);
  });

  it('names no number of VFs if the limit is unknown', async () => {
    const host = port({ hwMaxNumVFs: undefined });
    expect((await trouble(host, 'nic_zero_vfs'))?.commands).toEqual([]);
  });

  it('is judged by the VFs in use rather than by its limit', async () => {
    const host = port({ numVFs: 16, numAllocatedVFs: 3 });
    expect(await host.said()).toEqual(['vnic vm1 switch_zero_vfs', 'vswitch B switch_zero_vfs']);
  });

  it('is reported if NumVFs is above the limit of the hardware', async () => {
    const host = port({ numVFs: 16 });
    expect(await host.said()).toEqual([
      'nic Port 2 nic_vfs_above_hardware',
      'nic Port 2 nic_zero_vfs',
      'vnic vm1 nic_zero_vfs',
    ]);
  });

  const full = (sriov: Record<string, unknown>) =>
    new RecordedHost(NO_VFS, ({ row, rows }) => {
      Object.assign(row('vm_switch'), { iovVirtualFunctionCount: sriov['numVFs'], iovVirtualFunctionsInUse: 8 });
      Object.assign(rows('net_adapter_sriov')[1]!, { numAllocatedVFs: 8, numVPorts: 128, ...sriov });
    });

  it('has a pool limited by its hardware, which only the firmware can raise', async () => {
    for (const numVFs of [8, 64]) {
      const pool = await trouble(full({ numVFs, hwMaxNumVFs: 8 }), 'vf_pool_exhausted');
      expect(pool?.details[0]).toMatch(
        /NumVFs is at the limit of the hardware \(MaxNumVFs\): 8 on Port 2\. Only the firmware of the NIC can provide more\.$/,
      );
      expect(pool?.remedy).toMatch(/firmware/);
      expect(pool?.commands).toEqual([]);
    }
    expect(await full({ numVFs: 64, hwMaxNumVFs: 8 }).said()).toContain('nic Port 2 nic_vfs_above_hardware');
  });

  it('has a pool limited by its settings, which can be raised', async () => {
    const pool = await trouble(full({ numVFs: 8, hwMaxNumVFs: 64 }), 'vf_pool_exhausted');
    expect(pool?.details[0]).not.toMatch(/hardware/);
    expect(pool?.commands).toEqual(["Set-NetAdapterSriov -Name 'Port 2' -NumVFs 64"]);
  });

  it('may have more VFs than its BAR can map; fewer VFs fix that', async () => {
    const bar = await trouble(
      port({ sriovSupport: windows.SriovSupport.NoVfBarSpace, numVFs: 127, hwMaxNumVFs: 127 }),
      'nic_no_vf_bar_space',
    );
    expect(bar?.remedy).toMatch(/above-4G decoding .* fewer VFs in the NIC's firmware/);
    expect(bar?.details[0]).toMatch(/NumVFs is 127\.$/);
  });
});

describe('one BIOS fault behind twelve VMs', () => {
  it('is reported for the host before its VMs, so that it can inhibit their alerts', async () => {
    const host = new RecordedHost(BIOS);
    expect((await host.explained()).troubles).toMatchObject([{ id: 'host_bios_keeps_pcie', vnics: 12, commands: [] }]);
    expect(await host.alerts()).toEqual(['3 SriovHostIovUnsupported', '11 SriovVfFallback (12)']);
    expect(new Set(await host.said())).toEqual(
      new Set([
        'host host_bios_keeps_pcie',
        'nic Ethernet 2 nic_no_osc',
        ...Array.from({ length: 12 }, (_, vm) => `vnic vm-${vm} host_bios_keeps_pcie`),
      ]),
    );
  });

  it('is no alert of the host if no vNIC asks for a VF', async () => {
    const host = new RecordedHost(BIOS, ({ rows }) => {
      for (const vnic of rows('vm_network_adapter').slice(1)) vnic['iovWeight'] = 0;
    });
    expect(await host.alerts()).toEqual([]);
  });

  it('does not report a fault of one NIC for the host', async () => {
    const host = new RecordedHost(BIOS, ({ row }) =>
      Object.assign(row('vm_host'), { iovSupport: true, iovSupportReasons: [] }),
    );
    expect(new Set(await host.said())).toContain('vnic vm-0 nic_no_osc');
    expect(await host.alerts()).toEqual(['11 SriovVfFallback (12)']);
  });
});

describe('a client edition of Windows', () => {
  const client = (inUse: boolean) =>
    new RecordedHost(BIOS, ({ row, rows }) => {
      row('computer')['productType'] = windows.ProductType.WorkStation;
      Object.assign(row('vm_host'), { iovSupport: true, iovSupportReasons: [] });
      Object.assign(row('vm_switch'), { iovSupport: true, iovVirtualFunctionCount: 1, iovVirtualFunctionsInUse: 1 });
      Object.assign(row('net_adapter_sriov'), {
        sriovSupport: windows.SriovSupport.Supported,
        numVFs: 1,
        hwMaxNumVFs: 1,
        numAllocatedVFs: 1,
      });
      Object.assign(rows('vm_network_adapter')[1]!, { iovUsage: 1, iovQueuePairsAssigned: 1, vfDataPathActive: true });
      if (inUse) return;
      Object.assign(row('vm_switch'), { iovVirtualFunctionsInUse: 0 });
      row('net_adapter_sriov')['numAllocatedVFs'] = 0;
      Object.assign(rows('vm_network_adapter')[1]!, { iovUsage: 0, iovQueuePairsAssigned: 0, vfDataPathActive: false });
    });

  it('is the reason only where no VF is in use', async () => {
    expect(await client(true).said()).toContain('vnic vm-1 vf_pool_exhausted');
    expect(JSON.stringify(await client(true).said())).not.toContain('host_client_edition');
    expect(await client(false).said()).toContain('vnic vm-1 host_client_edition');
  });
});

describe('a recording of ten minutes', () => {
  it('has no failed collector because a part was not read again', async () => {
    const host = new RecordedHost(BIOS, ({ documents, rows }) => {
      rows('cluster_node').push({ name: 'HV-01', state: windows.ClusterNodeState.Up });
      for (const { sources } of documents) for (const source of Object.values(sources)) source.status = 'ok';
    });
    const { out } = await host.lasting(600_000).run('metrics');
    const success = [...out.matchAll(/^hyperv_exporter_(?:collector|source)_success\{(.*)\} (\d)$/gm)];
    expect(success.length).toBeGreaterThan(30);
    expect(success.filter(([, , value]) => value !== '1').map(([line]) => line)).toEqual([]);
    expect(success.map(([, labels]) => labels)).toContain('collector="cluster",source="cluster_node"');
  });
});
