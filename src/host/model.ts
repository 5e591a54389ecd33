/**
 * The Host: one Hyper-V host as its documents show it at one moment, all joins done. Built by build.ts, read by
 * everything after it.
 *
 * The rule of this file: what could not be read is `undefined`, never 0, false or ''. GUIDs are lower case without
 * braces, MACs `AA:BB:CC:DD:EE:FF`, sizes in bytes, rates in bytes per second, times in Unix milliseconds,
 * durations and CPU time in seconds.
 */
import type { Part, SourceStatus } from '../document/document.ts';
import type { LogEntryKind } from '../document/queries/query.ts';

export type Guid = string;
export type Mac = string;

export interface Host {
  /** When the inventory was read on the host; undefined while inventory is missing or expired */
  readonly takenAt?: number;
  readonly inventorySequence: number;
  readonly platform: Platform;
  readonly nics: readonly Nic[];
  readonly vswitches: readonly VSwitch[];
  readonly vms: readonly Vm[];
  readonly vnics: readonly Vnic[];
  readonly vfs: readonly Vf[];
  readonly vports: readonly VPort[];
  readonly vmQueues: readonly VmQueue[];
  readonly cpu: HostCpu;
  readonly processes: readonly HostProcess[];
  readonly cluster?: ClusterNode;
  /** Entries of Windows' event log within 24 hours, newest first; undefined while the log is not readable */
  readonly logEntries?: readonly LogEntry[];
  /** State of every source, `undefined` where no document has had it yet. Diagnosis asks here before it concludes. */
  readonly sources: SourceStates;
  /** Rows that found no object to belong to, by source */
  readonly unmatched: ReadonlyMap<string, { readonly part: Part; readonly count: number }>;
}

export type SourceStates = ReadonlyMap<
  string,
  { readonly part: Part; readonly status: SourceStatus; readonly fresh: boolean; readonly takenAt: number }
>;

export interface Platform {
  readonly name?: string;
  readonly iovSupported?: boolean;
  /** Raw texts of IovSupportReasons, localised */
  readonly iovReasons?: readonly string[];
  /** Display language of the PowerShell session that read the host, such as `de-DE`: Windows' texts are in it */
  readonly culture?: string;
  readonly logicalProcessors?: number;
  readonly physicalCores?: number;
  readonly os?: string;
  readonly build?: string;
  /** OperatingSystemSKU as a number in text */
  readonly edition?: string;
  /** Number of `ProductType` */
  readonly productType?: number;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly bios?: string;
  readonly iovOverride?: boolean;
  readonly isVirtualMachine?: boolean;
}

/** Why a NIC cannot do SR-IOV: SriovSupport of Get-NetAdapterSriov (MSFT_NetAdapterSriovSettingData), by its number. */
export type SriovSupport =
  | 'unknown'
  | 'supported'
  | 'missing_acs'
  | 'missing_pf_driver'
  | 'no_bus_resources'
  | 'no_iommu'
  | 'no_vf_bar_space'
  | 'no_osc';

/** A physical network adapter port (the PF). */
export interface Nic {
  /** InterfaceDescription as read: the key within a host */
  readonly description: string;
  /** The value of the label `nic`: description with windows_exporter's substitutions, so that the two join */
  readonly label: string;
  readonly friendlyName?: string;
  readonly guid?: Guid;
  readonly mac?: Mac;
  readonly up?: boolean;
  /** An administrator disabled it in Windows (InterfaceAdminStatus Down); it has no link then either */
  readonly disabled?: boolean;
  /** False for a NIC that Windows still knows and does not find: IF_OPER_STATUS NotPresent */
  readonly present?: boolean;
  readonly speedBytes?: number;
  readonly driverVersion?: string;
  readonly isLbfoTeam: boolean;
  readonly pciAddress?: string;
  readonly numaNode?: number;
  /** id of the vSwitch that it is a member of */
  readonly vswitchId?: Guid;
  /** A row in Get-NetAdapterSriov exists (true), does not although that source was read in full (false), or is not known */
  readonly sriovCapable?: boolean;
  readonly sriovSupport?: SriovSupport;
  readonly sriovEnabled?: boolean;
  readonly vfLimit?: number;
  readonly vfAllocated?: number;
  readonly vfHardwareLimit?: number;
  readonly vportLimit?: number;
  readonly vportActive?: number;
  readonly queuePairLimit?: number;
  readonly vmq?: NicVmq;
  readonly traffic?: NicTraffic;
}

export interface NicVmq {
  readonly enabled?: boolean;
  readonly queueLimit?: number;
  readonly baseProcessorGroup?: number;
  readonly baseProcessor?: number;
  readonly maxProcessors?: number;
  readonly maxProcessorNumber?: number;
  readonly numaNode?: number;
}

