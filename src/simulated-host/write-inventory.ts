import { windows } from '../document/enumerations.ts';
import { type Asked, readableVnics, unreadableTexts, wide, type SourceWriters } from './rows.ts';
import type { WorldVm, WorldVnic, WorldVSwitch } from './world-model.ts';

const dashed = (mac: string) => mac.replace(/..(?=.)/g, '$&-');
const { Up, Down } = windows.IfOperStatus;

function vswitchRow(vswitch: WorldVSwitch, guids: ReadonlyMap<string, string>) {
  return {
    id: vswitch.id,
    name: vswitch.name,
    switchType: vswitch.type,
    allowManagementOS: vswitch.allowManagementOs,
    iovEnabled: vswitch.iovEnabled,
    iovSupport: vswitch.iovSupport,
    iovSupportReasons: vswitch.iovSupportReasons,
    iovVirtualFunctionCount: vswitch.vfLimit,
    iovVirtualFunctionsInUse: vswitch.vfInUse,
    iovQueuePairCount: vswitch.queuePairLimit,
    iovQueuePairsInUse: vswitch.queuePairInUse,
    availableVMQueues: vswitch.vmqLimit,
    numberVmqAllocated: vswitch.vmqAllocated,
    embeddedTeamingEnabled: vswitch.embeddedTeaming,
    bandwidthReservationMode: vswitch.bandwidthMode,
    netAdapterInterfaceDescription: vswitch.embeddedTeaming ? 'Teamed-Interface' : (vswitch.nics[0] ?? ''),
    netAdapterInterfaceDescriptions: vswitch.nics,
    netAdapterInterfaceGuid: vswitch.nics.map((nic) => guids.get(nic) ?? ''),
  };
}

function vmRow(vm: WorldVm) {
  return {
    id: vm.id,
    name: vm.name,
    state: vm.state,
    operationalStatus: vm.operationalStatus,
    ...(vm.heartbeat !== undefined && { heartbeat: vm.heartbeat }),
    uptimeMs: wide(vm.uptimeMs),
    processorCount: vm.processorCount,
    generation: vm.generation,
    version: vm.version,
    virtualMachineType: vm.type,
    replicationMode: vm.replicationMode,
  };
}

/** What Get-VMNetworkAdapter is assumed to show while a vNIC's port is missing. */
const MISSING_PORT = {
  iovWeight: 0,
  queuePairsRequested: 1,
  queuePairsAssigned: 0,
  iovUsage: 0,
  vfDataPathActive: false,
  vmqWeight: 100,
  vmqUsage: 0,
  vrssEnabled: true,
  vmmqEnabled: false,
  vmmqQueuePairs: 0,
  vmmqQueuePairsRequested: 16,
} as const;

/** A vNIC of the management OS has no VM, no Connected and no SR-IOV settings. One literal: there are thousands. */
function vnicRow(vnic: WorldVnic, { ipAddresses }: Asked) {
  const shown = vnic.port === 'missing' ? MISSING_PORT : vnic;
  const ofVm = !vnic.managementOs;
  return {
    id: vnic.id,
    name: vnic.name,
    vmName: vnic.vmName,
    vmId: vnic.vmId,
    switchName: vnic.vswitchName,
    switchId: vnic.vswitchId,
    macAddress: vnic.mac,
    isLegacy: vnic.legacy,
    isManagementOs: vnic.managementOs,
    isExternalAdapter: false,
    connected: ofVm ? vnic.connected : undefined,
    status: vnic.status,
    statusDescription: vnic.statusDescription,
    iovWeight: ofVm ? shown.iovWeight : undefined,
    iovQueuePairsRequested: ofVm ? shown.queuePairsRequested : undefined,
    iovQueuePairsAssigned: ofVm ? shown.queuePairsAssigned : undefined,
    iovUsage: ofVm ? shown.iovUsage : undefined,
    vfDataPathActive: shown.vfDataPathActive,
    vmqWeight: shown.vmqWeight,
    vmqUsage: shown.vmqUsage,
    vrssEnabled: shown.vrssEnabled,
    vmmqEnabled: shown.vmmqEnabled,
    vmmqQueuePairs: shown.vmmqQueuePairs,
    vmmqQueuePairsRequested: shown.vmmqQueuePairsRequested,
    ipAddresses: ipAddresses ? vnic.ipAddresses : undefined,
  };
}

