import { z } from 'zod';
import { bool, int, requiredText, signedInt, text, texts, wide } from './fields.ts';

/** Rows of the config part: what changes by an administrator's hand only. */

/** Win32_OperatingSystem, Win32_ComputerSystem, Win32_BIOS, Win32_Processor in one row */
const computer = z.object({
  caption: text,
  buildNumber: text,
  operatingSystemSKU: int,
  /** Number of ProductType */
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
  /** Number of VMSwitchExtensionType */
  extensionType: int,
  enabled: bool,
  running: bool,
});

/** Get-VMSwitchTeam */
const vmSwitchTeam = z.object({
  id: text,
  name: requiredText,
  netAdapterInterfaceDescription: texts,
  /** Number of VMSwitchTeamingMode */
  teamingMode: int,
  /** Number of VMSwitchLoadBalancingAlgorithm */
  loadBalancingAlgorithm: int,
});

/** Get-NetLbfoTeam */
const netLbfoTeam = z.object({
  name: requiredText,
  members: texts,
  teamNics: texts,
  /** Number of MSFT_NetLbfoTeam.TeamingMode */
  teamingMode: int,
  loadBalancingAlgorithm: int,
});

/** Get-VMNetworkAdapterTeamMapping: the member that a vNIC is pinned to */
const teamMapping = z.object({ parentAdapterId: requiredText, netAdapterName: text });

/** Get-VMNetworkAdapterAcl / Get-VMNetworkAdapterExtendedAcl: one row a rule */
const acl = z.object({
  parentAdapterId: requiredText,
  /** Number of VMNetworkAdapter(Extended)AclAction */
  action: int,
  direction: int,
});

/** Get-VMNetworkAdapter -All once more, for its settings that cost an association each */
const vmNetworkAdapterSetting = z.object({
  id: requiredText,
  virtualSubnetId: int,
  /** Number of VMNetworkAdapterIsolationMode */
  isolationMode: int,
  /** bits per second */
  maximumBandwidth: wide,
  minimumBandwidthAbsolute: wide,
  minimumBandwidthWeight: int,
  /** Number of VMNetworkAdapterVlanMode */
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
