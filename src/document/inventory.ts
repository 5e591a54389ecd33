import { z } from 'zod';
import { bool, int, ints, intOrWord, mask, requiredInt, requiredText, text, texts, wide } from './fields.ts';

/** Rows of the inventory part: everything that decides a path. Keys are the cmdlets' property names in camelCase. */

/** Get-VMHost */
const vmHost = z.object({
  name: text,
  fullyQualifiedDomainName: text,
  logicalProcessorCount: int,
  iovSupport: bool,
  /** Localised display texts, empty when supported. */
  iovSupportReasons: texts,
});

/** Get-VMSwitch */
const vmSwitch = z.object({
  id: requiredText,
  name: requiredText,
  /** Number of VMSwitchType */
  switchType: int,
  allowManagementOS: bool,
  iovEnabled: bool,
  iovSupport: bool,
  iovSupportReasons: texts,
  iovVirtualFunctionCount: int,
  iovVirtualFunctionsInUse: int,
  iovQueuePairCount: int,
  iovQueuePairsInUse: int,
  /** The capacity, not what is left (data-model section 4). */
  availableVMQueues: int,
  numberVmqAllocated: int,
  embeddedTeamingEnabled: bool,
  bandwidthReservationMode: int,
  netAdapterInterfaceDescription: text,
  netAdapterInterfaceDescriptions: texts,
  netAdapterInterfaceGuid: texts,
});

/** Get-VM */
const vm = z.object({
  id: requiredText,
  name: requiredText,
  /** Number of VMState */
  state: int,
  /** Numbers of VMOperationalStatus, the primary one first */
  operationalStatus: ints,
  /** VMHeartbeatStatus */
  heartbeat: int,
  uptimeMs: wide,
  processorCount: int,
  generation: int,
  version: text,
  /** Number of VirtualMachineType */
  virtualMachineType: int,
  /** Number of VMReplicationMode */
  replicationMode: int,
  isClustered: bool,
});

/** Get-VMNetworkAdapter -All: the vNICs of VMs and of the management OS. */
const vmNetworkAdapter = z.object({
  /** `Microsoft:<VM GUID>\<vNIC GUID>` */
  id: requiredText,
  name: text,
  vmName: text,
  vmId: text,
  switchName: text,
  switchId: text,
  /** 12 hexadecimal digits, no separators */
  macAddress: text,
  isLegacy: bool,
  isManagementOs: bool,
  connected: bool,
  /** VMNetworkAdapterOperationalStatus codes */
  status: ints,
  statusDescription: texts,
  iovWeight: int,
  iovQueuePairsRequested: int,
  iovQueuePairsAssigned: int,
  iovUsage: int,
  vfDataPathActive: bool,
  vmqWeight: int,
  vmqUsage: int,
  vrssEnabled: bool,
  vrssEnabledRequested: bool,
  vmmqEnabled: bool,
  vmmqEnabledRequested: bool,
  vmmqQueuePairs: int,
  vmmqQueuePairsRequested: int,
  /** Only when the administrator opted in. */
  ipAddresses: texts,
});

/** Get-NetAdapter */
const netAdapter = z.object({
  name: text,
  interfaceDescription: requiredText,
  interfaceGuid: text,
  macAddress: text,
  /** Number of IfOperStatus */
  interfaceOperationalStatus: int,
  /** bits per second */
  receiveLinkSpeed: wide,
  driverVersion: text,
  driverFileName: text,
  /** False for vSwitch ports and team NICs */
  hardwareInterface: bool,
  virtual: bool,
});

/** Get-NetAdapterSriov, its two embedded MSFT_NetAdapterSriovCapabilities flattened as hw… and current… */
const netAdapterSriov = z.object({
  interfaceDescription: requiredText,
  name: text,
  enabled: bool,
  /** Number or name of SriovSupport */
  sriovSupport: intOrWord,
  numVFs: int,
  numAllocatedVFs: int,
  numVPorts: int,
  numActiveVPorts: int,
  numQueuePairsForDefaultVPort: int,
  numQueuePairsForNonDefaultVPorts: int,
  hwMaxNumVFs: int,
  hwMaxNumVPorts: int,
  hwMaxNumQueuePairs: int,
  currentMaxNumVFs: int,
  currentMaxNumVPorts: int,
  currentMaxNumQueuePairs: int,
  currentMaxNumQueuePairsPerNonDefaultVPort: int,
  currentSingleVportPoolSupported: bool,
  currentVfRssSupported: bool,
});

/** Get-NetAdapterSriovVf: one row an allocated VF */
const netAdapterSriovVf = z.object({
  interfaceDescription: requiredText,
  functionID: requiredInt,
  vmID: text,
  vmNicID: text,
  vmFriendlyName: text,
  currentMacAddress: text,
  permanentMacAddress: text,
  vPortID: ints,
});

/** Get-NetAdapterVPort */
const netAdapterVPort = z.object({
  interfaceDescription: requiredText,
  vPortID: requiredInt,
  functionID: int,
  numQueuePairs: int,
  /** Number of VPortState */
  vPortState: int,
  processorGroup: int,
  processorAffinityMask: mask,
  /** FilterList[].MacAddress */
  filterMacAddresses: texts,
});

/** Get-NetAdapterVmq */
const netAdapterVmq = z.object({
  interfaceDescription: requiredText,
  name: text,
  enabled: bool,
  numberOfReceiveQueues: int,
  baseProcessorGroup: int,
  baseProcessorNumber: int,
  maxProcessors: int,
  maxProcessorNumber: int,
  numaNode: int,
});

/** Get-NetAdapterVmqQueue */
const netAdapterVmqQueue = z.object({
  interfaceDescription: requiredText,
  queueID: requiredInt,
  /** Number of ReceiveQueueState */
  state: int,
  processorGroup: int,
  processorAffinityMask: mask,
  vmID: text,
  vmFriendlyName: text,
  filterMacAddresses: texts,
});

/** Instance names of the counter set `Hyper-V Virtual Network Adapter`: the witness that a vNIC's port lives. */
const vnicInstance = z.object({ instance: requiredText });

export const inventoryRows = {
  vm_host: vmHost,
  vm_switch: vmSwitch,
  vm,
  vm_network_adapter: vmNetworkAdapter,
  net_adapter: netAdapter,
  net_adapter_sriov: netAdapterSriov,
  net_adapter_sriov_vf: netAdapterSriovVf,
  net_adapter_vport: netAdapterVPort,
  net_adapter_vmq: netAdapterVmq,
  net_adapter_vmq_queue: netAdapterVmqQueue,
  vnic_instance: vnicInstance,
} as const;
