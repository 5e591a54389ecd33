import { expect, it } from 'vitest';
import { windows } from '../../../../src/document/enumerations.ts';
import type { ModuleCase, StubCall, StubObject } from '../../../support/pwsh/module.ts';
import { describeWith } from '../../../support/tools.ts';
import { config, inventory, NIC, SWITCH, vnicSettings } from './hosts.ts';
import { inOneEngine } from './one-engine.ts';

const OTHER_SWITCH = '7b2f6f0c-0b2c-4b0e-9e0b-2c5b8b0f3a01';
const THROWS = { throws: 'Object reference not set to an instance of an object.' };
const Allow = windows.VMNetworkAdapterAclAction.Allow;
const Deny = windows.VMNetworkAdapterExtendedAclAction.Deny;

const vnic = (Id: string, more: StubObject = {}): StubObject => ({ ...vnicSettings, Id, SwitchId: SWITCH, ...more });
const rule = (Id: string, Action: number): StubObject => ({ ParentAdapter: { Id }, Action });
const row = (parentAdapterId: string, action: number) => ({ parentAdapterId, action });

const hostOf = (vnics: StubCall, more: Readonly<Record<string, StubCall>> = {}): ModuleCase => ({
  part: 'config',
  host: {
    ...config,
    calls: {
      ...config.calls,
      // The rules of every vNIC, as these cmdlets return them. Calling them for one vNIC would return its rules a second time.
      'Get-VMNetworkAdapterAcl': {
        type: 'AclRule',
        rows: ['vm', 'host', 'old', 'throws'].map((id) => rule(id, Allow)),
      },
      'Get-VMNetworkAdapterExtendedAcl': { type: 'ExtendedAclRule', rows: [rule('old', Deny)] },
      'Get-VMNetworkAdapterTeamMapping': {
        type: 'TeamMapping',
        rows: ['vm', 'host', 'elsewhere'].map((Id) => ({ ParentAdapter: { Id }, NetAdapterName: `NIC of ${Id}` })),
      },
      'Get-VMNetworkAdapter': { type: 'VMNetworkAdapter', ...vnics },
      ...more,
    },
  },
});

const VM = vnic('vm', { AclList: [rule('vm', Allow), rule('vm', Allow)], ExtendedAclList: [rule('vm', Deny)] });
const HOST = vnic('host', { IsManagementOs: true, AclList: [rule('host', Allow)], ExtendedAclList: [] });
const NO_RULES = vnic('none', { AclList: [], ExtendedAclList: [] });

const cases = {
  'vNICs with their rules': hostOf({ rows: [VM, HOST, NO_RULES] }),
  'vNICs without the properties among others': hostOf({
    rows: [VM, vnic('old'), vnic('throws', { AclList: THROWS, ExtendedAclList: THROWS })],
  }),
  'a VM in motion': hostOf({ rows: [VM], errors: [{ message: 'in motion' }] }),
  'no vNIC can be read': hostOf({ throw: 'vmms is gone' }),
  'vNICs on and off a SET switch': hostOf({
    rows: [VM, HOST, vnic('elsewhere', { SwitchId: OTHER_SWITCH }), vnic('unconnected', { SwitchId: null })],
  }),
  'SET switches that could not be read': hostOf(
    { rows: [VM, vnic('elsewhere', { SwitchId: OTHER_SWITCH })] },
    { 'Get-VMSwitchTeam': { throw: 'vmms is gone' } },
  ),
  'no such cmdlet': hostOf({ rows: [vnic('old')] }, { 'Get-VMNetworkAdapterAcl': { missing: true } }),
  'a hidden NIC': {
    part: 'inventory',
    host: {
      ...inventory,
      calls: Object.fromEntries(
        Object.entries(inventory.calls).map(([name, call]) => [
          name,
          name.startsWith('Get-NetAdapter') ? { ...call, hidden: [{ InterfaceDescription: 'hidden' }] } : call,
        ]),
      ),
    },
  },
  'the address of a hidden NIC': {
    part: 'config',
    host: {
      ...config,
      calls: {
        ...config.calls,
        'Get-NetAdapterHardwareInfo': { type: 'NetAdapterHardware', hidden: [{ InterfaceDescription: 'hidden' }] },
      },
    },
  },
} as const satisfies Record<string, ModuleCase>;

