import { expect, it } from 'vitest';
import { type ModuleCase, type StubCall, type StubHost, type StubObject } from '../../../support/pwsh/module.ts';
import { describeWith } from '../../../support/tools.ts';
import { cluster, config, inventory, vm, vnic } from './hosts.ts';
import { inOneEngine } from './one-engine.ts';
import { windows } from '../../../../src/document/enumerations.ts';

const withCall = (host: StubHost, name: string, call: StubCall): StubHost => ({
  ...host,
  calls: { ...host.calls, [name]: call },
});
const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000001`);
const vms = (count: number): StubObject[] => ids(count).map((Id) => Object.assign({}, vm, { Id }));
const vnics = (count: number): StubObject[] =>
  ids(count).map((id) => Object.assign({}, vnic, { Id: `Microsoft:${id}\\${id}` }));
const hostOf = (count: number): StubHost =>
  withCall(withCall(inventory, 'Get-VM', { type: 'VirtualMachine', rows: vms(count) }), 'Get-VMNetworkAdapter', {
    type: 'VMNetworkAdapter',
    rows: vnics(count),
  });

describeWith(['pwsh'], 'faults of a host', () => {
  const cases = {
    'one VM in motion': {
      part: 'inventory',
      host: withCall(inventory, 'Get-VM', {
        type: 'VirtualMachine',
        rows: vms(59),
        errors: [{ message: 'Der Vorgang kann nicht ausgef\u00fchrt werden, w\u00e4hrend das Objekt verwendet wird.' }],
      }),
    },
    'access denied': { part: 'inventory', host: withCall(inventory, 'Get-VM', { errors: [{ message: 'denied' }] }) },
    'a cmdlet that throws': { part: 'inventory', host: withCall(inventory, 'Get-VM', { throw: 'vmms is gone' }) },
    'no such cmdlet': { part: 'config', host: withCall(config, 'Get-NetLbfoTeam', { missing: true }) },
    'no such class': {
      part: 'inventory',
      host: withCall(inventory, 'Get-NetAdapterVPort', {
        errors: [{ message: 'Ung\u00fcltige Klasse', id: 'HRESULT 0x80041010' }],
      }),
    },
    'one of four classes fails': {
      part: 'config',
      host: withCall(config, 'Get-CimInstance Win32_BIOS', { errors: [{ message: 'provider load failure' }] }),
    },
    'no cluster service': { part: 'cluster', host: { ...cluster, services: [] } },
    'cluster service stopped': {
      part: 'cluster',
      host: { ...cluster, services: [{ Name: 'ClusSvc', Status: 'Stopped' }] },
    },
    '10 VMs': { part: 'inventory', host: hostOf(10) },
    '200 VMs': { part: 'inventory', host: hostOf(200) },
    'management OS': {
      part: 'inventory',
      host: withCall(inventory, 'Get-VMNetworkAdapter', {
        type: 'VMNetworkAdapter',
        rows: [
          {
            Id: 'Microsoft:1B2C3D4E-0000-4000-8000-000000000001\\1b2c3d4e-0000-4000-8000-000000000002',
            Name: 'Management',
            VMName: null,
            VMId: null,
            IsManagementOs: true,
            Connected: null,
            Status: [windows.VMNetworkAdapterOperationalStatus.Ok],
            VmqWeight: 100,
          },
          {
            Id: 'Microsoft:X\\legacy',
            Name: 'Legacy Network Adapter',
            IsLegacy: true,
            SwitchId: null,
            SwitchName: '',
            Status: [],
          },
        ],
      }),
    },
    'newer names': {
      part: 'inventory',
      host: withCall(inventory, 'Get-VMNetworkAdapter', {
        type: 'VMNetworkAdapter',
        rows: [{ Id: 'a', VmmqQueuePairs: null, VrssMaxQueuePairs: 8, VrssMaxQueuePairsRequested: 16 }],
      }),
    },
    'words alone': {
      part: 'inventory',
      host: withCall(
        withCall(inventory, 'Get-NetAdapterSriov', {
          type: 'NetAdapterSriov',
          rows: [{ InterfaceDescription: 'a', SriovSupport: { raw: null, word: 'MissingAcs' } }],
        }),
        'Get-NetAdapterVPort',
        {
          type: 'NetAdapterVPort',
          rows: [{ InterfaceDescription: 'a', VPortID: 1, VPortState: { raw: null, word: 'Aktiviert' } }],
        },
      ),
    },
  } as const satisfies Record<string, ModuleCase>;
  const resultOf = inOneEngine(cases);
  const source = (name: keyof typeof cases, sourceName: string) => resultOf(name).document.sources[sourceName]!;

  it('rows and an error: partial, with all the rows', () => {
    const { status, rows, errors } = source('one VM in motion', 'vm');
    expect([status, rows.length]).toEqual(['partial', 59]);
    expect(errors).toEqual(['Der Vorgang kann nicht ausgef\u00fchrt werden, w\u00e4hrend das Objekt verwendet wird.']);
  });

  it('errors without rows: failed; the other sources are ok', () => {
    for (const [name, text] of [
      ['access denied', 'denied'],
      ['a cmdlet that throws', 'vmms is gone'],
    ] as const) {
      expect(source(name, 'vm')).toMatchObject({ status: 'failed', rows: [], errors: [text] });
      const others = Object.entries(resultOf(name).document.sources).filter(([key]) => key !== 'vm');
      expect(new Set(others.map(([, { status }]) => status))).toEqual(new Set(['ok']));
    }
  });

  it('what this Windows lacks is unsupported, recognised by the error code and not by its text', () => {
    expect(source('no such cmdlet', 'net_lbfo_team')).toMatchObject({ status: 'unsupported', rows: [] });
    expect(source('no such class', 'net_adapter_vport')).toMatchObject({
      status: 'unsupported',
      errors: ['Ung\u00fcltige Klasse'],
    });
    for (const name of ['no cluster service', 'cluster service stopped'] as const)
      expect(source(name, 'cluster_node')).toMatchObject({ status: 'unsupported', rows: [] });
    expect(resultOf('no cluster service').calls).toEqual(['Get-Service']);
  });

  it('one class of four fails: partial, without its fields', () => {
    const { status, rows } = source('one of four classes fails', 'computer');
    expect([status, rows.length]).toEqual(['partial', 1]);
    expect(rows[0]).not.toHaveProperty('biosVersion');
    expect(rows[0]).toMatchObject({ model: 'PowerEdge R720', numberOfCores: 16 });
  });

  it('makes the same calls for 10 VMs as for 200, vNICs, VFs and vPorts one after the other', () => {
    const { calls } = resultOf('200 VMs');
    expect(calls).toEqual(resultOf('10 VMs').calls);
    expect(calls.slice(3, 6)).toEqual(['Get-VMNetworkAdapter', 'Get-NetAdapterSriovVf', 'Get-NetAdapterVPort']);
    expect(source('200 VMs', 'vm_network_adapter').rows).toHaveLength(200);
  });

  it('reads each property once per row, and none that is slow to read', () => {
    const { reads } = resultOf('200 VMs');
    const perRow = Object.entries(reads).filter(([name]) => /^(VirtualMachine|VMNetworkAdapter)\./.test(name));
    const { IPAddresses, ...read } = vnic;
    const expected = [
      ...Object.keys(vm).map((name) => `VirtualMachine.${name}`),
      ...Object.keys(read).map((name) => `VMNetworkAdapter.${name}`),
    ];
    expect(IPAddresses).toBeDefined();
    // Nothing else: not VirtualFunction, VMQueue, NetworkAdapters or HardDrives, which cost a query each.
    expect(Object.fromEntries(perRow)).toEqual(Object.fromEntries(expected.map((name) => [name, 200])));
  });

  it('a management OS vNIC and a legacy vNIC have only the fields that apply to them', () => {
    expect(source('management OS', 'vm_network_adapter').rows).toEqual([
      {
        id: 'Microsoft:1B2C3D4E-0000-4000-8000-000000000001\\1b2c3d4e-0000-4000-8000-000000000002',
        name: 'Management',
        isManagementOs: true,
        status: [windows.VMNetworkAdapterOperationalStatus.Ok],
        vmqWeight: 100,
      },
      { id: 'Microsoft:X\\legacy', name: 'Legacy Network Adapter', isLegacy: true, switchName: '', status: [] },
    ]);
  });

  it('reads the newer property if the older one is null, and the name if there is no number', () => {
    expect(source('newer names', 'vm_network_adapter').rows).toEqual([
      { id: 'a', vmmqQueuePairs: 8, vmmqQueuePairsRequested: 16 },
    ]);
    expect(source('words alone', 'net_adapter_sriov').rows).toEqual([
      { interfaceDescription: 'a', sriovSupport: 'MissingAcs' },
    ]);
    expect(source('words alone', 'net_adapter_vport').rows).toEqual([{ interfaceDescription: 'a', vPortID: 1 }]);
  });
});
