import type { SourceName } from '../../../src/document/document.ts';
import type { WorldNic, WorldState, WorldTraffic, WorldVnic } from '../../../src/simulated-host/world-model.ts';
import { enumerations, type EnumerationName, windows } from '../../../src/document/enumerations.ts';
import type { StubCall, StubCounterSet, StubHost, StubObject } from './module.ts';

/**
 * The demo world as the objects that Windows' cmdlets would hand out, by code of its own: what the module makes of
 * them must equal the demo host's documents, which another writer makes.
 */
export function worldToObjects(world: WorldState, plain = false): StubHost {
  return {
    plain,
    clock: world.t,
    calls: { ...inventoryCalls(world), ...activityCalls(world), ...configCalls(world), ...eventCalls(world) },
    counters: counterSets(world),
    registry: registry(world),
    services: [
      { Name: 'vmms', Status: 'Running' },
      ...(world.cluster === undefined ? [] : [{ Name: 'ClusSvc', Status: 'Running' }]),
    ],
  };
}

/** A cmdlet: rows, or not there, as the world says. */
function call(world: WorldState, source: SourceName, type: string, rows: readonly StubObject[]): StubCall {
  return world.unsupported[source] === undefined ? { type, rows } : { missing: true };
}

/** A number of a CIM class that the module's type file shows as its name */
function shown(enumeration: EnumerationName, raw: number): { readonly raw: number; readonly word: string } {
  const [word] = Object.entries(enumerations[enumeration].members).find(([, number]) => number === raw) ?? [];
  if (word === undefined) throw new Error(`${enumeration} has no member ${raw}`);
  return { raw, word };
}

const dashed = (mac: string): string => mac.replaceAll('-', '').replace(/(..)(?=.)/g, '$1-');
const wide = (value: number): string => BigInt(Math.round(value)).toString();

