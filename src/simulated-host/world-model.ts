/**
 * The physical truth of the simulated host at one moment. The document writer makes documents of it, as the
 * PowerShell module would; tests make cmdlet-shaped objects of it by other code. So it says what *is*, in plain
 * units, and what Windows would show where that is a choice of Windows (texts, spellings of ids, instance names).
 *
 * Units: bytes, bytes per second, Unix milliseconds; CPU time in 100 ns, as Windows counts it. Counters are whole
 * numbers. GUIDs are lower case without braces, MACs 12 upper-case hexadecimal digits without separators.
 */
export interface WorldState {
  /** Unix milliseconds */
  readonly t: number;
  readonly host: WorldHost;
  readonly nics: readonly WorldNic[];
  readonly vswitches: readonly WorldVSwitch[];
  readonly teams: readonly WorldTeam[];
  readonly vms: readonly WorldVm[];
  /** Of VMs and of the management OS, in the order in which cmdlets list them */
  readonly vnics: readonly WorldVnic[];
  readonly vfs: readonly WorldVf[];
  readonly vports: readonly WorldVPort[];
  readonly vmQueues: readonly WorldVmQueue[];
  readonly logicalProcessors: readonly WorldProcessor[];
  readonly rootProcessors: readonly WorldProcessor[];
  /** vmms and WmiPrvSE, each process */
  readonly processes: readonly WorldProcess[];
  /** Where the cluster service runs */
  readonly cluster?: WorldClusterNode;
  /** Entries of the event log within a day */
  readonly events: readonly WorldEvent[];
  /** By source: those that this Windows or this hardware does not have, with the text that says so */
  readonly unsupported: Readonly<Partial<Record<string, string>>>;
  /** How many milliseconds before the end of a poll a source was read, by source */
  readonly readBefore: Readonly<Partial<Record<string, number>>>;
}

export interface WorldHost {
  readonly name: string;
  readonly fullyQualifiedDomainName: string;
  readonly logicalProcessors: number;
  readonly cores: number;
  readonly iovSupport: boolean;
  /** Display texts, empty when supported */
  readonly iovSupportReasons: readonly string[];
  readonly os: string;
  readonly build: string;
  readonly sku: number;
  /** Number of ProductType */
  readonly productType: number;
  readonly manufacturer: string;
  readonly model: string;
  readonly bios: string;
  /** Registry value IovEnableOverride; absent where not set */
  readonly iovEnableOverride?: number;
  readonly isVirtualMachine: boolean;
}

export interface WorldNic {
  readonly description: string;
  readonly name: string;
  readonly guid: string;
  readonly mac: string;
  readonly up: boolean;
  readonly bitsPerSecond: number;
  readonly driverVersion: string;
  readonly driverFile: string;
  readonly segment: number;
  readonly bus: number;
  readonly device: number;
  readonly function: number;
  readonly numaNode: number;
  /** The driver offers SR-IOV: a row in Get-NetAdapterSriov */
  readonly sriovCapable: boolean;
  /** Number of SriovSupport */
  readonly sriovSupport: number;
  readonly sriovEnabled: boolean;
  /** 0 while SR-IOV is off */
  readonly vfLimit: number;
  readonly vfAllocated: number;
  readonly vportLimit: number;
  readonly vportActive: number;
  readonly hardwareVfLimit: number;
  readonly hardwareVportLimit: number;
  readonly hardwareQueuePairLimit: number;
  readonly maxQueuePairsPerVPort: number;
  readonly vmqEnabled: boolean;
  readonly vmqQueueLimit: number;
  readonly baseProcessor: number;
  readonly maxProcessors: number;
  readonly maxProcessor: number;
  readonly counters: WorldNicCounters;
}

/** Cumulative since the host's boot */
export interface WorldNicCounters {
  readonly receivedBytes: number;
  readonly receivedUnicastPackets: number;
  readonly receivedMulticastPackets: number;
  readonly receivedBroadcastPackets: number;
  readonly receivedDiscardedPackets: number;
  readonly receivedPacketErrors: number;
  readonly sentBytes: number;
  readonly sentUnicastPackets: number;
  readonly sentMulticastPackets: number;
  readonly sentBroadcastPackets: number;
  readonly outboundDiscardedPackets: number;
  readonly outboundPacketErrors: number;
}

