import type { StubHost, StubObject } from '../../../support/pwsh/module.ts';
import { windows } from '../../../../src/document/enumerations.ts';

/** Hand-written objects, as the cmdlets of one small host give them: the module's input with nothing of ours between. */

export const VM = '6A1F6F0C-0B2C-4B0E-9E0B-2C5B8B0F3A01';
export const VNIC = 'c7a3b0de-4c1f-4a55-8f5e-0d6f4f4c1b02';
export const SWITCH = '0f3c2b1a-7d6e-4f5a-9b8c-1a2b3c4d5e03';
export const NIC = 'Intel(R) Ethernet Server Adapter X520-2';

export const vm: StubObject = {
  Id: VM,
  Name: 'sql01',
  State: windows.VMState.Running,
  OperationalStatus: [windows.VMOperationalStatus.Ok, windows.VMOperationalStatus.IovNoAvailResources],
  Heartbeat: windows.VMHeartbeatStatus.OkApplicationsHealthy,
  Uptime: 86_400_123,
  ProcessorCount: 8,
  Generation: 2,
  Version: '10.0',
  VirtualMachineType: windows.VirtualMachineType.RealizedVirtualMachine,
  ReplicationMode: windows.VMReplicationMode.None,
};

export const vnic: StubObject = {
  Id: `Microsoft:${VM}\\${VNIC}`,
  Name: 'Network Adapter',
  VMName: 'sql01',
  VMId: VM,
  SwitchName: 'vSwitch',
  SwitchId: SWITCH,
  MacAddress: '00155D30AA00',
  IsLegacy: false,
  IsManagementOs: false,
  IsExternalAdapter: false,
  Connected: true,
  Status: [windows.VMNetworkAdapterOperationalStatus.Ok],
  StatusDescription: ['OK'],
  IovWeight: 100,
  IovQueuePairsRequested: 4_294_967_295,
  IovQueuePairsAssigned: 1,
  IovUsage: 1,
  VFDataPathActive: true,
  VmqWeight: 100,
  VmqUsage: 0,
  VrssEnabled: true,
  VmmqEnabled: false,
  VmmqQueuePairs: 4,
  VmmqQueuePairsRequested: 16,
  IPAddresses: ['192.0.2.7', 'fe80::1'],
};

export const vnicSettings: StubObject = {
  Id: `Microsoft:${VM}\\${VNIC}`,
  VirtualSubnetId: 0,
  IsolationSetting: { IsolationMode: windows.VMNetworkAdapterIsolationMode.Vlan },
  BandwidthSetting: { MaximumBandwidth: 10_000_000_000 },
  VlanSetting: { OperationMode: windows.VMNetworkAdapterVlanMode.Access, AccessVlanId: 101 },
};

