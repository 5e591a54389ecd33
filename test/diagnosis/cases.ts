import {
  add,
  guid,
  NIC,
  NOW,
  ordinary,
  starved,
  takes,
  team,
  tracked,
  WEB,
  withVmQueues,
  type World,
} from '../support/hand-made/host.ts';
import { windows } from '../../src/document/enumerations.ts';
import type { LogEntry } from '../../src/host/model.ts';

/** For each id of the table: a host on which it holds, and its nearest neighbour on which it does not. */
export interface ReasonCase {
  readonly id: string;
  readonly fires: (world: World) => unknown;
  readonly neighbour: (world: World) => unknown;
}

type Change = (world: World) => unknown;
const web = (world: World) => world.host.vnics[0]!;
const first = (world: World) => world.host.nics[0]!;
const production = (world: World) => world.host.vswitches[0]!;
const both =
  (...changes: readonly Change[]): Change =>
  (world) => {
    for (const change of changes) change(world);
  };
const nothing: Change = () => undefined;
/** The event log has this entry, an hour old. */
const logged =
  (entry: Omit<LogEntry, 'at'>): Change =>
  ({ host }) =>
    void (host.logEntries = [{ ...entry, at: NOW - 3_600_000 }]);

/** web07 and two more vNICs are off their VF; so many of the three were on it within the hour. */
function lose(world: World, lost: number): void {
  add(world, 8, 'web08');
  add(world, 9, 'web09');
  for (const its of [...world.vnics.values()].slice(0, lost)) its.lastOnVf = NOW - 600_000;
}

/** The host says no, with these texts. */
const unsupported =
  (...texts: readonly string[]): Change =>
  ({ host }) => {
    host.platform.iovSupported = false;
    host.platform.iovReasons = [...texts];
  };

/** The texts of Microsoft's KB 2762297, and of each a neighbour that could be taken for it. */
const INTERRUPT =
  'The chipset on the system does not do interrupt remapping, without which SR-IOV cannot be supported.';
const DMA = 'The chipset on the system does not do DMA remapping, without which SR-IOV cannot be supported.';
const DISABLED =
  'SR-IOV cannot be used on this system as it has been configured to disable the use of I/O remapping hardware.';
const BIOS_OFF =
  'Ensure that the system has chipset support for SR-IOV and that I/O virtualization is enabled in the BIOS.';
const TABLES =
  'To use SR-IOV on this computer, the BIOS must be updated because it contains incorrect information describing the hardware capabilities. Contact your computer manufacturer for an update.';
const NO_PCIE =
  'SR-IOV cannot be used on this system as it is reporting that there is no PCI Express Bus. Contact your system manufacturer for further information.';
const KEEPS_PCIE =
  'To use SR-IOV on this system, the system BIOS must be updated to allow Windows to control PCI Express. Contact your system manufacturer for an update.';
const ACS =
  'SR-IOV cannot be used on this system as the PCI Express hardware does not support Access Control Services (ACS) at any root port. Contact your system vendor for further information.';
const SLAT =
  'The processor does not support second level address translation (SLAT). For Intel processors, this feature is called EPT.';

/** Not published; the words by which they are known */
const INSECURE = 'SR-IOV may be enabled by setting the "IovEnableOverride" registry key, as remapping is insecure.';
const ERRATA = 'SR-IOV cannot be used on this system, as interrupt remapping of its chipset has errata.';

const text = (id: string, fires: string, neighbour: string): ReasonCase => ({
  id,
  fires: unsupported(fires),
  neighbour: unsupported(neighbour),
});

type Support = NonNullable<World['host']['nics'][number]['sriovSupport']>;
const support = (id: string, value: Support, neighbour: Support): ReasonCase => ({
  id,
  fires: (world) => void (first(world).sriovSupport = value),
  neighbour: (world) => void (first(world).sriovSupport = neighbour),
});

const status = (id: string, code: number): ReasonCase => ({
  id,
  fires: ({ host }) => void (host.vms[0]!.sriovStatus = [code]),
  neighbour: ({ host }) =>
    void (host.vms[0]!.sriovStatus = [
      code === windows.VMOperationalStatus.NoIommu
        ? windows.VMOperationalStatus.IovGuestDriversNeeded
        : windows.VMOperationalStatus.NoIommu,
    ]),
});

const pathNotApplicable =
  (change: Change): Change =>
  (world) => {
    change(world);
    web(world).pathApplies = false;
    world.vnics.set(WEB, tracked('unknown'));
  };