/** An entry of the provider Hyper-V-VmSwitch in the channel System. */
export interface WorldEvent {
  readonly recordId: number;
  readonly id: number;
  /** Unix milliseconds */
  readonly time: number;
  readonly values: readonly string[];
  readonly message: string;
}

export interface WorldVSwitch {
  readonly id: string;
  readonly name: string;
  /** Number of VMSwitchType */
  readonly type: number;
  readonly allowManagementOs: boolean;
  readonly iovEnabled: boolean;
  readonly iovSupport: boolean;
  readonly iovSupportReasons: readonly string[];
  readonly vfLimit: number;
  readonly vfInUse: number;
  readonly queuePairLimit: number;
  readonly queuePairInUse: number;
  /** Capacity (AvailableVMQueues), not what is left */
  readonly vmqLimit: number;
  readonly vmqAllocated: number;
  readonly embeddedTeaming: boolean;
  /** Number of VMSwitchBandwidthMode */
  readonly bandwidthMode: number;
  /** Descriptions of its member NICs: one, or those of the SET team */
  readonly nics: readonly string[];
  readonly traffic: WorldTraffic;
  readonly vmqMoves: number;
  readonly extensions: readonly WorldExtension[];
}

export interface WorldExtension {
  readonly id: string;
  readonly name: string;
  /** Number of VMSwitchExtensionType */
  readonly type: number;
  readonly enabled: boolean;
  readonly running: boolean;
}

/** A SET team: Get-VMSwitchTeam */
export interface WorldTeam {
  readonly vswitchId: string;
  readonly name: string;
  readonly nics: readonly string[];
  /** Number of VMSwitchLoadBalancingAlgorithm */
  readonly loadBalancing: number;
}

/** Cumulative, as the counter sets count: from the switch's point of view */
export interface WorldTraffic {
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly droppedIncoming: number;
  readonly droppedOutgoing: number;
}

export interface WorldVm {
  readonly id: string;
  readonly name: string;
  /** Number of VMState */
  readonly state: number;
  /** Numbers of VMOperationalStatus, the primary one first */
  readonly operationalStatus: readonly number[];
  /** Number of VMHeartbeatStatus; absent where Windows shows null */
  readonly heartbeat?: number;
  /** 0 while off */
  readonly uptimeMs: number;
  readonly processorCount: number;
  readonly generation: number;
  readonly version: string;
  /** Number of VirtualMachineType */
  readonly type: number;
  /** Number of VMReplicationMode */
  readonly replicationMode: number;
  readonly clustered: boolean;
  /** Its virtual processors' counters; empty unless it runs */
  readonly processors: readonly WorldVirtualProcessor[];
  /** Get-VM and Get-VMNetworkAdapter fail on it with this text, and leave it out */
  readonly unreadable?: string;
  /** Share of its processors' time that the guest is busy now, 0 to 1 */
  readonly guestCpuShare: number;
}