export const inventory: StubHost = {
  calls: {
    'Get-VMHost': {
      type: 'VMHost',
      rows: [
        {
          Name: 'HV01',
          FullyQualifiedDomainName: 'hv01.example.com',
          LogicalProcessorCount: 32,
          IovSupport: false,
          IovSupportReasons: [
            'Stellen Sie sicher, dass das System SR-IOV unterst\u00fctzt und die E/A-Virtualisierung im BIOS aktiviert ist.',
          ],
        },
      ],
    },
    'Get-VMSwitch': {
      type: 'VMSwitch',
      rows: [
        {
          Id: SWITCH.toUpperCase(),
          Name: 'vSwitch',
          SwitchType: windows.VMSwitchType.External,
          AllowManagementOS: true,
          IovEnabled: true,
          IovSupport: true,
          IovSupportReasons: [],
          IovVirtualFunctionCount: 62,
          IovVirtualFunctionsInUse: 1,
          IovQueuePairCount: 127,
          IovQueuePairsInUse: 8,
          AvailableVMQueues: 31,
          NumberVmqAllocated: 1,
          EmbeddedTeamingEnabled: false,
          BandwidthReservationMode: windows.VMSwitchBandwidthMode.Absolute,
          NetAdapterInterfaceDescription: NIC,
          NetAdapterInterfaceDescriptions: [NIC],
          NetAdapterInterfaceGuid: ['9D8C7B6A-5F4E-4D3C-8B2A-190817263504'],
        },
      ],
    },
    'Get-VM': { type: 'VirtualMachine', rows: [vm] },
    'Get-VMNetworkAdapter': { type: 'VMNetworkAdapter', rows: [vnic] },
    'Get-NetAdapterSriovVf': {
      type: 'NetAdapterSriovVf',
      rows: [
        {
          InterfaceDescription: NIC,
          FunctionID: 3,
          VmID: VM,
          VmNicID: `${VM}--${VNIC}`,
          VmFriendlyName: 'sql01',
          CurrentMacAddress: '00-15-5D-30-AA-00',
          PermanentMacAddress: '00-00-00-00-00-00',
          VPortID: [4],
        },
      ],
    },
    'Get-NetAdapterVPort': {
      type: 'NetAdapterVPort',
      rows: [
        {
          InterfaceDescription: NIC,
          VPortID: 4,
          FunctionID: 3,
          NumQueuePairs: 1,
          VPortState: { raw: windows.VPortState.Activated, word: 'Aktiviert' },
          FilterList: [{ FilterID: 1, MacAddress: '00-15-5D-30-AA-00', VlanID: 101 }],
        },
      ],
    },
    'Get-NetAdapter': {
      type: 'NetAdapter',
      rows: [
        {
          Name: 'NIC1',
          InterfaceDescription: NIC,
          InterfaceGuid: '{9D8C7B6A-5F4E-4D3C-8B2A-190817263504}',
          MacAddress: 'A0-36-9F-11-22-33',
          InterfaceOperationalStatus: { raw: windows.IfOperStatus.Up, word: 'Up' },
          InterfaceAdminStatus: { raw: windows.IfAdminStatus.UP, word: 'Up' },
          ReceiveLinkSpeed: '10000000000',
          DriverVersion: '4.1.77.0',
          DriverFileName: 'ixn65x64.sys',
          HardwareInterface: true,
          Virtual: false,
        },
      ],
    },
    'Get-NetAdapterSriov': {
      type: 'NetAdapterSriov',
      rows: [
        {
          InterfaceDescription: NIC,
          Enabled: true,
          SriovSupport: { raw: windows.SriovSupport.Supported, word: 'Supported' },
          NumVFs: 62,
          NumAllocatedVFs: 1,
          NumVPorts: 63,
          NumActiveVPorts: 2,
          HardwareCapabilities: { MaxNumVFs: 63 },
          CurrentCapabilities: {
            MaxNumQueuePairs: 128,
          },
        },
      ],
    },
    'Get-NetAdapterVmq': {
      type: 'NetAdapterVmq',
      rows: [
        {
          InterfaceDescription: NIC,
          Enabled: true,
          NumberOfReceiveQueues: 31,
          BaseProcessorGroup: 0,
          BaseProcessorNumber: 2,
          MaxProcessors: 8,
          MaxProcessorNumber: 30,
          NumaNode: 65_535,
        },
      ],
    },
    'Get-NetAdapterVmqQueue': {
      type: 'NetAdapterVmqQueue',
      rows: [
        {
          InterfaceDescription: NIC,
          QueueID: 1,
          State: { raw: windows.ReceiveQueueState.Running, word: 'Running' },
          ProcessorGroup: 0,
          ProcessorAffinityMask: '18446744073709551615',
          VmID: VM,
          VmFriendlyName: 'sql01',
          FilterList: [
            { FilterID: 1, MacAddress: '00-15-5D-30-AA-00' },
            { FilterID: 2, MacAddress: '00-15-5D-30-AA-01' },
          ],
        },
      ],
    },
  },
  counters: {
    'Hyper-V Virtual Network Adapter': {
      rows: [{ instance: `sql01_Network Adapter_${VM.toLowerCase()}--${VNIC}`, values: {} }],
    },
  },
};

