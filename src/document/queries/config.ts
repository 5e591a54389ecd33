import * as f from './field.ts';
import { query } from './query.ts';

const hyperV = { origin: 'Hyper-V', since: '2016' } as const;
/** Rules that vNICs carry in a property; of a vNIC without it the cmdlet of that name is asked. */
const ruleOf = (setting: 'VMNetworkAdapterAcl' | 'VMNetworkAdapterExtendedAcl', property: string) =>
  query({
    ...hyperV,
    command: `(Get-VMNetworkAdapter -All).${property}`,
    type: `${setting}Setting`,
    key: 'list',
    fields: {
      parentAdapterId: f.required(f.id('ParentAdapter.Id')),
      action: f.member(`${setting}Action`, 'Action'),
    },
  });

/** What changes by an administrator's hand only. */
export const config = {
  computer: query({
    origin: 'CIM',
    since: '2012',
    command: 'Get-CimInstance Win32_OperatingSystem, Win32_ComputerSystem, Win32_BIOS, Win32_Processor',
    key: [],
    fields: {
      caption: f.product('Win32_OperatingSystem.Caption'),
      buildNumber: f.product('Win32_OperatingSystem.BuildNumber'),
      operatingSystemSKU: f.number('Win32_OperatingSystem.OperatingSystemSKU'),
      productType: f.member('ProductType', 'Win32_OperatingSystem.ProductType'),
      manufacturer: f.product('Win32_ComputerSystem.Manufacturer'),
      model: f.product('Win32_ComputerSystem.Model'),
      biosVersion: f.product('Win32_BIOS.SMBIOSBIOSVersion'),
      /** Sums over all instances */
      numberOfCores: f.number('Win32_Processor.NumberOfCores'),
      numberOfLogicalProcessors: f.number('Win32_Processor.NumberOfLogicalProcessors'),
    },
  }),
  registry: query({
    origin: 'registry',
    since: '2012',
    command: "Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization'",
    key: [],
    fields: {
      /** Absent where it is not set */
      iovEnableOverride: f.signed('Registry.IovEnableOverride'),
      /** The key of a Hyper-V guest's integration services exists: this host is itself a Hyper-V guest */
      guestParametersPresent: f.flag('Registry.GuestParametersPresent'),
    },
  }),
  vm_switch_extension: query({
    ...hyperV,
    command: 'Get-VMSwitchExtension -VMSwitchName *',
    type: 'VMSwitchExtension',
    key: [
      ['switchId', 'switchName'],
      ['id', 'name'],
    ],
    fields: {
      switchId: f.id('SwitchId'),
      switchName: f.vswitchName('SwitchName'),
      id: f.id('Id'),
      name: f.product('Name'),
      extensionType: f.member('VMSwitchExtensionType', 'ExtensionType'),
      enabled: f.flag('Enabled'),
      running: f.flag('Running'),
    },
  }),
  vm_switch_team: query({
    ...hyperV,
    command: 'Get-VMSwitchTeam',
    type: 'VMSwitchTeam',
    key: [['id', 'name']],
    optional: 'Windows before Server 2016 has no embedded teams',
    fields: {
      id: f.id('Id'),
      name: f.required(f.vswitchName('Name')),
      loadBalancingAlgorithm: f.member('VMSwitchLoadBalancingAlgorithm', 'LoadBalancingAlgorithm'),
    },
  }),
  net_lbfo_team: query({
    origin: 'NetLbfo',
    since: '2012',
    command: 'Get-NetLbfoTeam',
    type: 'MSFT_NetLbfoTeam',
    key: ['name'],
    optional: 'client editions of Windows have no such teams',
    fields: {
      name: f.required(f.teamName('Name')),
      members: f.nicNames('Members'),
      teamNics: f.nicNames('TeamNics'),
      teamingMode: f.member('LbfoTeamingMode', 'TeamingMode', { raw: true }),
      loadBalancingAlgorithm: f.member('LbfoLoadBalancingAlgorithm', 'LoadBalancingAlgorithm', { raw: true }),
    },
  }),
  /** The team member that a vNIC is pinned to. The cmdlet takes one vNIC; only those on a SET switch are asked. */
  vm_network_adapter_team_mapping: query({
    ...hyperV,
    command: 'Get-VMNetworkAdapter -All | foreach { Get-VMNetworkAdapterTeamMapping -VMNetworkAdapter $_ }',
    type: 'VMNetworkAdapterTeamMappingSetting',
    key: 'list',
    fields: {
      parentAdapterId: f.required(f.id('ParentAdapter.Id')),
      netAdapterName: f.nicName('NetAdapterName'),
    },
  }),
  vm_network_adapter_acl: ruleOf('VMNetworkAdapterAcl', 'AclList'),
  vm_network_adapter_extended_acl: ruleOf('VMNetworkAdapterExtendedAcl', 'ExtendedAclList'),
  /** The settings that cost an association for each vNIC */
  vm_network_adapter_setting: query({
    ...hyperV,
    command: 'Get-VMNetworkAdapter -All',
    type: 'VMNetworkAdapter',
    key: ['id'],
    fields: {
      id: f.required(f.id('Id')),
      virtualSubnetId: f.number('VirtualSubnetId'),
      isolationMode: f.member('VMNetworkAdapterIsolationMode', 'IsolationSetting.IsolationMode'),
      /** Bits per second */
      maximumBandwidth: f.wide('BandwidthSetting.MaximumBandwidth'),
      vlanOperationMode: f.member('VMNetworkAdapterVlanMode', 'VlanSetting.OperationMode'),
      accessVlanId: f.number('VlanSetting.AccessVlanId'),
    },
  }),
  net_adapter_hardware: query({
    origin: 'NetAdapter',
    since: '2012',
    command: 'Get-NetAdapterHardwareInfo -IncludeHidden',
    type: 'MSFT_NetAdapterHardwareInfoSettingData',
    key: ['interfaceDescription'],
    fields: {
      interfaceDescription: f.required(f.nicDescription('InterfaceDescription')),
      segmentNumber: f.number('SegmentNumber'),
      busNumber: f.number('BusNumber'),
      deviceNumber: f.number('DeviceNumber'),
      functionNumber: f.number('FunctionNumber'),
      numaNode: f.number('NumaNode'),
    },
  }),
} as const;
