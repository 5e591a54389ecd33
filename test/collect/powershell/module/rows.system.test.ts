import { expect, it } from 'vitest';
import { PARTS, rawDocument, type Part } from '../../../../src/document/document.ts';
import { queries } from '../../../../src/document/queries/index.ts';
import { windows } from '../../../../src/document/enumerations.ts';
import type { ModuleSource, StubHost } from '../../../support/pwsh/module.ts';
import { describeWith } from '../../../support/tools.ts';
import { activity, cluster, config, eventlog, inventory, LOGGED_AT, NIC, SWITCH, VM, VNIC } from './hosts.ts';
import { inOneEngine } from './one-engine.ts';

/** Properties of the objects in properties */
const EMBEDDED = [
  ...['MaxNumVFs', 'MaxNumQueuePairs'].map((name) => `SriovCapabilities.${name}`),
  'VmqFilter.MacAddress',
  'EventProperty.Value',
  'ParentAdapter.Id',
  'IsolationSetting.IsolationMode',
  'BandwidthSetting.MaximumBandwidth',
  'VlanSetting.OperationMode',
  'VlanSetting.AccessVlanId',
];

describeWith(['pwsh'], 'the module turns cmdlet objects into flat rows', () => {
  const cases = {
    inventory: { part: 'inventory', host: inventory },
    activity: { part: 'activity', host: activity },
    config: { part: 'config', host: config },
    cluster: { part: 'cluster', host: cluster },
    eventlog: { part: 'eventlog', host: eventlog },
    'with addresses': { part: 'inventory', host: inventory, options: { IncludeIPAddresses: true } },
    excluding: { part: 'inventory', host: inventory, options: { ExcludeSource: 'vm,net_adapter_vmq' } },
  } as const;
  const resultOf = inOneEngine(cases);
  const source = (name: keyof typeof cases, of: string): ModuleSource => resultOf(name).document.sources[of]!;

  it.each(PARTS)('%s is a raw document with every source', (part: Part) => {
    const { document } = resultOf(part);
    expect(rawDocument.parse(document)).toMatchObject({
      schema: 1,
      part,
      module: '0.1.0',
      powershell: { edition: 'Core' },
    });
    expect(document['child']).toMatchObject({ pid: expect.any(Number), workingSet: expect.stringMatching(/^\d+$/) });
    expect(Object.keys(document.sources).sort()).toEqual(Object.keys(queries[part]).sort());
    expect(resultOf(part).errors).toBe(0);
  });

  const inventoryRows: Record<string, unknown> = {
    vm_host: {
      name: 'HV01',
      fullyQualifiedDomainName: 'hv01.example.com',
      logicalProcessorCount: 32,
      iovSupport: false,
      iovSupportReasons: [
        'Stellen Sie sicher, dass das System SR-IOV unterst\u00fctzt und die E/A-Virtualisierung im BIOS aktiviert ist.',
      ],
    },
    vm_switch: {
      id: SWITCH,
      name: 'vSwitch',
      switchType: windows.VMSwitchType.External,
      allowManagementOS: true,
      iovEnabled: true,
      iovSupport: true,
      iovSupportReasons: [],
      iovVirtualFunctionCount: 62,
      iovVirtualFunctionsInUse: 1,
      iovQueuePairCount: 127,
      iovQueuePairsInUse: 8,
      availableVMQueues: 31,
      numberVmqAllocated: 1,
      embeddedTeamingEnabled: false,
      bandwidthReservationMode: windows.VMSwitchBandwidthMode.Absolute,
      netAdapterInterfaceDescription: NIC,
      netAdapterInterfaceDescriptions: [NIC],
      netAdapterInterfaceGuid: ['9d8c7b6a-5f4e-4d3c-8b2a-190817263504'],
    },
    vm: {
      id: VM.toLowerCase(),
      name: 'sql01',
      state: windows.VMState.Running,
      operationalStatus: [windows.VMOperationalStatus.Ok, windows.VMOperationalStatus.IovNoAvailResources],
      heartbeat: windows.VMHeartbeatStatus.OkApplicationsHealthy,
      uptimeMs: '86400123',
      processorCount: 8,
      generation: 2,
      version: '10.0',
      virtualMachineType: windows.VirtualMachineType.RealizedVirtualMachine,
      replicationMode: windows.VMReplicationMode.None,
    },
    vm_network_adapter: {
      id: `Microsoft:${VM}\\${VNIC}`,
      name: 'Network Adapter',
      vmName: 'sql01',
      vmId: VM.toLowerCase(),
      switchName: 'vSwitch',
      switchId: SWITCH,
      macAddress: '00155D30AA00',
      isLegacy: false,
      isManagementOs: false,
      isExternalAdapter: false,
      connected: true,
      status: [windows.VMNetworkAdapterOperationalStatus.Ok],
      statusDescription: ['OK'],
      iovWeight: 100,
      iovQueuePairsRequested: 4_294_967_295,
      iovQueuePairsAssigned: 1,
      iovUsage: 1,
      vfDataPathActive: true,
      vmqWeight: 100,
      vmqUsage: 0,
      vrssEnabled: true,
      vmmqEnabled: false,
      vmmqQueuePairs: 4,
      vmmqQueuePairsRequested: 16,
    },
    net_adapter: {
      name: 'NIC1',
      interfaceDescription: NIC,
      interfaceGuid: '{9D8C7B6A-5F4E-4D3C-8B2A-190817263504}',
      macAddress: 'A0-36-9F-11-22-33',
      interfaceOperationalStatus: windows.IfOperStatus.Up,
      interfaceAdminStatus: windows.IfAdminStatus.UP,
      receiveLinkSpeed: '10000000000',
      driverVersion: '4.1.77.0',
      driverFileName: 'ixn65x64.sys',
      hardwareInterface: true,
      virtual: false,
    },
    net_adapter_sriov: {
      interfaceDescription: NIC,
      enabled: true,
      sriovSupport: windows.SriovSupport.Supported,
      numVFs: 62,
      numAllocatedVFs: 1,
      numVPorts: 63,
      numActiveVPorts: 2,
      hwMaxNumVFs: 63,
      currentMaxNumQueuePairs: 128,
    },
    net_adapter_sriov_vf: {
      interfaceDescription: NIC,
      functionID: 3,
      vmID: VM,
      vmNicID: `${VM}--${VNIC}`,
      vmFriendlyName: 'sql01',
      currentMacAddress: '00-15-5D-30-AA-00',
      permanentMacAddress: '00-00-00-00-00-00',
      vPortID: [4],
    },
    net_adapter_vport: {
      interfaceDescription: NIC,
      vPortID: 4,
      functionID: 3,
      numQueuePairs: 1,
      vPortState: windows.VPortState.Activated,
      filterMacAddresses: ['00-15-5D-30-AA-00'],
    },
    net_adapter_vmq: {
      interfaceDescription: NIC,
      enabled: true,
      numberOfReceiveQueues: 31,
      baseProcessorGroup: 0,
      baseProcessorNumber: 2,
      maxProcessors: 8,
      maxProcessorNumber: 30,
      numaNode: 65_535,
    },
    net_adapter_vmq_queue: {
      interfaceDescription: NIC,
      queueID: 1,
      state: windows.ReceiveQueueState.Running,
      processorGroup: 0,
      processorAffinityMask: '18446744073709551615',
      vmID: VM,
      vmFriendlyName: 'sql01',
      filterMacAddresses: ['00-15-5D-30-AA-00', '00-15-5D-30-AA-01'],
    },
    vnic_instance: { instance: `sql01_Network Adapter_${VM.toLowerCase()}--${VNIC}` },
  };

  it.each(Object.keys(queries.inventory))('inventory: %s', (name) => {
    expect(source('inventory', name)).toMatchObject({ status: 'ok', errors: [] });
    expect(source('inventory', name).rows).toEqual([inventoryRows[name]]);
  });

  it('activity: NIC statistics keep all digits of 64 bits', () => {
    expect(source('activity', 'net_adapter_statistics').rows).toEqual([
      {
        interfaceDescription: NIC,
        receivedBytes: '18446744073709551615',
        receivedUnicastPackets: '9007199254740993',
        receivedMulticastPackets: '3',
        receivedBroadcastPackets: '4',
        receivedDiscardedPackets: '0',
        receivedPacketErrors: '0',
        sentBytes: '77',
        sentUnicastPackets: '8',
        sentMulticastPackets: '9',
        sentBroadcastPackets: '10',
        outboundDiscardedPackets: '11',
        outboundPacketErrors: '12',
      },
    ]);
  });

  it('activity: processes', () => {
    expect(source('activity', 'process').rows).toEqual([
      { name: 'vmms', id: 2244, workingSet: '5000000000', handles: 3100 },
    ]);
  });

  it('activity: counter sets have their types, an average has its base; a missing set is unsupported, a denied one failed', () => {
    expect(source('activity', 'counters_virtual_switch')).toMatchObject({
      status: 'ok',
      types: { 'Bytes Received/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT },
      rows: [{ instance: 'vSwitch', values: { 'Bytes Received/sec': '9007199254740993' } }],
    });
    expect(source('activity', 'counters_virtual_processor')).toMatchObject({
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
    });
    expect(source('activity', 'counters_mellanox_vf')).toMatchObject({ status: 'unsupported', rows: [] });
    expect(source('activity', 'counters_logical_processor')).toMatchObject({
      status: 'failed',
      rows: [],
      errors: ['Der Zugriff wurde verweigert'],
    });
  });

  const configRows: Record<string, unknown> = {
    computer: {
      caption: 'Microsoft Windows Server 2022 Datacenter',
      buildNumber: '20348',
      operatingSystemSKU: 8,
      productType: windows.ProductType.Server,
      manufacturer: 'Dell Inc.',
      model: 'PowerEdge R720',
      biosVersion: '2.9.0',
      numberOfCores: 16,
      numberOfLogicalProcessors: 32,
    },
    registry: { iovEnableOverride: 1, guestParametersPresent: false },
    vm_switch_extension: {
      switchId: SWITCH,
      switchName: 'vSwitch',
      id: 'E7C3B2F0-F3C5-48DF-AF2B-10FED6D72E7A',
      name: 'Microsoft Windows Filtering Platform',
      extensionType: windows.VMSwitchExtensionType.Filter,
      enabled: true,
      running: true,
    },
    vm_switch_team: {
      id: SWITCH,
      name: 'vSwitch',
      loadBalancingAlgorithm: windows.VMSwitchLoadBalancingAlgorithm.HyperVPort,
    },
    net_lbfo_team: {
      name: 'Team1',
      members: ['NIC1', 'NIC2'],
      teamNics: ['Team1'],
      teamingMode: windows.LbfoTeamingMode.SwitchIndependent,
      loadBalancingAlgorithm: windows.LbfoLoadBalancingAlgorithm.Dynamic,
    },
    vm_network_adapter_team_mapping: { parentAdapterId: `Microsoft:${VM}\\${VNIC}`, netAdapterName: 'NIC2' },
    vm_network_adapter_acl: {
      parentAdapterId: `Microsoft:${VM}\\${VNIC}`,
      action: windows.VMNetworkAdapterAclAction.Meter,
    },
    vm_network_adapter_extended_acl: {
      parentAdapterId: `Microsoft:${VM}\\${VNIC}`,
      action: windows.VMNetworkAdapterExtendedAclAction.Deny,
    },
    vm_network_adapter_setting: {
      id: `Microsoft:${VM}\\${VNIC}`,
      virtualSubnetId: 0,
      isolationMode: windows.VMNetworkAdapterIsolationMode.Vlan,
      maximumBandwidth: '10000000000',
      vlanOperationMode: windows.VMNetworkAdapterVlanMode.Access,
      accessVlanId: 101,
    },
    net_adapter_hardware: {
      interfaceDescription: NIC,
      segmentNumber: 0,
      busNumber: 66,
      deviceNumber: 0,
      functionNumber: 1,
      numaNode: 1,
    },
  };

  it.each(Object.keys(queries.config))('config: %s', (name) => {
    expect(source('config', name)).toMatchObject({ status: 'ok', errors: [] });
    expect(source('config', name).rows).toEqual([configRows[name]]);
  });

  it('cluster: own node, then the others, states as numbers', () => {
    expect(source('cluster', 'cluster_node').rows).toEqual([
      {
        name: 'HV01',
        state: windows.ClusterNodeState.Paused,
        nodeDrainStatus: windows.ClusterNodeDrainStatus.Completed,
      },
      {
        name: 'HV02',
        state: windows.ClusterNodeState.Down,
        nodeDrainStatus: windows.ClusterNodeDrainStatus.NotInitiated,
      },
    ]);
  });

  it('eventlog: time as Unix milliseconds, values as texts', () => {
    expect(source('eventlog', 'vmswitch_event')).toMatchObject({ status: 'ok', errors: [] });
    expect(source('eventlog', 'vmswitch_event').rows).toEqual([
      {
        recordId: 9_007_199_254_740_000,
        id: 113,
        time: LOGGED_AT,
        message: 'Die VMQ f\u00fcr die NIC konnte nicht zugeordnet werden.',
        values: [`${VM}--${VNIC}`, 'Netzwerkkarte', '0xc000009a'],
      },
    ]);
  });

  it('reads IP addresses only if enabled', () => {
    expect(resultOf('inventory').reads).not.toHaveProperty('VMNetworkAdapter.IPAddresses');
    expect(source('with addresses', 'vm_network_adapter').rows[0]).toMatchObject({
      ipAddresses: ['192.0.2.7', 'fe80::1'],
    });
  });

  it.each(PARTS)('%s reads no property that it does not return', (part) => {
    const { calls }: StubHost = cases[part].host;
    const allowed = new Set([
      ...EMBEDDED,
      ...Object.values(calls).flatMap(({ type, rows = [] }) =>
        rows.flatMap((row) => Object.keys(row).map((name) => `${type}.${name}`)),
      ),
    ]);
    const reads = Object.keys(resultOf(part).reads);
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.filter((name) => !allowed.has(name))).toEqual([]);
  });

  it('calls no cmdlet of an excluded source', () => {
    const { document, calls } = resultOf('excluding');
    expect(Object.keys(document.sources).sort()).toEqual(
      Object.keys(queries.inventory)
        .filter((name) => name !== 'vm' && name !== 'net_adapter_vmq')
        .sort(),
    );
    expect(calls).not.toContain('Get-VM');
    expect(calls).not.toContain('Get-NetAdapterVmq');
  });
});