const samePlace: Change = (world) => {
  const other = add(world, 2, 'sql02', 'vf');
  other.ipAddresses = ['10.0.0.5', 'fe80::1'];
  web(world).ipAddresses = ['10.0.0.5', 'fe80::1'];
};

const poolFull: Change = (world) => void (production(world).vfInUse = 62);
const settling: Change = (world) => void (world.vnics.get(WEB)!.settling = 'vm_start');
const changes =
  (count: number): Change =>
  (world) =>
    void (world.vnics.get(WEB)!.recentChanges = Array.from({ length: count }, (_, at) => NOW - at * 60_000));

export const CASES: readonly ReasonCase[] = [
  {
    id: 'management_os_vnic',
    fires: pathNotApplicable((world) => {
      const its = web(world);
      its.kind = 'management_os';
      delete its.vmId;
      delete its.vmName;
    }),
    neighbour: nothing,
  },
  {
    id: 'legacy_adapter',
    fires: pathNotApplicable((world) => void (web(world).kind = 'legacy')),
    neighbour: pathNotApplicable((world) => void (web(world).kind = 'management_os')),
  },
  {
    id: 'vm_not_real',
    fires: pathNotApplicable(({ host }) => void (host.vms[0]!.real = false)),
    neighbour: pathNotApplicable(({ host }) => void (host.vms[0]!.state = 'off')),
  },
  {
    id: 'vm_not_running',
    fires: pathNotApplicable(({ host }) => void (host.vms[0]!.state = 'saved')),
    neighbour: pathNotApplicable(({ host }) => delete host.vms[0]!.state),
  },
  {
    id: 'vnic_disconnected',
    fires: pathNotApplicable((world) => void (web(world).connected = false)),
    neighbour: pathNotApplicable((world) => delete web(world).connected),
  },
  {
    id: 'iov_not_requested',
    fires: both(
      (world) => takes(world, 'not_requested'),
      (world) => void (web(world).iovWeight = 0),
    ),
    neighbour: (world) => void (web(world).iovWeight = 1),
  },
  {
    id: 'vf_not_expected',
    fires: (world) => void (world.expectVf = ({ vmName }) => vmName !== 'web07'),
    neighbour: (world) => void (world.expectVf = ({ vmName }) => vmName !== 'web08'),
  },
  {
    id: 'guest_netvsc_down',
    fires: (world) => void (web(world).status = [windows.VMNetworkAdapterOperationalStatus.NoContact]),
    neighbour: (world) => void (web(world).status = [windows.VMNetworkAdapterOperationalStatus.Degraded]),
  },
  {
    id: 'host_is_virtual_machine',
    fires: both(unsupported(ACS), ({ host }) => void (host.platform.isVirtualMachine = true)),
    neighbour: unsupported(ACS),
  },
  {
    id: 'host_client_edition',
    fires: both(
      ({ host }) => void (host.platform.productType = windows.ProductType.WorkStation),
      (world) => Object.assign(first(world), { vfAllocated: 0 }),
      (world) => Object.assign(production(world), { vfInUse: 0 }),
    ),
    neighbour: both(
      ({ host }) => void (host.platform.productType = windows.ProductType.WorkStation),
      (world) => void add(world, 2, 'sql02', 'vf'),
    ),
  },
  text('host_remapping_insecure', INSECURE, DISABLED),
  text('host_chipset_errata', ERRATA, INTERRUPT),
  text('host_no_slat', SLAT, DMA),
  text('host_no_interrupt_remapping', INTERRUPT, DMA),
  text('host_no_dma_remapping', DMA, INTERRUPT),
  text('host_iommu_disabled', DISABLED, DMA),
  text('host_io_virtualization_off', BIOS_OFF, TABLES),
  text('host_bios_tables_bad', TABLES, KEEPS_PCIE),
  text('host_no_pcie_bus', NO_PCIE, KEEPS_PCIE),
  text('host_bios_keeps_pcie', KEEPS_PCIE, TABLES),
  text('host_acs_missing', ACS, NO_PCIE),
  {
    id: 'host_iov_unsupported_other',
    fires: both(unsupported('SR-IOV is not available today.'), (world) => {
      world.host.platform.culture = 'en-US';
      first(world).sriovSupport = 'no_osc';
    }),
    neighbour: unsupported(ACS),
  },
  {
    id: 'switch_not_external',
    fires: (world) => Object.assign(production(world), { type: 'internal', memberNics: [] }),
    neighbour: (world) => void (production(world).memberNics = []),
  },
  {
    id: 'switch_on_lbfo_team',
    fires: (world) => void (production(world).teaming = 'lbfo'),
    neighbour: (world) => void (production(world).teaming = 'set'),
  },
  {
    id: 'nic_not_present',
    fires: ({ host }) => void (host.nics = []),
    neighbour: both(team, ({ host }) => void host.nics.pop()),
  },
  {
    id: 'nic_disabled',
    fires: (world) => Object.assign(first(world), { up: false, disabled: true }),
    neighbour: (world) => Object.assign(first(world), { up: false, disabled: false }),
  },
  {
    id: 'nic_down',
    fires: (world) => void (first(world).up = false),
    neighbour: both(team, (world) => void (first(world).up = false)),
  },
  {
    id: 'nic_without_sriov',
    fires: (world) => void (first(world).sriovCapable = false),
    neighbour: (world) => Object.assign(first(world), { sriovCapable: false, isLbfoTeam: true }),
  },
  support('nic_missing_acs', 'missing_acs', 'no_osc'),
  support('nic_missing_pf_driver', 'missing_pf_driver', 'unknown'),
  support('nic_no_bus_resources', 'no_bus_resources', 'no_vf_bar_space'),
  support('nic_no_vf_bar_space', 'no_vf_bar_space', 'no_bus_resources'),
  support('nic_no_iommu', 'no_iommu', 'missing_acs'),
  support('nic_no_osc', 'no_osc', 'missing_acs'),
  support('nic_support_unknown', 'unknown', 'supported'),
  {
    id: 'nic_sriov_disabled',
    fires: (world) => void (first(world).sriovEnabled = false),
    neighbour: both(team, (world) => void (first(world).sriovEnabled = false)),
  },
  {
    id: 'nic_zero_vfs',
    fires: (world) => Object.assign(first(world), { vfHardwareLimit: 0, vfAllocated: 0 }),
    neighbour: (world) => void (first(world).vfHardwareLimit = 0),
  },
  {
    id: 'switch_iov_off',
    fires: (world) => Object.assign(production(world), { iovEnabled: false, vfLimit: 0, vfInUse: 0 }),
    neighbour: (world) => delete production(world).iovEnabled,
  },
  {
    id: 'switch_iov_unsupported',
    fires: (world) => void (production(world).iovSupported = false),
    neighbour: both(unsupported(ACS), (world) => void (production(world).iovSupported = false)),
  },
  {
    id: 'switch_zero_vfs',
    fires: (world) => Object.assign(production(world), { vfLimit: 0, vfInUse: 0 }),
    neighbour: (world) => Object.assign(production(world), { vfLimit: 1, vfInUse: 0 }),
  },
  {
    id: 'overlay_network',
    fires: (world) => void (web(world).settings!.virtualSubnetId = 5001),
    neighbour: (world) => void (web(world).settings!.isolationMode = windows.VMNetworkAdapterIsolationMode.Vlan),
  },
  { id: 'vf_pool_exhausted', fires: poolFull, neighbour: (world) => void (production(world).vfInUse = 61) },
  {
    id: 'vport_pool_exhausted',
    fires: (world) => void (first(world).vportActive = 64),
    neighbour: both((world) => void (first(world).vportActive = 64), poolFull),
  },
  {
    id: 'queue_pairs_exhausted',
    fires: both(
      (world) => void (production(world).queuePairInUse = 126),
      (world) => void (web(world).offload!.queuePairsRequested = 4),
    ),
    neighbour: both(
      (world) => void (production(world).queuePairInUse = 124),
      (world) => void (web(world).offload!.queuePairsRequested = 4),
    ),
  },
  {
    id: 'guest_vf_driver_inactive',
    fires: (world) => takes(world, 'assigned'),
    neighbour: both((world) => takes(world, 'assigned'), settling),
  },
  {
    id: 'forwarding_extension_suspect',
    fires: (world) => void (production(world).forwardingExtensions = ['Microsoft Azure VFP Switch Extension']),
    neighbour: both(
      (world) => void (production(world).forwardingExtensions = ['Microsoft Azure VFP Switch Extension']),
      poolFull,
    ),
  },
  {
    id: 'vf_absent_undetermined',
    fires: (world) => delete first(world).sriovSupport,
    neighbour: nothing,
  },
  { id: 'vf_absent_unexplained', fires: nothing, neighbour: (world) => delete web(world).settings },
  {
    id: 'host_iov_override_set',
    fires: ({ host }) => void (host.platform.iovOverride = true),
    neighbour: ({ host }) => delete host.platform.iovOverride,
  },
  {
    // web07 and two more, of three that ask; and the neighbour: one of them never had a VF.
    id: 'host_mass_fallback',
    fires: (world) => lose(world, 3),
    neighbour: (world) => lose(world, 2),
  },
  {
    id: 'port_witness_missing',
    fires: ({ host }) => void (host.sources.get('vnic_instance')!.status = 'unsupported'),
    neighbour: ({ host }) => void (host.sources.get('vnic_instance')!.status = 'failed'),
  },
  {
    id: 'vm_name_shared',
    fires: ({ host }) => void (host.vms[0]!.nameShared = true),
    neighbour: nothing,
  },
  {
    id: 'nic_vfs_below_hardware',
    fires: (world) => void (first(world).vfLimit = 32),
    neighbour: nothing,
  },
  {
    id: 'nic_vfs_above_hardware',
    fires: (world) => void (first(world).vfLimit = 64),
    neighbour: (world) => Object.assign(first(world), { vfLimit: 64, vfAllocated: 63 }),
  },
  {
    id: 'set_member_missing',
    fires: both(team, ({ host }) => void host.nics.pop()),
    neighbour: both(team, ({ host }) => void (host.nics = [])),
  },
  {
    id: 'set_member_uneven',
    fires: both(team, (world) => void (first(world).vfLimit = 32)),
    neighbour: both(team, (world) => delete first(world).vfLimit),
  },
  {
    id: 'vswitch_name_shared',
    fires: (world) => void (production(world).nameShared = true),
    neighbour: nothing,
  },
  {
    id: 'policy_not_enforced_on_vf',
    fires: both(
      (world) => takes(world, 'vf'),
      (world) => void (web(world).settings!.aclRules = 3),
    ),
    neighbour: (world) => void (web(world).settings!.aclRules = 3),
  },
  {
    id: 'vf_pool_low',
    fires: (world) => void (production(world).vfInUse = 60),
    neighbour: (world) => void (production(world).vfInUse = 59),
  },
  {
    id: 'vf_oversubscribed',
    fires: both(
      (world) => Object.assign(production(world), { vfLimit: 1, vfInUse: 1 }),
      (world) => void add(world, 2, 'sql02', 'vf'),
    ),
    neighbour: (world) => Object.assign(production(world), { vfLimit: 1, vfInUse: 1 }),
  },
  {
    id: 'queue_pairs_clamped',
    fires: both(
      (world) => takes(world, 'vf'),
      (world) => Object.assign(web(world).offload!, { queuePairsAssigned: 2, queuePairsRequested: 4 }),
    ),
    neighbour: (world) => Object.assign(web(world).offload!, { queuePairsAssigned: 0, queuePairsRequested: 4 }),
  },
  {
    id: 'vport_not_activated',
    fires: ({ host }) => void host.vports.push({ nic: NIC, vportId: 3, vnicId: WEB, activated: false }),
    neighbour: ({ host }) => void host.vports.push({ nic: NIC, vportId: 3, vnicId: guid(1), activated: false }),
  },
  { id: 'vf_transition', fires: settling, neighbour: both(settling, (world) => takes(world, 'vf')) },
  { id: 'vf_flapping', fires: changes(7), neighbour: changes(6) },
  {
    id: 'vf_revoked',
    fires: both(poolFull, (world) => void (world.vnics.get(WEB)!.lastOnVf = NOW - 600_000)),
    neighbour: (world) => void (world.vnics.get(WEB)!.lastOnVf = NOW - 600_000),
  },
  {
    id: 'state_contradictory',
    fires: both(
      (world) => takes(world, 'unknown'),
      (world) => void (web(world).unknownCause = 'contradiction'),
    ),
    neighbour: both(
      (world) => takes(world, 'unknown'),
      (world) => void (web(world).unknownCause = 'no_live_port'),
    ),
  },
  {
    id: 'vmq_disabled_fast_nic',
    fires: (world) => void (production(world).iovEnabled = false),
    neighbour: nothing,
  },
  {
    id: 'vmq_on_slow_nic',
    fires: both(withVmQueues, (world) => void (first(world).speedBytes = 1.25e8)),
    neighbour: both(withVmQueues, (world) => void (first(world).speedBytes = 3.125e8)),
  },
  {
    id: 'vmq_base_cpu0',
    fires: both(withVmQueues, (world) => void (first(world).vmq!.baseProcessor = 0)),
    neighbour: both(withVmQueues, ({ host }) => {
      host.platform.physicalCores = 32;
      host.nics[0]!.vmq!.baseProcessor = 1;
    }),
  },
  {
    id: 'vmq_other_numa_node',
    fires: both(withVmQueues, (world) => void (first(world).vmq!.numaNode = 1)),
    neighbour: both(withVmQueues, (world) => delete first(world).numaNode),
  },
  {
    id: 'vmq_allocation_failed',
    fires: logged({ kind: 'vm_queue_refused', eventId: 113, vnicId: WEB }),
    // It has a queue by now.
    neighbour: both(
      logged({ kind: 'vm_queue_refused', eventId: 113, vnicId: WEB }),
      (world) => void (web(world).offload!.vmqAllocated = true),
    ),
  },
  {
    id: 'vmq_team_processors_reported',
    fires: logged({ kind: 'team_processors', eventId: 106 }),
    neighbour: logged({ kind: 'vm_queue_refused', eventId: 113 }),
  },
  {
    id: 'vf_allocation_failed',
    fires: logged({ kind: 'vf_refused', eventId: 236, vnicId: WEB }),
    // It was tried again and went well.
    neighbour: both(logged({ kind: 'vf_refused', eventId: 236, vnicId: WEB }), (world) => {
      web(world).path = 'vf';
      world.vnics.get(WEB)!.path = 'vf';
    }),
  },
  {
    id: 'vmq_exhausted',
    fires: both(withVmQueues, (world) => void (production(world).vmqAllocated = 31)),
    neighbour: both(
      withVmQueues,
      (world) => void (production(world).vmqAllocated = 31),
      (world) => void (web(world).offload!.vmqWeight = 0),
    ),
  },
  {
    id: 'vmq_team_processor_sets',
    fires: both(team, withVmQueues),
    neighbour: both(team, withVmQueues, (world) => void (production(world).queueMode = 'min')),
  },
  {
    id: 'vmq_wasted',
    fires: starved,
    neighbour: both(starved, (world) => void world.rates.set(WEB, 9_000)),
  },
  {
    id: 'vmmq_clamped',
    fires: both(withVmQueues, (world) =>
      Object.assign(web(world).offload!, { vmmqEnabled: true, vmmqQueuePairs: 4, vmmqQueuePairsRequested: 16 }),
    ),
    neighbour: (world) =>
      Object.assign(web(world).offload!, { vmmqEnabled: true, vmmqQueuePairs: 4, vmmqQueuePairsRequested: 16 }),
  },
  ...['host_duplicate_mac', 'duplicate_mac'].map((id) => ({
    id,
    fires: (world: World) => void (add(world, 2, 'sql02', 'vf').mac = web(world).mac!),
    neighbour: (world: World) => {
      add(world, 2, 'sql02', 'vf').mac = web(world).mac!;
      world.host.vms[1]!.state = 'off';
    },
  })),
  ...['host_duplicate_ip', 'duplicate_ip'].map((id) => ({
    id,
    fires: samePlace,
    neighbour: both(samePlace, (world) => void Object.assign(web(world), { vlanMode: 'access', vlan: 101 })),
  })),
  {
    id: 'address_shown_twice',
    fires: both(
      (world) => takes(world, 'vf'),
      (world) => void (web(world).ipAddresses = ['10.0.0.5', '10.0.0.5']),
    ),
    neighbour: both(
      (world) => takes(world, 'vf'),
      (world) => void (web(world).ipAddresses = ['10.0.0.5', '10.0.0.6']),
    ),
  },
  status('vm_status_no_iommu', windows.VMOperationalStatus.NoIommu),
  status('vm_status_no_iov_in_nic', windows.VMOperationalStatus.NoIovSupportInNic),
  status('vm_status_vswitch_not_iov', windows.VMOperationalStatus.SwitchNotInIovMode),
  status('vm_status_blocked_by_policy', windows.VMOperationalStatus.IovBlockedByPolicy),
  status('vm_status_no_resources', windows.VMOperationalStatus.IovNoAvailResources),
  status('vm_status_guest_drivers_needed', windows.VMOperationalStatus.IovGuestDriversNeeded),
];

/** The host of a case. */
export function worldOf(change: Change): World {
  const world = ordinary();
  change(world);
  return world;
}