export interface Traffic {
  readonly receiveBytes?: number;
  readonly transmitBytes?: number;
  readonly receivePackets?: number;
  readonly transmitPackets?: number;
  readonly receiveDropped?: number;
  readonly transmitDropped?: number;
}

export interface NicTraffic extends Traffic {
  readonly receiveErrors?: number;
  readonly transmitErrors?: number;
}

export interface VSwitch {
  readonly id: Guid;
  readonly name: string;
  readonly type?: 'private' | 'internal' | 'external';
  readonly teaming?: 'none' | 'set' | 'lbfo';
  readonly iovEnabled?: boolean;
  readonly softwareRsc?: boolean;
  readonly iovSupported?: boolean;
  readonly iovReasons?: readonly string[];
  readonly vfLimit?: number;
  readonly vfInUse?: number;
  readonly queuePairLimit?: number;
  readonly queuePairInUse?: number;
  readonly vmqLimit?: number;
  readonly vmqAllocated?: number;
  readonly bandwidthMode?: 'default' | 'weight' | 'absolute' | 'none';
  readonly allowManagementOs?: boolean;
  /** Of a SET team: LoadBalancingAlgorithm of Get-VMSwitchTeam, as Set-VMSwitchTeam takes it */
  readonly loadBalancing?: 'HyperVPort' | 'Dynamic';
  /** All that Get-VMSwitchExtension shows of it; undefined where that was not read in full */
  readonly extensions?: readonly { readonly name: string; readonly enabled: boolean }[];
  /** Descriptions of its member NICs, as in Nic.description; undefined = not known */
  readonly memberNics?: readonly string[];
  /**
   * Descriptions of the physical NICs below it: its members, or those of the LBFO team that it sits on; undefined where
   * not all are known
   */
  readonly physicalNics?: readonly string[];
  /**
   * How VM queues spread over the NICs of a team. sum: each NIC has queues of its own. min: each queue exists on every
   * NIC. Undefined without a team and where the mode is not known
   */
  readonly queueMode?: 'sum' | 'min';
  /** Those that run; never empty where not all could be read */
  readonly forwardingExtensions?: readonly string[];
  readonly traffic?: Traffic & { readonly vmqMoves?: number | undefined };
  /** Only its identity is known now (held over from a partial or expired source). */
  readonly identityOnly: boolean;
  /** Another vSwitch has the same name: counters, keyed by name, belong to neither. */
  readonly nameShared: boolean;
}

export type VmState = 'running' | 'off' | 'saved' | 'paused' | 'transition' | 'critical' | 'other';

export interface Vm {
  readonly id: Guid;
  readonly name: string;
  readonly state?: VmState;
  /** Numeric OperationalStatus says migration or storage move */
  readonly migrating?: boolean;
  readonly uptimeSeconds?: number;
  readonly processors?: number;
  readonly generation?: number;
  readonly version?: string;
  /** Those numbers of VMOperationalStatus that speak of SR-IOV, as read */
  readonly sriovStatus?: readonly number[];
  /** VMHeartbeatStatus */
  readonly heartbeat?: number;
  /** False for planned VMs and replica copies that do not run: they do not ask for a VF. */
  readonly real: boolean;
  readonly cpu?: VmCpu;
  readonly identityOnly: boolean;
  readonly nameShared: boolean;
}

/** Sums over the VM's virtual processors, cumulative seconds; undefined where a sum could read as a reset. */
export interface VmCpu {
  readonly guestSeconds?: number;
  readonly hypervisorSeconds?: number;
  /** Overlaps guest */
  readonly remoteSeconds?: number;
  readonly waitSeconds?: number;
  readonly dispatches?: number;
  /** The instances summed: a sum over fewer than before is not comparable */
  readonly instances: number;
}

export type VlanMode = 'untagged' | 'access' | 'trunk' | 'private';

export type VnicKind = 'synthetic' | 'legacy' | 'management_os';

/** Where a vNIC's traffic goes, as one inventory document shows it. */
export const VNIC_PATHS = [
  /** on its VF */
  'vf',
  /** a VF is assigned, the guest does not use it */
  'assigned',
  /** wants a VF and has none, as this one document says; a fallback is published when two documents agree */
  'synthetic',
  /** weight 0 */
  'not_requested',
  'unknown',
] as const;
export type VnicPath = (typeof VNIC_PATHS)[number];

/** Why a vNIC's state is unknown, or why it has no path at all. */
export type UnknownCause =
  | 'source_missing'
  | 'held_over'
  | 'vm_unknown'
  | 'vswitch_unknown'
  | 'vm_in_motion'
  | 'no_live_port'
  | 'field_missing'
  | 'contradiction';