function inventoryCalls(world: WorldState): Record<string, StubCall> {
  const { host } = world;
  const blocked = new Map(world.vms.flatMap((vm) => (vm.unreadable === undefined ? [] : [[vm.id, vm.unreadable]])));
  const errors = [...blocked.values()].map((message) => ({ message }));
  return {
    'Get-VMHost': call(world, 'vm_host', 'VMHost', [
      {
        Name: host.name,
        FullyQualifiedDomainName: host.fullyQualifiedDomainName,
        LogicalProcessorCount: host.logicalProcessors,
        IovSupport: host.iovSupport,
        IovSupportReasons: host.iovSupportReasons,
      },
    ]),
    'Get-VMSwitch': call(
      world,
      'vm_switch',
      'VMSwitch',
      world.vswitches.map((item) => ({
        Id: item.id,
        Name: item.name,
        SwitchType: item.type,
        AllowManagementOS: item.allowManagementOs,
        IovEnabled: item.iovEnabled,
        IovSupport: item.iovSupport,
        IovSupportReasons: item.iovSupportReasons,
        IovVirtualFunctionCount: item.vfLimit,
        IovVirtualFunctionsInUse: item.vfInUse,
        IovQueuePairCount: item.queuePairLimit,
        IovQueuePairsInUse: item.queuePairInUse,
        AvailableVMQueues: item.vmqLimit,
        NumberVmqAllocated: item.vmqAllocated,
        EmbeddedTeamingEnabled: item.embeddedTeaming,
        BandwidthReservationMode: item.bandwidthMode,
        NetAdapterInterfaceDescription: item.embeddedTeaming ? 'Teamed-Interface' : (item.nics[0] ?? null),
        NetAdapterInterfaceDescriptions: item.nics,
        NetAdapterInterfaceGuid: world.nics.filter((nic) => item.nics.includes(nic.description)).map((nic) => nic.guid),
      })),
    ),
    'Get-VM': {
      ...call(
        world,
        'vm',
        'VirtualMachine',
        world.vms
          .filter((item) => !blocked.has(item.id))
          .map((item) => ({
            Id: item.id,
            Name: item.name,
            State: item.state,
            OperationalStatus: item.operationalStatus,
            Heartbeat: item.heartbeat ?? null,
            Uptime: item.uptimeMs,
            ProcessorCount: item.processorCount,
            Generation: item.generation,
            Version: item.version,
            VirtualMachineType: item.type,
            ReplicationMode: item.replicationMode,
          })),
      ),
      errors,
    },
    'Get-VMNetworkAdapter': {
      ...call(
        world,
        'vm_network_adapter',
        'VMNetworkAdapter',
        world.vnics.filter((item) => item.vmId === undefined || !blocked.has(item.vmId)).map(vnicObject),
      ),
      errors,
    },
    'Get-NetAdapterSriovVf': call(
      world,
      'net_adapter_sriov_vf',
      'NetAdapterSriovVf',
      world.vfs.map((vf) => ({
        InterfaceDescription: vf.nic,
        FunctionID: vf.functionId,
        VmID: vf.shownVmId,
        VmNicID: vf.shownVmNicId,
        VmFriendlyName: vf.vmName,
        CurrentMacAddress: dashed(vf.mac),
        PermanentMacAddress: dashed(vf.mac),
        VPortID: [vf.vportId],
      })),
    ),
    'Get-NetAdapterVPort': call(
      world,
      'net_adapter_vport',
      'NetAdapterVPort',
      world.vports.map((vport) => ({
        InterfaceDescription: vport.nic,
        VPortID: vport.vportId,
        FunctionID: vport.functionId,
        NumQueuePairs: vport.queuePairs,
        VPortState: shown('VPortState', vport.state),
        FilterList: vport.filterMacs.map((mac) => ({ MacAddress: dashed(mac) })),
      })),
    ),
    'Get-NetAdapter': call(world, 'net_adapter', 'NetAdapter', world.nics.map(nicObject)),
    'Get-NetAdapterSriov': call(
      world,
      'net_adapter_sriov',
      'NetAdapterSriov',
      world.nics.filter((nic) => nic.sriovCapable).map(sriovObject),
    ),
    'Get-NetAdapterVmq': call(
      world,
      'net_adapter_vmq',
      'NetAdapterVmq',
      world.nics.map((nic) => ({
        InterfaceDescription: nic.description,
        Name: nic.name,
        Enabled: nic.vmqEnabled,
        NumberOfReceiveQueues: nic.vmqQueueLimit,
        BaseProcessorGroup: 0,
        BaseProcessorNumber: nic.baseProcessor,
        MaxProcessors: nic.maxProcessors,
        MaxProcessorNumber: nic.maxProcessor,
        NumaNode: nic.numaNode,
      })),
    ),
    'Get-NetAdapterVmqQueue': call(
      world,
      'net_adapter_vmq_queue',
      'NetAdapterVmqQueue',
      world.vmQueues.map((queue) => ({
        InterfaceDescription: queue.nic,
        QueueID: queue.queueId,
        State: shown('ReceiveQueueState', queue.state),
        ProcessorGroup: queue.processorGroup,
        ProcessorAffinityMask: queue.processorMask,
        VmID: queue.vmId?.toUpperCase() ?? null,
        VmFriendlyName: queue.vmName ?? null,
        FilterList: queue.filterMacs.map((mac) => ({ MacAddress: dashed(mac) })),
      })),
    ),
  };
}

/** What Get-VMNetworkAdapter shows of offload state while a vNIC has no port (docs/unverified.md, port-defaults) */
const defaults: StubObject = {
  Status: [],
  StatusDescription: [],
  IovWeight: 0,
  IovQueuePairsRequested: 1,
  IovQueuePairsAssigned: 0,
  IovUsage: 0,
  VFDataPathActive: false,
  VmqWeight: 100,
  VmqUsage: 0,
  VrssEnabled: true,
  VmmqEnabled: false,
  VmmqQueuePairs: 0,
  VmmqQueuePairsRequested: 16,
};

