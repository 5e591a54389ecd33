import { expect, it } from 'vitest';
import type { ModuleCase, StubObject } from '../../../support/pwsh/module.ts';
import { describeWith } from '../../../support/tools.ts';
import { activity, inventory, NIC, SWITCH, VM, vm, VNIC, vnic } from './hosts.ts';
import { inOneEngine } from './one-engine.ts';
import { windows } from '../../../../src/document/enumerations.ts';

const SECOND_VM = '7b2f6f0c-0b2c-4b0e-9e0b-2c5b8b0f3a01';
const without = (row: StubObject, ...names: readonly string[]): StubObject =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));

/** What Get-VMNetworkAdapter is assumed to show of a vNIC without a port (docs/unverified.md, port-defaults): defaults, no nulls */
const defaults = {
  Status: [],
  StatusDescription: [],
  IovWeight: 0,
  IovQueuePairsRequested: 1,
  IovQueuePairsAssigned: 0,
  IovUsage: 0,
  VFDataPathActive: false,
  VmqUsage: 0,
  VrssEnabled: true,
};

/** The inventory of a host with these VMs and these vNICs. */
const hostOf = (vms: readonly StubObject[], vnics: readonly StubObject[]): ModuleCase => ({
  part: 'inventory',
  host: {
    ...inventory,
    calls: {
      ...inventory.calls,
      'Get-VM': { type: 'VirtualMachine', rows: vms },
      'Get-VMNetworkAdapter': { type: 'VMNetworkAdapter', rows: vnics },
    },
  },
});

const cases = {
  'a VM that is off, on a switch': hostOf(
    [
      {
        ...vm,
        State: windows.VMState.Off,
        OperationalStatus: [windows.VMOperationalStatus.Ok],
        Heartbeat: null,
        Uptime: 0,
      },
    ],
    [{ ...vnic, ...defaults, IovWeight: 100, IPAddresses: [] }],
  ),
  'a VM that was never started': hostOf(
    [{ ...vm, State: windows.VMState.Off, Heartbeat: null, Uptime: 0 }],
    [{ ...vnic, ...defaults, MacAddress: '000000000000', Connected: false, SwitchId: null, SwitchName: null }],
  ),
  'a migration, outbound and inbound': hostOf(
    [
      {
        ...vm,
        OperationalStatus: [windows.VMOperationalStatus.Ok, windows.VMOperationalStatus.MigratingVirtualMachine],
      },
      {
        ...vm,
        Id: SECOND_VM,
        State: windows.VMState.Starting,
        OperationalStatus: [windows.VMOperationalStatus.InService],
        VirtualMachineType: windows.VirtualMachineType.PlannedVirtualMachine,
        Heartbeat: null,
      },
    ],
    [{ ...vnic, ...defaults }],
  ),
  'a replica copy': hostOf(
    [
      {
        ...vm,
        State: windows.VMState.Off,
        ReplicationMode: windows.VMReplicationMode.Replica,
        Heartbeat: null,
        Uptime: 0,
      },
    ],
    [],
  ),
  'two VMs of one name': hostOf([vm, { ...vm, Id: SECOND_VM }], [vnic, { ...vnic, VMId: SECOND_VM }]),
  'a vNIC whose getter throws among others': hostOf(
    [vm],
    [
      vnic,
      { ...vnic, IovQueuePairsAssigned: { throws: 'Object reference not set to an instance of an object.' } },
      vnic,
    ],
  ),
  'an older Windows': hostOf(
    [without(vm, 'VirtualMachineType')],
    [without(vnic, 'VFDataPathActive', 'VmmqEnabled', 'VmmqQueuePairsRequested')],
  ),
  'a SET team': {
    part: 'inventory',
    host: {
      ...inventory,
      calls: {
        ...inventory.calls,
        'Get-VMSwitch': {
          type: 'VMSwitch',
          rows: [
            {
              ...inventory.calls['Get-VMSwitch']!.rows![0],
              EmbeddedTeamingEnabled: true,
              NetAdapterInterfaceDescription: 'Teamed-Interface',
              NetAdapterInterfaceDescriptions: [NIC, `${NIC} #2`],
              NetAdapterInterfaceGuid: ['9D8C7B6A-5F4E-4D3C-8B2A-190817263504', SECOND_VM],
            },
          ],
        },
      },
    },
  },
  'a host with a decimal comma': { part: 'inventory', host: inventory, culture: 'de-DE' },
  'its counters': { part: 'activity', host: activity, culture: 'de-DE' },
  'the same in English': { part: 'inventory', host: inventory, culture: 'en-US' },
  'its counters in English': { part: 'activity', host: activity, culture: 'en-US' },
} as const satisfies Record<string, ModuleCase>;

