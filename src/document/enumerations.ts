/**
 * The enumerations of Windows whose numbers are read, written by the demo host or shown by the tests' cmdlets: the only
 * place that has such a number. `npm test` holds this table against test/fixtures/windows/enumerations.json, which
 * holds the published definitions.
 */
interface Enumeration {
  /** Its name in Windows */
  readonly type: string;
  /** Where its numbers are published */
  readonly source: string;
  /** Number by name, both as published */
  readonly members: Readonly<Record<string, number>>;
}

const enumeration = <const M extends Enumeration['members']>(type: string, source: string, members: M) => ({
  type,
  source,
  members,
});

/** Type stubs that HyperVDsc generated from the Hyper-V module 2.0.0.0 (tests/Unit/Stubs/Hyper-V.stubs.psm1) */
const STUBS = "HyperVDsc's stubs of the Hyper-V module 2.0.0.0";
const hyperV = <const M extends Enumeration['members']>(type: string, members: M) =>
  enumeration(`Microsoft.HyperV.PowerShell.${type}`, STUBS, members);

/** The enumerations of Windows that are read, by the name of their type. */
export const enumerations = {
  VMState: hyperV('VMState', {
    Other: 1,
    Running: 2,
    Off: 3,
    Stopping: 4,
    Saved: 6,
    Paused: 9,
    Starting: 10,
    Reset: 11,
    Saving: 32773,
    Pausing: 32776,
    Resuming: 32777,
    FastSaved: 32779,
    FastSaving: 32780,
    ForceShutdown: 32781,
    ForceReboot: 32782,
    Hibernated: 32783,
    ComponentServicing: 32784,
    RunningCritical: 32785,
    OffCritical: 32786,
    StoppingCritical: 32787,
    SavedCritical: 32788,
    PausedCritical: 32789,
    StartingCritical: 32790,
    ResetCritical: 32791,
    SavingCritical: 32792,
    PausingCritical: 32793,
    ResumingCritical: 32794,
    FastSavedCritical: 32795,
    FastSavingCritical: 32796,
  }),
  VMOperationalStatus: hyperV('VMOperationalStatus', {
    Ok: 2,
    Degraded: 3,
    PredictiveFailure: 5,
    InService: 11,
    Dormant: 15,
    SupportingEntityInError: 16,
    ApplyingSnapshot: 23769,
    CreatingSnapshot: 32768,
    DeletingSnapshot: 32770,
    WaitingToStart: 32771,
    MergingDisks: 32772,
    ExportingVirtualMachine: 32773,
    MigratingVirtualMachine: 32774,
    BackingUpVirtualMachine: 32776,
    ModifyingUpVirtualMachine: 32777,
    StorageMigrationPhaseOne: 32778,
    StorageMigrationPhaseTwo: 32779,
    MigratingPlannedVm: 32780,
    CheckingCompatibility: 32781,
    ApplicationCriticalState: 32782,
    CommunicationTimedOut: 32783,
    CommunicationFailed: 32784,
    NoIommu: 32785,
    NoIovSupportInNic: 32786,
    SwitchNotInIovMode: 32787,
    IovBlockedByPolicy: 32788,
    IovNoAvailResources: 32789,
    IovGuestDriversNeeded: 32790,
    CriticalIoError: 32795,
  }),
  VMHeartbeatStatus: hyperV('VMHeartbeatStatus', {
    Unknown: 0,
    Disabled: 1,
    NoContact: 2,
    Error: 3,
    LostCommunication: 4,
    OkApplicationsUnknown: 5,
    OkApplicationsHealthy: 6,
    OkApplicationsCritical: 7,
    Paused: 8,
  }),
  VMReplicationMode: hyperV('VMReplicationMode', {
    None: 0,
    Primary: 1,
    Replica: 2,
    TestReplica: 3,
    ExtendedReplica: 4,
  }),
  VirtualMachineType: hyperV('VirtualMachineType', { RealizedVirtualMachine: 3, PlannedVirtualMachine: 4 }),
  VMNetworkAdapterOperationalStatus: hyperV('VMNetworkAdapterOperationalStatus', {
    Unknown: 0,
    Other: 1,
    Ok: 2,
    Degraded: 3,
    Stressed: 4,
    PredictiveFailure: 5,
    Error: 6,
    NonRecoverableError: 7,
    Starting: 8,
    Stopping: 9,
    Stopped: 10,
    InService: 11,
    NoContact: 12,
    LostCommunication: 13,
    Aborted: 14,
    Dormant: 15,
    SupportingEntity: 16,
    Completed: 17,
    PowerMode: 18,
    ProtocolVersion: 32775,
  }),
  VMNetworkAdapterVlanMode: hyperV('VMNetworkAdapterVlanMode', { Untagged: 0, Access: 1, Trunk: 2, Private: 3 }),
  VMNetworkAdapterIsolationMode: hyperV('VMNetworkAdapterIsolationMode', {
    None: 0,
    NativeVirtualSubnet: 1,
    ExternalVirtualSubnet: 2,
    Vlan: 3,
  }),
  VMNetworkAdapterAclAction: hyperV('VMNetworkAdapterAclAction', { Allow: 1, Deny: 2, Meter: 3 }),
  VMNetworkAdapterExtendedAclAction: hyperV('VMNetworkAdapterExtendedAclAction', { Allow: 1, Deny: 2 }),
  VMSwitchType: hyperV('VMSwitchType', { Private: 0, Internal: 1, External: 2 }),
  VMSwitchBandwidthMode: hyperV('VMSwitchBandwidthMode', { Default: 0, Weight: 1, Absolute: 2, None: 3 }),
  VMSwitchExtensionType: hyperV('VMSwitchExtensionType', {
    Unknown: 0,
    Capture: 1,
    Filter: 2,
    Forwarding: 3,
    Monitoring: 4,
    Native: 5,
  }),
  VMSwitchLoadBalancingAlgorithm: hyperV('VMSwitchLoadBalancingAlgorithm', { HyperVPort: 4, Dynamic: 5 }),
  LbfoTeamingMode: enumeration('MSFT_NetLbfoTeam.TeamingMode', 'reference of the class', {
    Static: 0,
    SwitchIndependent: 1,
    Lacp: 2,
  }),
  LbfoLoadBalancingAlgorithm: enumeration('MSFT_NetLbfoTeam.LoadBalancingAlgorithm', 'reference of the class', {
    TransportPorts: 0,
    IPAddresses: 2,
    MacAddresses: 3,
    HyperVPort: 4,
    Dynamic: 5,
  }),
  /** Get-NetAdapterSriov shows the names below; the raw value is the number. */
  SriovSupport: enumeration(
    'MSFT_NetAdapterSriovSettingData.SriovSupport',
    'reference of the class, help of Get-NetAdapterSriov',
    {
      Unknown: 0,
      Supported: 1,
      MissingAcs: 2,
      MissingPfDriver: 3,
      NoBusResources: 4,
      NoIoMmuSupport: 5,
      NoVfBarSpace: 6,
      NoOscSupport: 7,
    },
  ),
  VPortState: enumeration('NDIS_NIC_SWITCH_VPORT_STATE', 'ntddndis.h', { Undefined: 0, Activated: 1, Deactivated: 2 }),
  ReceiveQueueState: enumeration('NDIS_RECEIVE_QUEUE_OPERATIONAL_STATE', 'ntddndis.h', {
    Undefined: 0,
    Running: 1,
    Paused: 2,
    DmaStopped: 3,
  }),
  IfOperStatus: enumeration('IF_OPER_STATUS', 'ifdef.h', {
    Up: 1,
    Down: 2,
    Testing: 3,
    Unknown: 4,
    Dormant: 5,
    NotPresent: 6,
    LowerLayerDown: 7,
  }),
  IfAdminStatus: enumeration('NET_IF_ADMIN_STATUS', 'ifdef.h', { UP: 1, DOWN: 2, TESTING: 3 }),
  ProductType: enumeration('Win32_OperatingSystem.ProductType', 'reference of the class', {
    WorkStation: 1,
    DomainController: 2,
    Server: 3,
  }),
  ClusterNodeState: enumeration('CLUSTER_NODE_STATE', 'clusapi.h', {
    Unknown: -1,
    Up: 0,
    Down: 1,
    Paused: 2,
    Joining: 3,
  }),
  ClusterNodeDrainStatus: enumeration('CLUSTER_NODE_DRAIN_STATUS', 'clusapi.h', {
    NotInitiated: 0,
    InProgress: 1,
    Completed: 2,
    Failed: 3,
  }),
  CounterType: enumeration('CounterType', 'winperf.h', {
    /** A 32-bit value as it is */
    PERF_COUNTER_RAWCOUNT: 65536,
    /** A 64-bit value as it is */
    PERF_COUNTER_LARGE_RAWCOUNT: 65792,
    /** A 32-bit count of events, a rate only after two samples */
    PERF_COUNTER_COUNTER: 272696320,
    /** The same in 64 bits */
    PERF_COUNTER_BULK_COUNT: 272696576,
    /** Busy time in 100 ns units */
    PERF_100NSEC_TIMER: 542180608,
    /** The same, with a time stamp of its own */
    PERF_PRECISION_100NS_TIMER: 542573824,
    /** The numerator of an average, cumulative */
    PERF_AVERAGE_BULK: 1073874176,
  }),
} as const satisfies Record<string, Enumeration>;

export type EnumerationName = keyof typeof enumerations;

/** The numbers by enumeration and member: `windows.VMState.Running` */
export const windows = Object.fromEntries(
  Object.entries(enumerations).map(([name, { members }]) => [name, members]),
) as { readonly [N in EnumerationName]: (typeof enumerations)[N]['members'] };