function vnicObject(vnic: WorldVnic): StubObject {
  const truth: StubObject = {
    Status: vnic.status,
    StatusDescription: vnic.statusDescription,
    IovWeight: vnic.iovWeight,
    IovQueuePairsRequested: vnic.queuePairsRequested,
    IovQueuePairsAssigned: vnic.queuePairsAssigned,
    IovUsage: vnic.iovUsage,
    VFDataPathActive: vnic.vfDataPathActive,
    VmqWeight: vnic.vmqWeight,
    VmqUsage: vnic.vmqUsage,
    VrssEnabled: vnic.vrssEnabled,
    VmmqEnabled: vnic.vmmqEnabled,
    VmmqQueuePairs: vnic.vmmqQueuePairs,
    VmmqQueuePairsRequested: vnic.vmmqQueuePairsRequested,
  };
  const seen = vnic.port === 'missing' ? defaults : truth;
  const iov = new Set(['IovWeight', 'IovQueuePairsRequested', 'IovQueuePairsAssigned', 'IovUsage']);
  const { settings } = vnic;
  return {
    Id: vnic.id,
    Name: vnic.name,
    VMName: vnic.vmName ?? null,
    VMId: vnic.vmId ?? null,
    SwitchName: vnic.vswitchName ?? null,
    SwitchId: vnic.vswitchId ?? null,
    MacAddress: vnic.mac,
    IsLegacy: vnic.legacy,
    IsManagementOs: vnic.managementOs,
    IsExternalAdapter: false,
    Connected: vnic.managementOs ? null : vnic.connected,
    ...Object.fromEntries(Object.entries(seen).filter(([name]) => !(vnic.managementOs && iov.has(name)))),
    IPAddresses: vnic.ipAddresses,
    VirtualSubnetId: settings.virtualSubnetId,
    IsolationSetting: { IsolationMode: settings.isolationMode },
    BandwidthSetting: {
      MaximumBandwidth: settings.maximumBandwidth,
    },
    VlanSetting: { OperationMode: settings.vlanOperationMode, AccessVlanId: settings.accessVlanId },
    AclList: rulesOf(vnic, false),
    ExtendedAclList: rulesOf(vnic, true),
  };
}

const rulesOf = ({ id, settings }: WorldVnic, extended: boolean): StubObject[] =>
  settings.acls
    .filter((rule) => rule.extended === extended)
    .map(({ action }) => ({ ParentAdapter: { Id: id }, Action: action }));

function nicObject(nic: WorldNic): StubObject {
  return {
    Name: nic.name,
    InterfaceDescription: nic.description,
    InterfaceGuid: `{${nic.guid.toUpperCase()}}`,
    MacAddress: dashed(nic.mac),
    InterfaceOperationalStatus: shown('IfOperStatus', windows.IfOperStatus[nic.up ? 'Up' : 'Down']),
    InterfaceAdminStatus: shown('IfAdminStatus', windows.IfAdminStatus.UP),
    ReceiveLinkSpeed: wide(nic.bitsPerSecond),
    DriverVersion: nic.driverVersion,
    DriverFileName: nic.driverFile,
    HardwareInterface: true,
    Virtual: false,
  };
}

function sriovObject(nic: WorldNic): StubObject {
  const capabilities: StubObject = {
    MaxNumVFs: nic.hardwareVfLimit,
    MaxNumVPorts: nic.hardwareVportLimit,
    MaxNumQueuePairs: nic.hardwareQueuePairLimit,
  };
  return {
    InterfaceDescription: nic.description,
    Name: nic.name,
    Enabled: nic.sriovEnabled,
    SriovSupport: shown('SriovSupport', nic.sriovSupport),
    NumVFs: nic.vfLimit,
    NumAllocatedVFs: nic.vfAllocated,
    NumVPorts: nic.vportLimit,
    NumActiveVPorts: nic.vportActive,
    HardwareCapabilities: capabilities,
    // What the driver offers now; what the hardware could may be more.
    CurrentCapabilities: { ...capabilities, MaxNumVFs: nic.vfLimit, MaxNumVPorts: nic.vportLimit },
  };
}

function activityCalls(world: WorldState): Record<string, StubCall> {
  return {
    'Get-NetAdapterStatistics': call(
      world,
      'net_adapter_statistics',
      'NetAdapterStatistics',
      world.nics.map(({ description, counters }) => ({
        InterfaceDescription: description,
        ...Object.fromEntries(
          Object.entries(counters).map(([name, value]) => [name[0]!.toUpperCase() + name.slice(1), wide(value)]),
        ),
      })),
    ),
    'Get-Process': call(
      world,
      'process',
      'Process',
      world.processes.map(({ name, id, workingSet, handles }) => ({
        Name: name,
        Id: id,
        WorkingSet64: workingSet,
        HandleCount: handles,
      })),
    ),
  };
}

const eventCalls = (world: WorldState): Record<string, StubCall> => ({
  'Get-WinEvent': {
    ...call(
      world,
      'vmswitch_event',
      'EventRecord',
      world.events.map(({ recordId, id, time, values, message }) => ({
        RecordId: recordId,
        Id: id,
        TimeCreated: time,
        Message: message,
        Properties: values.map((Value) => ({ Value })),
      })),
    ),
    log: { channel: 'System', provider: 'Microsoft-Windows-Hyper-V-VmSwitch' },
  },
});