describeWith(['pwsh'], 'rules and team mappings of vNICs', () => {
  const resultOf = inOneEngine(cases);
  const source = (name: keyof typeof cases, of: string) => resultOf(name).document.sources[of];
  const calls = (name: keyof typeof cases) => resultOf(name).calls.filter((call) => call.startsWith('Get-VMNetwork'));

  it('come from the vNICs, including those of the management OS, which are read once', () => {
    const name = 'vNICs with their rules';
    expect(source(name, 'vm_network_adapter_acl')).toMatchObject({
      status: 'ok',
      rows: [row('vm', Allow), row('vm', Allow), row('host', Allow)],
    });
    expect(source(name, 'vm_network_adapter_extended_acl')).toMatchObject({ status: 'ok', rows: [row('vm', Deny)] });
    expect(calls(name)).toEqual(['Get-VMNetworkAdapter', ...Array(3).fill('Get-VMNetworkAdapterTeamMapping')]);
  });

  it('are read by cmdlets in one call for the vNICs that lack the property', () => {
    const name = 'vNICs without the properties among others';
    expect(source(name, 'vm_network_adapter_acl')).toMatchObject({
      status: 'ok',
      rows: [row('vm', Allow), row('vm', Allow), row('old', Allow), row('throws', Allow)],
    });
    expect(source(name, 'vm_network_adapter_extended_acl')).toMatchObject({
      status: 'ok',
      rows: [row('vm', Deny), row('old', Deny)],
    });
    expect(calls(name).filter((call) => call.endsWith('Acl'))).toEqual([
      'Get-VMNetworkAdapterAcl',
      'Get-VMNetworkAdapterExtendedAcl',
    ]);
    expect(source('no such cmdlet', 'vm_network_adapter_acl')).toMatchObject({ status: 'unsupported', rows: [] });
  });

  it('are partial if one vNIC could not be read, and failed if none could', () => {
    for (const of of [
      'vm_network_adapter_setting',
      'vm_network_adapter_acl',
      'vm_network_adapter_extended_acl',
      'vm_network_adapter_team_mapping',
    ]) {
      expect(source('a VM in motion', of), of).toMatchObject({ status: 'partial', errors: ['in motion'] });
      expect(source('no vNIC can be read', of), of).toMatchObject({
        status: 'failed',
        rows: [],
        errors: ['vmms is gone'],
      });
    }
    expect(calls('no vNIC can be read')).toEqual(['Get-VMNetworkAdapter']);
  });

  it('mappings are read for each vNIC that may be on a SET switch', () => {
    const name = 'vNICs on and off a SET switch';
    const mapped = (id: string) => ({ parentAdapterId: id, netAdapterName: `NIC of ${id}` });
    expect(source(name, 'vm_network_adapter_team_mapping')).toMatchObject({
      status: 'ok',
      rows: [mapped('vm'), mapped('host')],
    });
    expect(calls(name).filter((call) => call.endsWith('TeamMapping'))).toHaveLength(3);
    expect(source('SET switches that could not be read', 'vm_network_adapter_team_mapping')?.rows).toEqual([
      mapped('vm'),
      mapped('elsewhere'),
    ]);
  });

  it('hidden NICs are read if a NIC that a vSwitch uses may be hidden', () => {
    const { sources } = resultOf('a hidden NIC').document;
    const withHidden = Object.entries(sources)
      .filter(([, { rows }]) => rows.some((each) => each['interfaceDescription'] === 'hidden'))
      .map(([name]) => name);
    expect(withHidden.sort()).toEqual(['net_adapter_sriov', 'net_adapter_sriov_vf', 'net_adapter_vport']);
    expect(sources['net_adapter']?.rows).toEqual([expect.objectContaining({ interfaceDescription: NIC })]);
    expect(source('the address of a hidden NIC', 'net_adapter_hardware')?.rows).toEqual([
      { interfaceDescription: 'hidden' },
    ]);
  });
});