export const activity: StubHost = {
  calls: {
    'Get-NetAdapterStatistics': {
      type: 'NetAdapterStatistics',
      rows: [
        {
          InterfaceDescription: NIC,
          ReceivedBytes: '18446744073709551615',
          ReceivedUnicastPackets: '9007199254740993',
          ReceivedMulticastPackets: '3',
          ReceivedBroadcastPackets: '4',
          ReceivedDiscardedPackets: '0',
          ReceivedPacketErrors: '0',
          SentBytes: '77',
          SentUnicastPackets: '8',
          SentMulticastPackets: '9',
          SentBroadcastPackets: '10',
          OutboundDiscardedPackets: '11',
          OutboundPacketErrors: '12',
        },
      ],
    },
    'Get-Process': {
      type: 'Process',
      rows: [{ Name: 'vmms', Id: 2244, WorkingSet64: 5_000_000_000, HandleCount: 3100 }],
    },
  },
  counters: {
    'Hyper-V Virtual Switch': {
      types: { 'Bytes Received/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT },
      rows: [{ instance: 'vSwitch', values: { 'Bytes Received/sec': '9007199254740993' } }],
    },
    'Hyper-V Hypervisor Virtual Processor': {
      types: {
        '% Guest Run Time': windows.CounterType.PERF_PRECISION_100NS_TIMER,
        'CPU Wait Time Per Dispatch': windows.CounterType.PERF_AVERAGE_BULK,
      },
      rows: [
        {
          instance: 'sql01:Hv VP 0',
          values: {
            '% Guest Run Time': '120000000',
            'CPU Wait Time Per Dispatch': '5000',
            'CPU Wait Time Per Dispatch Base': '42',
          },
        },
      ],
    },
    'Hyper-V Hypervisor Logical Processor': { throw: 'Der Zugriff wurde verweigert' },
  },
};

export const config: StubHost = {
  calls: {
    'Get-CimInstance Win32_OperatingSystem': {
      type: 'Win32_OperatingSystem',
      rows: [
        {
          Caption: 'Microsoft Windows Server 2022 Datacenter',
          BuildNumber: '20348',
          OperatingSystemSKU: 8,
          ProductType: windows.ProductType.Server,
        },
      ],
    },
    'Get-CimInstance Win32_ComputerSystem': {
      type: 'Win32_ComputerSystem',
      rows: [{ Manufacturer: 'Dell Inc.', Model: 'PowerEdge R720' }],
    },
    'Get-CimInstance Win32_BIOS': { type: 'Win32_BIOS', rows: [{ SMBIOSBIOSVersion: '2.9.0' }] },
    'Get-CimInstance Win32_Processor': {
      type: 'Win32_Processor',
      rows: [
        { NumberOfCores: 8, NumberOfLogicalProcessors: 16 },
        { NumberOfCores: 8, NumberOfLogicalProcessors: 16 },
      ],
    },
    'Get-VMSwitchExtension': {
      type: 'VMSwitchExtension',
      rows: [
        {
          SwitchId: SWITCH,
          SwitchName: 'vSwitch',
          Id: 'E7C3B2F0-F3C5-48DF-AF2B-10FED6D72E7A',
          Name: 'Microsoft Windows Filtering Platform',
          ExtensionType: windows.VMSwitchExtensionType.Filter,
          Enabled: true,
          Running: true,
        },
      ],
    },
    'Get-VMSwitchTeam': {
      type: 'VMSwitchTeam',
      rows: [
        {
          Id: SWITCH,
          Name: 'vSwitch',
          LoadBalancingAlgorithm: windows.VMSwitchLoadBalancingAlgorithm.HyperVPort,
        },
      ],
    },
    'Get-NetLbfoTeam': {
      type: 'NetLbfoTeam',
      rows: [
        {
          Name: 'Team1',
          Members: ['NIC1', 'NIC2'],
          TeamNics: ['Team1'],
          TeamingMode: { raw: windows.LbfoTeamingMode.SwitchIndependent, word: 'SwitchIndependent' },
          LoadBalancingAlgorithm: { raw: windows.LbfoLoadBalancingAlgorithm.Dynamic, word: 'Dynamic' },
        },
      ],
    },
    'Get-VMNetworkAdapterTeamMapping': {
      type: 'TeamMapping',
      rows: [{ ParentAdapter: { Id: `Microsoft:${VM}\\${VNIC}` }, NetAdapterName: 'NIC2' }],
    },
    'Get-VMNetworkAdapterAcl': {
      type: 'AclRule',
      rows: [
        {
          ParentAdapter: { Id: `Microsoft:${VM}\\${VNIC}` },
          Action: windows.VMNetworkAdapterAclAction.Meter,
        },
      ],
    },
    'Get-VMNetworkAdapterExtendedAcl': {
      type: 'ExtendedAclRule',
      rows: [
        {
          ParentAdapter: { Id: `Microsoft:${VM}\\${VNIC}` },
          Action: windows.VMNetworkAdapterExtendedAclAction.Deny,
        },
      ],
    },
    'Get-VMNetworkAdapter': { type: 'VMNetworkAdapter', rows: [vnicSettings] },
    'Get-NetAdapterHardwareInfo': {
      type: 'NetAdapterHardware',
      rows: [
        { InterfaceDescription: NIC, SegmentNumber: 0, BusNumber: 66, DeviceNumber: 0, FunctionNumber: 1, NumaNode: 1 },
      ],
    },
  },
  registry: {
    'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization': { IovEnableOverride: 1 },
  },
};

/** A time with a fraction of a second, of a summer day in many zones */
export const LOGGED_AT = Date.UTC(2026, 6, 1, 10, 20, 30, 456);
export const eventlog: StubHost = {
  clock: LOGGED_AT + 1000,
  calls: {
    'Get-WinEvent': {
      type: 'EventRecord',
      rows: [
        {
          RecordId: 9_007_199_254_740_000,
          Id: 113,
          TimeCreated: LOGGED_AT,
          Message: 'Die VMQ f\u00fcr die NIC konnte nicht zugeordnet werden.',
          Properties: [{ Value: `${VM}--${VNIC}` }, { Value: 'Netzwerkkarte' }, { Value: '0xc000009a' }],
        },
      ],
      log: { channel: 'System', provider: 'Microsoft-Windows-Hyper-V-VmSwitch' },
    },
  },
};

export const cluster: StubHost = {
  calls: {
    'Get-CimInstance MSCluster_Node': {
      type: 'MSCluster_Node',
      rows: [
        {
          Name: 'HV01',
          State: { raw: windows.ClusterNodeState.Paused, word: 'Paused' },
          NodeDrainStatus: windows.ClusterNodeDrainStatus.Completed,
        },
        {
          Name: 'HV02',
          State: { raw: windows.ClusterNodeState.Down, word: 'Down' },
          NodeDrainStatus: windows.ClusterNodeDrainStatus.NotInitiated,
        },
      ],
    },
  },
  services: [{ Name: 'ClusSvc', Status: 'Running' }],
};
