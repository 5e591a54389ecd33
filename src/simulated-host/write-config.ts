import { readableVnics, unreadableTexts, wide, type SourceWriters } from './rows.ts';
import type { WorldState, WorldVnic } from './world-model.ts';

const ofVms = (world: WorldState): readonly WorldVnic[] => readableVnics(world).filter((vnic) => !vnic.managementOs);

const aclRows = (world: WorldState, extended: boolean) =>
  ofVms(world).flatMap((vnic) =>
    vnic.settings.acls
      .filter((acl) => acl.extended === extended)
      .map(({ action }) => ({ parentAdapterId: vnic.id, action })),
  );

/** Rows of the part config, by source. */
export const writeConfig: SourceWriters = {
  vm_switch_extension: ({ vswitches }) => ({
    rows: vswitches.flatMap((vswitch) =>
      vswitch.extensions.map((extension) => ({
        switchId: vswitch.id,
        switchName: vswitch.name,
        id: extension.id,
        name: extension.name,
        extensionType: extension.type,
        enabled: extension.enabled,
        running: extension.running,
      })),
    ),
  }),
  vm_switch_team: ({ teams }) => ({
    rows: teams.map((team) => ({
      id: team.vswitchId,
      name: team.name,
      loadBalancingAlgorithm: team.loadBalancing,
    })),
  }),
  net_lbfo_team: () => ({ rows: [] }),
  vm_network_adapter_team_mapping: (world) => ({
    rows: ofVms(world).flatMap(({ id, settings: { teamMember } }) =>
      teamMember === undefined ? [] : [{ parentAdapterId: id, netAdapterName: teamMember }],
    ),
    errors: unreadableTexts(world),
  }),
  vm_network_adapter_acl: (world) => ({ rows: aclRows(world, false), errors: unreadableTexts(world) }),
  vm_network_adapter_extended_acl: (world) => ({ rows: aclRows(world, true), errors: unreadableTexts(world) }),
  vm_network_adapter_setting: (world) => ({
    rows: readableVnics(world).map(({ id, settings }) => ({
      id,
      virtualSubnetId: settings.virtualSubnetId,
      isolationMode: settings.isolationMode,
      maximumBandwidth: wide(settings.maximumBandwidth),
      vlanOperationMode: settings.vlanOperationMode,
      accessVlanId: settings.accessVlanId,
    })),
    errors: unreadableTexts(world),
  }),
  net_adapter_hardware: ({ nics }) => ({
    rows: nics.map((nic) => ({
      interfaceDescription: nic.description,
      segmentNumber: nic.segment,
      busNumber: nic.bus,
      deviceNumber: nic.device,
      functionNumber: nic.function,
      numaNode: nic.numaNode,
    })),
  }),
  computer: ({ host }) => ({
    rows: [
      {
        caption: host.os,
        buildNumber: host.build,
        operatingSystemSKU: host.sku,
        productType: host.productType,
        manufacturer: host.manufacturer,
        model: host.model,
        biosVersion: host.bios,
        numberOfCores: host.cores,
        numberOfLogicalProcessors: host.logicalProcessors,
      },
    ],
  }),
  registry: ({ host }) => ({
    rows: [
      {
        ...(host.iovEnableOverride !== undefined && { iovEnableOverride: host.iovEnableOverride }),
        guestParametersPresent: host.isVirtualMachine,
      },
    ],
  }),
};
