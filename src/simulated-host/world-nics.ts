import { windows } from '../document/enumerations.ts';
import type { Conditions } from './conditions.ts';
import { BASE_PROCESSOR } from './cores.ts';
import type { NicSpec, VSwitchSpec } from './hardware.ts';
import type { Holdings } from './holdings.ts';
import { integer } from './integral.ts';
import type { Setup } from './setup.ts';
import type { WorldNic, WorldTraffic, WorldVSwitch } from './world-model.ts';

/** Two of the nine texts of Microsoft's support article 2762297, shortened, which a host can show together. */
export const BLOCKED_BY_BIOS: readonly string[] = [
  'The system BIOS must be updated to allow Windows to control PCI Express.',
  'The PCI Express hardware does not support Access Control Services (ACS) at any root port.',
];
const NIC_SWITCHED_OFF: readonly string[] = ['SR-IOV is switched off on the physical network adapter.'];

const VMQ_PROCESSORS = 8;
/** The host's own traffic and what is on the wire anyway, per second */
const OWN_BYTES = 50e3;
const BROADCASTS = 20;

/** The vSwitch that a NIC is a member of. */
export const vswitchOf = (setup: Setup, nic: NicSpec): VSwitchSpec | undefined =>
  setup.vswitches.find((vswitch) => vswitch.nics.includes(nic));

/** How a NIC works: in SR-IOV mode its vPorts are its queues, else it has VM queues. */
export function modeOf(setup: Setup, nic: NicSpec, conditions: Conditions): { iov: boolean; queues: boolean } {
  const vswitch = vswitchOf(setup, nic);
  const iov =
    vswitch !== undefined &&
    conditions.iovEnabled(vswitch) &&
    conditions.sriovEnabled(vswitch) &&
    !conditions.hostBlocked();
  return { iov, queues: !iov && vswitch !== undefined };
}

/** State of a simulated NIC. */
export function makeNicState(
  nic: NicSpec,
  holdings: Holdings,
  traffic: WorldTraffic,
  uptime: number,
  conditions: Conditions,
  setup: Setup,
): WorldNic {
  const vswitch = vswitchOf(setup, nic);
  const sriovEnabled = conditions.sriovEnabled(vswitch);
  const blocked = conditions.hostBlocked();
  const mode = modeOf(setup, nic, conditions);
  const can = sriovEnabled && !blocked;
  const broadcasts = integer(uptime * BROADCASTS);
  return {
    description: nic.description,
    name: nic.name,
    guid: nic.guid,
    mac: nic.mac,
    up: vswitch === undefined || !conditions.nicDown(vswitch),
    bitsPerSecond: nic.bitsPerSecond,
    driverVersion: nic.driverVersion,
    driverFile: nic.driverFile,
    segment: 0,
    bus: nic.bus,
    device: 0,
    function: nic.function,
    numaNode: nic.numaNode,
    sriovCapable: true,
    sriovSupport: windows.SriovSupport[blocked ? 'NoOscSupport' : 'Supported'],
    sriovEnabled,
    vfLimit: can ? nic.vfLimit : 0,
    vfAllocated: holdings.vfs.length,
    vportLimit: can ? nic.vportLimit : 0,
    vportActive: holdings.vports.length,
    hardwareVfLimit: nic.vfLimit,
    hardwareVportLimit: nic.vportLimit,
    hardwareQueuePairLimit: nic.queuePairLimit,
    maxQueuePairsPerVPort: nic.maxQueuePairsPerVPort,
    vmqEnabled: !mode.iov,
    vmqQueueLimit: conditions.vmqLimit(vswitch, nic.vmqQueueLimit),
    baseProcessor: BASE_PROCESSOR,
    maxProcessors: VMQ_PROCESSORS,
    maxProcessor: BASE_PROCESSOR + 2 * (VMQ_PROCESSORS - 1),
    counters: {
      receivedBytes: traffic.bytesReceived + integer(uptime * OWN_BYTES),
      receivedUnicastPackets: traffic.packetsReceived,
      receivedMulticastPackets: integer(uptime),
      receivedBroadcastPackets: broadcasts,
      receivedDiscardedPackets: 0,
      receivedPacketErrors: 0,
      sentBytes: traffic.bytesSent + integer((uptime * OWN_BYTES) / 2),
      sentUnicastPackets: traffic.packetsSent,
      sentMulticastPackets: integer(uptime / 10),
      sentBroadcastPackets: integer(broadcasts / 10),
      outboundDiscardedPackets: 0,
      outboundPacketErrors: 0,
    },
  };
}

/** State of a simulated vSwitch with its pool. */
export function makeVSwitchState(
  vswitch: VSwitchSpec,
  holdings: readonly Holdings[],
  traffic: WorldTraffic,
  conditions: Conditions,
): WorldVSwitch {
  const blocked = conditions.hostBlocked();
  const iovEnabled = conditions.iovEnabled(vswitch);
  const sriovEnabled = conditions.sriovEnabled(vswitch);
  const iov = iovEnabled && sriovEnabled && !blocked;
  const sum = <T>(items: readonly T[], value: (item: T) => number) =>
    items.reduce((total, item) => total + value(item), 0);
  const vports = holdings.flatMap((held) => held.vports);
  const ownVports = vports.filter((vport) => vport.vportId !== 0);
  const vfs = sum(holdings, (held) => held.vfs.length);
  const queues = sum(holdings, (held) => held.vmQueues.filter((queue) => queue.queueId !== 0).length);
  return {
    id: vswitch.id,
    name: vswitch.name,
    type: windows.VMSwitchType.External,
    allowManagementOs: true,
    iovEnabled,
    iovSupport: !blocked && sriovEnabled,
    iovSupportReasons: blocked ? BLOCKED_BY_BIOS : sriovEnabled ? [] : NIC_SWITCHED_OFF,
    vfLimit: iov ? sum(vswitch.nics, (nic) => nic.vfLimit) : 0,
    vfInUse: vfs,
    queuePairLimit: sum(vswitch.nics, (nic) => nic.queuePairLimit),
    queuePairInUse: sum(vswitch.nics, (nic) => nic.queuePairsAtRest) + sum(ownVports, (vport) => vport.queuePairs),
    vmqLimit: sum(vswitch.nics, (nic) => conditions.vmqLimit(vswitch, nic.vmqQueueLimit) - 1),
    vmqAllocated: iov ? ownVports.length - vfs : queues,
    embeddedTeaming: vswitch.set,
    bandwidthMode: windows.VMSwitchBandwidthMode[iovEnabled ? 'None' : 'Absolute'],
    nics: vswitch.nics.map((nic) => nic.description),
    traffic,
    vmqMoves: 0,
    extensions: [
      {
        id: 'e7c3b2f0-f3c5-48df-af2b-10fed6d72e7a',
        name: 'Microsoft Windows Filtering Platform',
        type: windows.VMSwitchExtensionType.Filter,
        enabled: true,
        running: true,
      },
      {
        id: 'ea24cd6c-d17a-4348-9190-09f0d5be83dd',
        name: 'Microsoft NDIS Capture',
        type: windows.VMSwitchExtensionType.Capture,
        enabled: false,
        running: false,
      },
    ],
  };
}