function configCalls(world: WorldState): Record<string, StubCall> {
  const { host, cluster } = world;
  const parents = world.vnics.map((vnic) => ({ parent: { Id: vnic.id }, settings: vnic.settings }));
  const cim = (type: string, row: StubObject): StubCall => call(world, 'computer', type, [row]);
  return {
    'Get-CimInstance Win32_OperatingSystem': cim('Win32_OperatingSystem', {
      Caption: host.os,
      BuildNumber: host.build,
      OperatingSystemSKU: host.sku,
      ProductType: host.productType,
    }),
    'Get-CimInstance Win32_ComputerSystem': cim('Win32_ComputerSystem', {
      Manufacturer: host.manufacturer,
      Model: host.model,
    }),
    'Get-CimInstance Win32_BIOS': cim('Win32_BIOS', { SMBIOSBIOSVersion: host.bios }),
    'Get-CimInstance Win32_Processor': cim('Win32_Processor', {
      NumberOfCores: host.cores,
      NumberOfLogicalProcessors: host.logicalProcessors,
    }),
    'Get-VMSwitchExtension': call(
      world,
      'vm_switch_extension',
      'VMSwitchExtension',
      world.vswitches.flatMap((vswitch) =>
        vswitch.extensions.map((extension) => ({
          SwitchId: vswitch.id,
          SwitchName: vswitch.name,
          Id: extension.id,
          Name: extension.name,
          ExtensionType: extension.type,
          Enabled: extension.enabled,
          Running: extension.running,
        })),
      ),
    ),
    'Get-VMSwitchTeam': call(
      world,
      'vm_switch_team',
      'VMSwitchTeam',
      world.teams.map((team) => ({
        Id: team.vswitchId,
        Name: team.name,
        LoadBalancingAlgorithm: team.loadBalancing,
      })),
    ),
    'Get-NetLbfoTeam': call(world, 'net_lbfo_team', 'NetLbfoTeam', []),
    'Get-VMNetworkAdapterTeamMapping': call(
      world,
      'vm_network_adapter_team_mapping',
      'TeamMapping',
      parents.flatMap(({ parent, settings }) =>
        settings.teamMember === undefined ? [] : [{ ParentAdapter: parent, NetAdapterName: settings.teamMember }],
      ),
    ),
    'Get-VMNetworkAdapterAcl': call(
      world,
      'vm_network_adapter_acl',
      'AclRule',
      world.vnics.flatMap((vnic) => rulesOf(vnic, false)),
    ),
    'Get-VMNetworkAdapterExtendedAcl': call(
      world,
      'vm_network_adapter_extended_acl',
      'ExtendedAclRule',
      world.vnics.flatMap((vnic) => rulesOf(vnic, true)),
    ),
    'Get-NetAdapterHardwareInfo': call(
      world,
      'net_adapter_hardware',
      'NetAdapterHardware',
      world.nics.map((nic) => ({
        InterfaceDescription: nic.description,
        SegmentNumber: nic.segment,
        BusNumber: nic.bus,
        DeviceNumber: nic.device,
        FunctionNumber: nic.function,
        NumaNode: nic.numaNode,
      })),
    ),
    ...(cluster === undefined
      ? {}
      : {
          'Get-CimInstance MSCluster_Node': call(world, 'cluster_node', 'MSCluster_Node', [
            { Name: cluster.name, State: cluster.state, NodeDrainStatus: cluster.drainStatus },
          ]),
        }),
  };
}

function registry({ host }: WorldState): NonNullable<StubHost['registry']> {
  return {
    'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization':
      host.iovEnableOverride === undefined ? {} : { IovEnableOverride: host.iovEnableOverride },
    ...(host.isVirtualMachine ? { 'HKLM:\\SOFTWARE\\Microsoft\\Virtual Machine\\Guest\\Parameters': {} } : {}),
  };
}

const trafficTypes = {
  'Bytes Received/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT,
  'Bytes Sent/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT,
  'Packets Received/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT,
  'Packets Sent/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT,
  'Dropped Packets Incoming/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT,
  'Dropped Packets Outgoing/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT,
};