export interface WorldVnic {
  /** Get-VMNetworkAdapter's Id */
  readonly id: string;
  readonly guid: string;
  readonly name: string;
  /** Absent on a vNIC of the management OS, which also has no properties of SR-IOV but VFDataPathActive */
  readonly vmId?: string;
  readonly vmName?: string;
  readonly vswitchId?: string;
  readonly vswitchName?: string;
  readonly mac: string;
  readonly legacy: boolean;
  readonly managementOs: boolean;
  readonly connected: boolean;
  /**
   * live: the fields below are as shown. none: its VM does not run; what is requested is shown, what is in use is 0.
   * missing: start, stop, blackout of a migration, port being rebuilt; the cmdlet is assumed to show defaults:
   * IovWeight 0, IovQueuePairsRequested 1, IovQueuePairsAssigned 0, IovUsage 0, VFDataPathActive False, VmqWeight
   * 100, VmqUsage 0, VrssEnabled True, VmmqEnabled False, VmmqQueuePairs 0,
   * VmmqQueuePairsRequested 16, no status. The fields below then hold the truth, which is not shown.
   */
  readonly port: 'live' | 'none' | 'missing';
  /** Numbers of VMNetworkAdapterOperationalStatus; empty unless the port lives */
  readonly status: readonly number[];
  readonly statusDescription: readonly string[];
  readonly iovWeight: number;
  readonly queuePairsRequested: number;
  readonly queuePairsAssigned: number;
  /** 1 while it has a VF */
  readonly iovUsage: number;
  readonly vfDataPathActive: boolean;
  readonly vmqWeight: number;
  readonly vmqUsage: number;
  readonly vrssEnabled: boolean;
  readonly vmmqEnabled: boolean;
  readonly vmmqQueuePairs: number;
  readonly vmmqQueuePairsRequested: number;
  /** As the guest reports them; shown to those who opted in */
  readonly ipAddresses: readonly string[];
  /** Its instance in `Hyper-V Virtual Network Adapter`; absent without a live port */
  readonly counterInstance?: string;
  /** What the vSwitch sees: the synthetic path, and a little broadcast while on the VF. 0 without a live port */
  readonly traffic: WorldTraffic;
  /** What a guest's own exporter would show on either path, since its start (bytes in and out together) */
  readonly guestBytes: number;
  /** of which went over the VF */
  readonly vfBytes: number;
  /** Bytes per second now, in and out together */
  readonly bytesPerSecond: number;
  readonly settings: WorldVnicSettings;
}

/** From the config part */
export interface WorldVnicSettings {
  readonly virtualSubnetId: number;
  /** Number of VMNetworkAdapterIsolationMode */
  readonly isolationMode: number;
  /** bits per second, 0 = no limit */
  readonly maximumBandwidth: number;
  /** Number of VMNetworkAdapterVlanMode */
  readonly vlanOperationMode: number;
  readonly accessVlanId: number;
  /** Port ACLs and extended ACLs: number of VMNetworkAdapter(Extended)AclAction */
  readonly acls: readonly { readonly action: number; readonly extended: boolean }[];
  /** Connection name of the team member that it is pinned to */
  readonly teamMember?: string;
}

export interface WorldVf {
  readonly nic: string;
  readonly functionId: number;
  readonly vmId: string;
  readonly vnicGuid: string;
  /** As Get-NetAdapterSriovVf spells them */
  readonly shownVmId: string;
  readonly shownVmNicId: string;
  readonly vmName: string;
  readonly mac: string;
  readonly vportId: number;
  readonly queuePairs: number;
  /** Vendor's counters, where the NIC has a counter set */
  readonly counterInstance?: string;
  readonly traffic?: WorldTraffic;
}

export interface WorldVPort {
  readonly nic: string;
  readonly vportId: number;
  /** That of its VF, or the PF's marker 65535 */
  readonly functionId: number;
  readonly queuePairs: number;
  /** Number of VPortState */
  readonly state: number;
  /** Decimal text, 64 bits; in processor group 0 */
  readonly processorMask: string;
  readonly filterMacs: readonly string[];
}

export interface WorldVmQueue {
  readonly nic: string;
  readonly queueId: number;
  /** Number of ReceiveQueueState */
  readonly state: number;
  readonly processorGroup: number;
  readonly processorMask: string;
  /** Absent on the default queue and on the management OS' */
  readonly vmId?: string;
  readonly vmName?: string;
  readonly filterMacs: readonly string[];
}

/** A logical or root virtual processor, since the host's boot */
export interface WorldProcessor {
  readonly instance: string;
  readonly guest100ns: number;
  readonly hypervisor100ns: number;
  /** 0 for root virtual processors, which have no such counter */
  readonly idle100ns: number;
}

export interface WorldVirtualProcessor {
  readonly instance: string;
  readonly guest100ns: number;
  readonly hypervisor100ns: number;
  readonly remote100ns: number;
  /** CPU Wait Time Per Dispatch: total wait in nanoseconds, and the dispatches as its base */
  readonly waitNs: number;
  readonly dispatches: number;
}

export interface WorldProcess {
  readonly name: 'vmms' | 'WmiPrvSE';
  readonly id: number;
  readonly workingSet: number;
  readonly handles: number;
}

export interface WorldClusterNode {
  readonly name: string;
  /** Number of ClusterNodeState */
  readonly state: number;
  /** Number of ClusterNodeDrainStatus */
  readonly drainStatus: number;
}