describeWith(['pwsh'], 'a host may be odd', () => {
  const resultOf = inOneEngine(cases);
  const rows = (name: keyof typeof cases, source: string) => {
    const found = resultOf(name).document.sources[source]!;
    expect([found.status, found.errors]).toEqual(['ok', []]);
    return found.rows;
  };

  it('a VM that is off has no heartbeat, and its vNIC what is requested', () => {
    const [row] = rows('a VM that is off, on a switch', 'vm');
    expect(row).toMatchObject({
      state: windows.VMState.Off,
      uptimeMs: '0',
      operationalStatus: [windows.VMOperationalStatus.Ok],
    });
    expect(row).not.toHaveProperty('heartbeat');
    expect(rows('a VM that is off, on a switch', 'vm_network_adapter')).toEqual([
      expect.objectContaining({ status: [], statusDescription: [], iovWeight: 100, iovUsage: 0, switchId: SWITCH }),
    ]);
  });

  it('a VM that was never started has no MAC yet; a vNIC on no switch has none', () => {
    const [row] = rows('a VM that was never started', 'vm_network_adapter');
    expect(row).toMatchObject({ macAddress: '000000000000', connected: false });
    expect(row).not.toHaveProperty('switchId');
    expect(row).not.toHaveProperty('switchName');
  });

  it('a migration has its status numbers on both hosts, and the default values of its vNIC are passed on', () => {
    const [outbound, inbound] = rows('a migration, outbound and inbound', 'vm');
    expect(outbound).toMatchObject({
      state: windows.VMState.Running,
      operationalStatus: [windows.VMOperationalStatus.Ok, windows.VMOperationalStatus.MigratingVirtualMachine],
      virtualMachineType: windows.VirtualMachineType.RealizedVirtualMachine,
    });
    expect(inbound).toMatchObject({
      state: windows.VMState.Starting,
      operationalStatus: [windows.VMOperationalStatus.InService],
      virtualMachineType: windows.VirtualMachineType.PlannedVirtualMachine,
    });
    expect(rows('a migration, outbound and inbound', 'vm_network_adapter')).toEqual([
      expect.objectContaining({
        status: [],
        iovWeight: 0,
        iovQueuePairsRequested: 1,
        iovQueuePairsAssigned: 0,
        iovUsage: 0,
        vfDataPathActive: false,
        vmqUsage: 0,
        vrssEnabled: true,
      }),
    ]);
  });

  it('a replica is recognised by its replication mode', () => {
    expect(rows('a replica copy', 'vm')).toEqual([
      expect.objectContaining({ state: windows.VMState.Off, replicationMode: windows.VMReplicationMode.Replica }),
    ]);
    expect(rows('a replica copy', 'vm_network_adapter')).toEqual([]);
  });

  it('two VMs with the same name are two rows', () => {
    const ids = [VM.toLowerCase(), SECOND_VM];
    expect(rows('two VMs of one name', 'vm').map(({ id, name }) => [id, name])).toEqual(ids.map((id) => [id, 'sql01']));
    expect(rows('two VMs of one name', 'vm_network_adapter').map(({ vmId }) => vmId)).toEqual(ids);
  });

  it('a property that throws loses one field of one row', () => {
    const [first, second, third] = rows('a vNIC whose getter throws among others', 'vm_network_adapter');
    const { iovQueuePairsAssigned, ...rest } = first!;
    expect(iovQueuePairsAssigned).toBe(1);
    expect([second, third]).toEqual([rest, first]);
  });

  it('what an older Windows lacks is left out, and the rest is read', () => {
    const [row] = rows('an older Windows', 'vm');
    expect(row).toMatchObject({
      name: 'sql01',
      state: windows.VMState.Running,
      replicationMode: windows.VMReplicationMode.None,
    });
    for (const key of ['virtualMachineType']) expect(row).not.toHaveProperty(key);
    const [adapter] = rows('an older Windows', 'vm_network_adapter');
    expect(adapter).toMatchObject({
      id: `Microsoft:${VM}\\${VNIC}`,
      iovUsage: 1,
      vrssEnabled: true,
      vmmqQueuePairs: 4,
    });
    for (const key of ['vfDataPathActive', 'vmmqEnabled', 'vmmqQueuePairsRequested'])
      expect(adapter).not.toHaveProperty(key);
  });

  it('a SET team has its members as lists', () => {
    expect(rows('a SET team', 'vm_switch')).toEqual([
      expect.objectContaining({
        embeddedTeamingEnabled: true,
        netAdapterInterfaceDescription: 'Teamed-Interface',
        netAdapterInterfaceDescriptions: [NIC, `${NIC} #2`],
        netAdapterInterfaceGuid: ['9d8c7b6a-5f4e-4d3c-8b2a-190817263504', SECOND_VM],
      }),
    ]);
  });

  it('numbers are written the same in a culture with a decimal comma', () => {
    const plain = (name: keyof typeof cases) =>
      Object.entries(resultOf(name).document.sources).map(([source, { status, rows: all }]) => [source, status, all]);
    expect(plain('a host with a decimal comma')).toEqual(plain('the same in English'));
    expect(plain('its counters')).toEqual(plain('its counters in English'));
    expect(resultOf('a host with a decimal comma').document).toMatchObject({ powershell: { culture: 'de-DE' } });
  });
});