const trafficValues = (traffic: WorldTraffic): Record<string, string> => ({
  'Bytes Received/sec': wide(traffic.bytesReceived),
  'Bytes Sent/sec': wide(traffic.bytesSent),
  'Packets Received/sec': wide(traffic.packetsReceived),
  'Packets Sent/sec': wide(traffic.packetsSent),
  'Dropped Packets Incoming/sec': wide(traffic.droppedIncoming),
  'Dropped Packets Outgoing/sec': wide(traffic.droppedOutgoing),
});

const runTime = {
  '% Guest Run Time': windows.CounterType.PERF_100NSEC_TIMER,
  '% Hypervisor Run Time': windows.CounterType.PERF_100NSEC_TIMER,
};

function counterSets(world: WorldState): Record<string, StubCounterSet> {
  const vfs = world.vfs.flatMap(({ counterInstance, traffic }) =>
    counterInstance === undefined || traffic === undefined
      ? []
      : [
          {
            instance: counterInstance,
            values: {
              'Rx octets': wide(traffic.bytesReceived),
              'Rx packets': wide(traffic.packetsReceived),
              'Tx octets': wide(traffic.bytesSent),
              'Tx packets': wide(traffic.packetsSent),
            },
          },
        ],
  );
  const sets: readonly (readonly [SourceName, string, StubCounterSet])[] = [
    [
      'counters_virtual_network_adapter',
      'Hyper-V Virtual Network Adapter',
      {
        types: trafficTypes,
        rows: world.vnics.flatMap(({ counterInstance, traffic }) =>
          counterInstance === undefined ? [] : [{ instance: counterInstance, values: trafficValues(traffic) }],
        ),
      },
    ],
    [
      'counters_virtual_switch',
      'Hyper-V Virtual Switch',
      {
        types: { ...trafficTypes, 'Number of VMQ Moves/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT },
        rows: world.vswitches.map(({ name, traffic, vmqMoves }) => ({
          instance: name,
          values: { ...trafficValues(traffic), 'Number of VMQ Moves/sec': wide(vmqMoves) },
        })),
      },
    ],
    [
      'counters_virtual_processor',
      'Hyper-V Hypervisor Virtual Processor',
      {
        types: {
          ...runTime,
          '% Remote Run Time': windows.CounterType.PERF_100NSEC_TIMER,
          'CPU Wait Time Per Dispatch': windows.CounterType.PERF_AVERAGE_BULK,
        },
        rows: world.vms.flatMap(({ processors }) =>
          processors.map((vp) => ({
            instance: vp.instance,
            values: {
              '% Guest Run Time': wide(vp.guest100ns),
              '% Hypervisor Run Time': wide(vp.hypervisor100ns),
              '% Remote Run Time': wide(vp.remote100ns),
              'CPU Wait Time Per Dispatch': wide(vp.waitNs),
              'CPU Wait Time Per Dispatch Base': wide(vp.dispatches),
            },
          })),
        ),
      },
    ],
    [
      'counters_root_virtual_processor',
      'Hyper-V Hypervisor Root Virtual Processor',
      {
        types: runTime,
        rows: world.rootProcessors.map((vp) => ({
          instance: vp.instance,
          values: { '% Guest Run Time': wide(vp.guest100ns), '% Hypervisor Run Time': wide(vp.hypervisor100ns) },
        })),
      },
    ],
    [
      'counters_logical_processor',
      'Hyper-V Hypervisor Logical Processor',
      {
        types: { ...runTime, '% Idle Time': windows.CounterType.PERF_100NSEC_TIMER },
        rows: world.logicalProcessors.map((lp) => ({
          instance: lp.instance,
          values: {
            '% Guest Run Time': wide(lp.guest100ns),
            '% Hypervisor Run Time': wide(lp.hypervisor100ns),
            '% Idle Time': wide(lp.idle100ns),
          },
        })),
      },
    ],
    [
      'counters_mellanox_vf',
      'Mellanox WinOF-2 VF Internal Traffic Counters',
      {
        types: Object.fromEntries(
          ['Rx octets', 'Rx packets', 'Tx octets', 'Tx packets'].map((name) => [
            name,
            windows.CounterType.PERF_COUNTER_BULK_COUNT,
          ]),
        ),
        rows: vfs,
      },
    ],
  ];
  return Object.fromEntries(
    sets.filter(([source]) => world.unsupported[source] === undefined).map(([, name, set]) => [name, set]),
  );
}
