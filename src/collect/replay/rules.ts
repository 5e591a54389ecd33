import type { Part, Row, SourceName } from '../../document/document.ts';
import type { NameKind } from './pseudonyms.ts';

/** What happens to a field when a capture is anonymised. */
export type Rule =
  /** numbers, flags and enumeration codes stay */
  | 'value'
  /** texts about hardware and products stay: driver versions, models, what a vendor calls an extension */
  | 'product'
  /** as product, and remembered: counter instances hold it */
  | 'description'
  /** a name, or a list of names */
  | NameKind
  /** a GUID, or an id made of GUIDs such as `Microsoft:<VM GUID>\<vNIC GUID>` */
  | 'id'
  | 'mac'
  | 'ip'
  /** for people: what is known by then is replaced within */
  | 'text'
  /** `<VM name>_<vNIC name>_<VM GUID>--<vNIC GUID>` */
  | 'vnic_instance'
  /** `<VM name>:Hv VP <n>` */
  | 'vp_instance'
  /** `Hv LP <n>`, `Root VP <n>` */
  | 'lp_instance'
  /** a NIC's description or connection name and the VF's number */
  | 'vf_instance'
  /** counters: only those that the agent knows stay */
  | 'counters';

/** A rule for each field of a row: a field that is added to the schema asks for its rule here. */
type Rules = { readonly [P in Part]: { readonly [S in SourceName<P>]: Readonly<Record<keyof Row<P, S>, Rule>> } };