export interface Vnic {
  readonly id: Guid;
  readonly name: string;
  /** undefined for a vNIC of the management OS */
  readonly vmId?: Guid;
  readonly vmName?: string;
  readonly kind?: VnicKind;
  readonly mac?: Mac;
  readonly vswitchId?: Guid;
  readonly vswitchName?: string;
  readonly connected?: boolean;
  readonly vlanMode?: VlanMode;
  /** The VLAN of an access port; a vNIC in any other mode has none or many */
  readonly vlan?: number;
  /** VMNetworkAdapterOperationalStatus codes */
  readonly status?: readonly number[];
  readonly statusText?: readonly string[];
  readonly iovWeight?: number;
  /**
   * Whether it has a path to determine: VM running and real, vNIC connected and synthetic. Undefined = not known.
   * Only vNICs with `true` are counted in `hyperv_vswitch_vnics`.
   */
  readonly pathApplies?: boolean;
  readonly path: VnicPath;
  readonly unknownCause?: UnknownCause;
  /** The values as read; only present while the offload state is known. */
  readonly offload?: VnicOffload;
  /** vSwitch counters: synthetic path only */
  readonly traffic?: Traffic;
  /** Its instance in `Hyper-V Virtual Network Adapter`, as read */
  readonly counterInstance?: string;
  readonly ipAddresses?: readonly string[];
  readonly settings?: VnicSettings;
  readonly identityOnly: boolean;
}

export interface VnicOffload {
  readonly vfAssigned?: boolean;
  readonly vfActive?: boolean;
  readonly queuePairsRequested?: number;
  readonly queuePairsAssigned?: number;
  readonly vmqWeight?: number;
  readonly vmqAllocated?: boolean;
  readonly vrssEnabled?: boolean;
  readonly vmmqEnabled?: boolean;
  readonly vmmqQueuePairs?: number;
  readonly vmmqQueuePairsRequested?: number;
}

/** From the config part. */
export interface VnicSettings {
  readonly virtualSubnetId?: number;
  readonly isolationMode?: number;
  readonly maximumBandwidthBytes?: number;
  /** Rules that allow or deny, metering ones left out; at least so many where not all could be read */
  readonly aclRules?: number;
  readonly teamMember?: string;
}

export interface Vf {
  /** Nic.description */
  readonly nic: string;
  readonly functionId: number;
  readonly vmId?: Guid;
  readonly vnicId?: Guid;
  readonly vmName?: string;
  readonly mac?: Mac;
  readonly vportIds?: readonly number[];
  /** From a NIC vendor's counter set */
  readonly traffic?: Traffic;
}

export interface VPort {
  readonly nic: string;
  readonly vportId: number;
  /** FunctionID of its VF; undefined on the PF's own vPorts */
  readonly functionId?: number;
  readonly vmId?: Guid;
  readonly vnicId?: Guid;
  readonly vmName?: string;
  readonly activated?: boolean;
  readonly queuePairs?: number;
}

export interface VmQueue {
  readonly nic: string;
  readonly queueId: number;
  readonly vmId?: Guid;
  readonly vnicId?: Guid;
  readonly vmName?: string;
  readonly mac?: Mac;
  readonly running?: boolean;
  /** `group,number`; undefined for a mask of several processors */
  readonly core?: string;
}

/** Cumulative seconds, summed over all logical (host) or root virtual processors. */
export interface HostCpu {
  readonly guestSeconds?: number;
  readonly hypervisorSeconds?: number;
  readonly idleSeconds?: number;
  readonly logicalInstances?: number;
  readonly rootGuestSeconds?: number;
  readonly rootHypervisorSeconds?: number;
  readonly rootInstances?: number;
}

export interface HostProcess {
  readonly process: 'vmms' | 'WmiPrvSE';
  /** sums over processes of that name */
  readonly residentBytes?: number;
  readonly handles?: number;
}

/** An entry of Windows' event log. */
export interface LogEntry {
  readonly kind: LogEntryKind;
  readonly eventId: number;
  readonly at: number;
  /** In the host's language */
  readonly text?: string;
  readonly vnicId?: Guid;
  readonly vswitchId?: Guid;
}

export type NodeState = 'unknown' | 'up' | 'down' | 'paused' | 'joining';
export interface ClusterNode {
  readonly name: string;
  readonly state?: NodeState;
  readonly draining?: boolean;
  /** The other nodes of its cluster, as it sees them */
  readonly peers?: readonly Pick<ClusterNode, 'name' | 'state'>[];
}
