import { z } from 'zod';
import { bool, int, requiredText, signedInt, text, texts, wide } from './fields.ts';

/** Rows of the config part: what changes by an administrator's hand only. */

/** Win32_OperatingSystem, Win32_ComputerSystem, Win32_BIOS, Win32_Processor in one row */
const computer = z.object({
  caption: text,
  buildNumber: text,
  operatingSystemSKU: int,
  /** 1 work station, 2 domain controller, 3 server */
  productType: int,
  manufacturer: text,
  model: text,
  biosVersion: text,
  /** sums over Win32_Processor */
  numberOfCores: int,
  numberOfLogicalProcessors: int,
});

/** HKLM facts, one row */
const registry = z.object({
  /** …\Windows NT\CurrentVersion\Virtualization IovEnableOverride; absent where not set */
  iovEnableOverride: signedInt,
  /** …\Microsoft\Virtual Machine\Guest\Parameters exists: this host is itself a Hyper-V guest */
  guestParametersPresent: bool,
});

/** Get-VMSwitchExtension -VMSwitchName * */
const vmSwitchExtension = z.object({
  switchId: text,
  switchName: text,
  id: text,
  name: text,
  vendor: text,
  /** VMSwitchExtensionType: Unknown 0, Capture 1, Filter 2, Forwarding 3, Monitoring 4, NativeForwarding 5 (uncertain) */
  extensionType: int,
  enabled: bool,
  running: bool,
});

/** Get-VMSwitchTeam */
const vmSwitchTeam = z.object({
  id: text,
  name: requiredText,
  netAdapterInterfaceDescription: texts,
  /** SwitchIndependent 1 */
  teamingMode: int,
  /** HyperVPort 4, Dynamic 5 */
  loadBalancingAlgorithm: int,
});

/** Get-NetLbfoTeam */
const netLbfoTeam = z.object({
  name: requiredText,
  members: texts,
  teamNics: texts,
  /** Static 0, SwitchIndependent 1, Lacp 2 */
  teamingMode: int,
  loadBalancingAlgorithm: int,
});

/** Get-VMNetworkAdapterTeamMapping: the member that a vNIC is pinned to */
const teamMapping = z.object({ parentAdapterId: requiredText, netAdapterName: text });

/** Get-VMNetworkAdapterAcl / Get-VMNetworkAdapterExtendedAcl: one row a rule */
const acl = z.object({
  parentAdapterId: requiredText,
  /** Allow 1, Deny 2, Meter 3: a metering rule forbids nothing */
  action: int,
  direction: int,
});

/** Get-VMNetworkAdapter -All once more, for its settings that cost an association each */
const vmNetworkAdapterSetting = z.object({
  id: requiredText,
  virtualSubnetId: int,
  /** VMNetworkAdapterIsolationMode: None 0, NativeVirtualSubnet 1, ExternalVirtualSubnet 2, Vlan 3 */
  isolationMode: int,
  /** bits per second */
  maximumBandwidth: wide,
  minimumBandwidthAbsolute: wide,
  minimumBandwidthWeight: int,
  /** Untagged 1, Access 2, Trunk 3, Private 4 */
  vlanOperationMode: int,
  accessVlanId: int,
});

/** Get-NetAdapterHardwareInfo */
const netAdapterHardware = z.object({
  interfaceDescription: requiredText,
  segmentNumber: int,
  busNumber: int,
  deviceNumber: int,
  functionNumber: int,
  numaNode: int,
});

export const configRows = {
  computer,
  registry,
  vm_switch_extension: vmSwitchExtension,
  vm_switch_team: vmSwitchTeam,
  net_lbfo_team: netLbfoTeam,
  vm_network_adapter_team_mapping: teamMapping,
  vm_network_adapter_acl: acl,
  vm_network_adapter_extended_acl: acl,
  vm_network_adapter_setting: vmNetworkAdapterSetting,
  net_adapter_hardware: netAdapterHardware,
} as const;