/** Rows of the part inventory, by source. */
export const writeInventory: SourceWriters = {
  vm_host: ({ host }) => ({
    rows: [
      {
        name: host.name,
        fullyQualifiedDomainName: host.fullyQualifiedDomainName,
        logicalProcessorCount: host.logicalProcessors,
        iovSupport: host.iovSupport,
        iovSupportReasons: host.iovSupportReasons,
      },
    ],
  }),
  vm_switch: ({ vswitches, nics }) => {
    const guids = new Map(nics.map((nic) => [nic.description, nic.guid]));
    return { rows: vswitches.map((vswitch) => vswitchRow(vswitch, guids)) };
  },
  vm: (world) => ({
    rows: world.vms.filter((vm) => vm.unreadable === undefined).map(vmRow),
    errors: unreadableTexts(world),
  }),
  vm_network_adapter: (world, asked) => ({
    rows: readableVnics(world).map((vnic) => vnicRow(vnic, asked)),
    errors: unreadableTexts(world),
  }),
  net_adapter_sriov_vf: ({ vfs }) => ({
    rows: vfs.map((vf) => ({
      interfaceDescription: vf.nic,
      functionID: vf.functionId,
      vmID: vf.shownVmId,
      vmNicID: vf.shownVmNicId,
      vmFriendlyName: vf.vmName,
      currentMacAddress: dashed(vf.mac),
      permanentMacAddress: dashed(vf.mac),
      vPortID: [vf.vportId],
    })),
  }),
  net_adapter_vport: ({ vports }) => ({
    rows: vports.map((vport) => ({
      interfaceDescription: vport.nic,
      vPortID: vport.vportId,
      functionID: vport.functionId,
      numQueuePairs: vport.queuePairs,
      vPortState: vport.state,
      filterMacAddresses: vport.filterMacs,
    })),
  }),
  vnic_instance: ({ vnics }) => ({
    rows: vnics.flatMap(({ counterInstance }) =>
      counterInstance === undefined ? [] : [{ instance: counterInstance }],
    ),
  }),
  net_adapter: ({ nics }) => ({
    rows: nics.map((nic) => ({
      name: nic.name,
      interfaceDescription: nic.description,
      interfaceGuid: `{${nic.guid.toUpperCase()}}`,
      macAddress: dashed(nic.mac),
      interfaceOperationalStatus: nic.up ? Up : Down,
      // A simulated NIC loses its link; none is disabled in Windows.
      interfaceAdminStatus: windows.IfAdminStatus.UP,
      receiveLinkSpeed: wide(nic.up ? nic.bitsPerSecond : 0),
      driverVersion: nic.driverVersion,
      driverFileName: nic.driverFile,
      hardwareInterface: true,
      virtual: false,
    })),
  }),
  net_adapter_sriov: ({ nics }) => ({
    rows: nics
      .filter((nic) => nic.sriovCapable)
      .map((nic) => ({
        interfaceDescription: nic.description,
        enabled: nic.sriovEnabled,
        sriovSupport: nic.sriovSupport,
        numVFs: nic.vfLimit,
        numAllocatedVFs: nic.vfAllocated,
        numVPorts: nic.vportLimit,
        numActiveVPorts: nic.vportActive,
        hwMaxNumVFs: nic.hardwareVfLimit,
        currentMaxNumQueuePairs: nic.hardwareQueuePairLimit,
      })),
  }),
  net_adapter_vmq: ({ nics }) => ({
    rows: nics.map((nic) => ({
      interfaceDescription: nic.description,
      enabled: nic.vmqEnabled,
      numberOfReceiveQueues: nic.vmqQueueLimit,
      baseProcessorGroup: 0,
      baseProcessorNumber: nic.baseProcessor,
      maxProcessors: nic.maxProcessors,
      maxProcessorNumber: nic.maxProcessor,
      numaNode: nic.numaNode,
    })),
  }),
  net_adapter_vmq_queue: ({ vmQueues }) => ({
    rows: vmQueues.map((queue) => ({
      interfaceDescription: queue.nic,
      queueID: queue.queueId,
      state: queue.state,
      processorGroup: queue.processorGroup,
      processorAffinityMask: queue.processorMask,
      ...(queue.vmId !== undefined && { vmID: queue.vmId.toUpperCase() }),
      ...(queue.vmName !== undefined && { vmFriendlyName: queue.vmName }),
      filterMacAddresses: queue.filterMacs,
    })),
  }),
};