const RULES: Rules = {
  inventory: {
    vm_host: {
      name: 'host',
      fullyQualifiedDomainName: 'host',
      logicalProcessorCount: 'value',
      iovSupport: 'value',
      iovSupportReasons: 'text',
    },
    vm_switch: {
      id: 'id',
      name: 'vswitch',
      switchType: 'value',
      allowManagementOS: 'value',
      iovEnabled: 'value',
      iovSupport: 'value',
      iovSupportReasons: 'text',
      iovVirtualFunctionCount: 'value',
      iovVirtualFunctionsInUse: 'value',
      iovQueuePairCount: 'value',
      iovQueuePairsInUse: 'value',
      availableVMQueues: 'value',
      numberVmqAllocated: 'value',
      embeddedTeamingEnabled: 'value',
      bandwidthReservationMode: 'value',
      netAdapterInterfaceDescription: 'description',
      netAdapterInterfaceDescriptions: 'description',
      netAdapterInterfaceGuid: 'id',
    },
    vm: {
      id: 'id',
      name: 'vm',
      state: 'value',
      operationalStatus: 'value',
      heartbeat: 'value',
      uptimeMs: 'value',
      processorCount: 'value',
      generation: 'value',
      version: 'product',
      virtualMachineType: 'value',
      replicationMode: 'value',
      isClustered: 'value',
    },
    vm_network_adapter: {
      id: 'id',
      name: 'vnic',
      switchName: 'vswitch',
      switchId: 'id',
      macAddress: 'mac',
      vmName: 'vm',
      vmId: 'id',
      isLegacy: 'value',
      isManagementOs: 'value',
      connected: 'value',
      status: 'value',
      statusDescription: 'text',
      iovWeight: 'value',
      iovQueuePairsRequested: 'value',
      iovQueuePairsAssigned: 'value',
      iovUsage: 'value',
      vfDataPathActive: 'value',
      vmqWeight: 'value',
      vmqUsage: 'value',
      vrssEnabled: 'value',
      vrssEnabledRequested: 'value',
      vmmqEnabled: 'value',
      vmmqEnabledRequested: 'value',
      vmmqQueuePairs: 'value',
      vmmqQueuePairsRequested: 'value',
      ipAddresses: 'ip',
    },
    net_adapter: {
      name: 'nic',
      interfaceDescription: 'description',
      interfaceGuid: 'id',
      macAddress: 'mac',
      interfaceOperationalStatus: 'value',
      receiveLinkSpeed: 'value',
      driverVersion: 'product',
      driverFileName: 'product',
      hardwareInterface: 'value',
      virtual: 'value',
    },
    net_adapter_sriov: {
      interfaceDescription: 'description',
      name: 'nic',
      enabled: 'value',
      sriovSupport: 'product',
      numVFs: 'value',
      numAllocatedVFs: 'value',
      numVPorts: 'value',
      numActiveVPorts: 'value',
      numQueuePairsForDefaultVPort: 'value',
      numQueuePairsForNonDefaultVPorts: 'value',
      hwMaxNumVFs: 'value',
      hwMaxNumVPorts: 'value',
      hwMaxNumQueuePairs: 'value',
      currentMaxNumVFs: 'value',
      currentMaxNumVPorts: 'value',
      currentMaxNumQueuePairs: 'value',
      currentMaxNumQueuePairsPerNonDefaultVPort: 'value',
      currentSingleVportPoolSupported: 'value',
      currentVfRssSupported: 'value',
    },
    net_adapter_sriov_vf: {
      interfaceDescription: 'description',
      functionID: 'value',
      vmID: 'id',
      vmNicID: 'vnic_instance',
      vmFriendlyName: 'vm',
      currentMacAddress: 'mac',
      permanentMacAddress: 'mac',
      vPortID: 'value',
    },
    net_adapter_vport: {
      interfaceDescription: 'description',
      vPortID: 'value',
      functionID: 'value',
      numQueuePairs: 'value',
      vPortState: 'value',
      processorGroup: 'value',
      processorAffinityMask: 'value',
      filterMacAddresses: 'mac',
    },
    net_adapter_vmq: {
      interfaceDescription: 'description',
      name: 'nic',
      enabled: 'value',
      numberOfReceiveQueues: 'value',
      baseProcessorGroup: 'value',
      baseProcessorNumber: 'value',
      maxProcessors: 'value',
      maxProcessorNumber: 'value',
      numaNode: 'value',
    },
    net_adapter_vmq_queue: {
      interfaceDescription: 'description',
      queueID: 'value',
      state: 'value',
      processorGroup: 'value',
      processorAffinityMask: 'value',
      vmID: 'id',
      vmFriendlyName: 'vm',
      filterMacAddresses: 'mac',
    },
    vnic_instance: { instance: 'vnic_instance' },
  },
  activity: {
    net_adapter_statistics: {
      interfaceDescription: 'description',
      receivedBytes: 'value',
      receivedUnicastPackets: 'value',
      receivedMulticastPackets: 'value',
      receivedBroadcastPackets: 'value',
      receivedDiscardedPackets: 'value',
      receivedPacketErrors: 'value',
      sentBytes: 'value',
      sentUnicastPackets: 'value',
      sentMulticastPackets: 'value',
      sentBroadcastPackets: 'value',
      outboundDiscardedPackets: 'value',
      outboundPacketErrors: 'value',
    },
    process: { name: 'product', id: 'value', workingSet: 'value', handles: 'value' },
    counters_virtual_network_adapter: { instance: 'vnic_instance', values: 'counters' },
    counters_virtual_switch: { instance: 'vswitch', values: 'counters' },
    counters_virtual_processor: { instance: 'vp_instance', values: 'counters' },
    counters_root_virtual_processor: { instance: 'lp_instance', values: 'counters' },
    counters_logical_processor: { instance: 'lp_instance', values: 'counters' },
    counters_mellanox_vf: { instance: 'vf_instance', values: 'counters' },
  },
  config: {
    computer: {
      caption: 'product',
      buildNumber: 'product',
      operatingSystemSKU: 'value',
      productType: 'value',
      manufacturer: 'product',
      model: 'product',
      biosVersion: 'product',
      numberOfCores: 'value',
      numberOfLogicalProcessors: 'value',
    },
    registry: { iovEnableOverride: 'value', guestParametersPresent: 'value' },
    vm_switch_extension: {
      switchId: 'id',
      switchName: 'vswitch',
      id: 'id',
      name: 'product',
      vendor: 'product',
      extensionType: 'value',
      enabled: 'value',
      running: 'value',
    },
    vm_switch_team: {
      id: 'id',
      name: 'vswitch',
      netAdapterInterfaceDescription: 'description',
      teamingMode: 'value',
      loadBalancingAlgorithm: 'value',
    },
    net_lbfo_team: {
      name: 'team',
      members: 'nic',
      teamNics: 'nic',
      teamingMode: 'value',
      loadBalancingAlgorithm: 'value',
    },
    vm_network_adapter_team_mapping: { parentAdapterId: 'id', netAdapterName: 'nic' },
    vm_network_adapter_acl: { parentAdapterId: 'id', action: 'value', direction: 'value' },
    vm_network_adapter_extended_acl: { parentAdapterId: 'id', action: 'value', direction: 'value' },
    vm_network_adapter_setting: {
      id: 'id',
      virtualSubnetId: 'value',
      isolationMode: 'value',
      maximumBandwidth: 'value',
      minimumBandwidthAbsolute: 'value',
      minimumBandwidthWeight: 'value',
      vlanOperationMode: 'value',
      accessVlanId: 'value',
    },
    net_adapter_hardware: {
      interfaceDescription: 'description',
      segmentNumber: 'value',
      busNumber: 'value',
      deviceNumber: 'value',
      functionNumber: 'value',
      numaNode: 'value',
    },
  },
  cluster: { cluster_node: { name: 'host', state: 'value', nodeDrainStatus: 'value' } },
};

export const rulesOf = (part: Part): Readonly<Record<string, Readonly<Record<string, Rule>>>> => RULES[part];

export type Fields = Readonly<Record<string, unknown>>;
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
