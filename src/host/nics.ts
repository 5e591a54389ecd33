import type { Row } from '../document/document.ts';
import { windows } from '../document/enumerations.ts';
import type { Snapshot } from '../document/snapshot.ts';
import { nicLabel, toGuid, toMac } from './keys.ts';
import type { Nic, NicTraffic, SriovSupport } from './model.ts';
import { isComplete, rowsOf, sortedBy, sum, type Unmatched } from './sources.ts';

type AdapterRow = Row<'inventory', 'net_adapter'>;
type SriovRow = Row<'inventory', 'net_adapter_sriov'>;

/** SriovSupport by its names in Windows, which the cmdlet's type file shows. */
const SRIOV_SUPPORT: Readonly<Record<keyof typeof windows.SriovSupport, SriovSupport>> = {
  Unknown: 'unknown',
  Supported: 'supported',
  MissingAcs: 'missing_acs',
  MissingPfDriver: 'missing_pf_driver',
  NoBusResources: 'no_bus_resources',
  NoIoMmuSupport: 'no_iommu',
  NoVfBarSpace: 'no_vf_bar_space',
  NoOscSupport: 'no_osc',
};
/** The same by number and by name in lower case. */
const sriovSupportOf: ReadonlyMap<number | string, SriovSupport> = new Map<number | string, SriovSupport>(
  Object.entries(SRIOV_SUPPORT).flatMap(([name, value]) => [
    [windows.SriovSupport[name as keyof typeof SRIOV_SUPPORT], value] as const,
    [name.toLowerCase(), value] as const,
  ]),
);
const sriovSupport = (value: number | string | undefined): SriovSupport | undefined =>
  sriovSupportOf.get(typeof value === 'string' ? value.toLowerCase() : (value ?? ''));

/** Driver of the LBFO multiplexor; its description is localised, the file's name is not. */
const LBFO_DRIVER = 'ndisimplatform.sys';
const isLbfo = (row: AdapterRow | undefined) => row?.driverFileName?.toLowerCase() === LBFO_DRIVER;

/** A physical port or an LBFO team; not a vSwitch's own port in the management OS. */
function isNic(row: AdapterRow): boolean {
  if (isLbfo(row)) return true;
  return row.hardwareInterface ?? row.virtual === false;
}

/** The physical NICs of a snapshot, by InterfaceDescription: the one key that all NetAdapter cmdlets share. */
export function buildNics(snapshot: Snapshot, unmatched: Unmatched): readonly Nic[] {
  const { net_adapter, net_adapter_sriov, net_adapter_vmq } = snapshot.inventory;
  const adapters = byDescription(rowsOf(net_adapter));
  const held = byDescription(net_adapter?.heldOver ?? []);
  const sriov = byDescription(rowsOf(net_adapter_sriov));
  const vmq = byDescription(rowsOf(net_adapter_vmq));
  const hardware = byDescription(rowsOf(snapshot.config.net_adapter_hardware));
  const statistics = byDescription(rowsOf(snapshot.activity.net_adapter_statistics));
  const sriovWhole = isComplete(net_adapter_sriov);

  const descriptions = new Set<string>();
  for (const description of [...adapters.keys(), ...held.keys(), ...sriov.keys(), ...vmq.keys()]) {
    const row = adapters.get(description) ?? held.get(description);
    // An interface that Get-NetAdapter does not return is a NIC if a cmdlet that lists only NICs returns it.
    if (row ? isNic(row) : sriov.has(description) || !isComplete(net_adapter)) descriptions.add(description);
  }

  const nicOf = (description: string): Nic => {
    const row = adapters.get(description);
    const identity = row ?? held.get(description);
    const vmqRow = vmq.get(description);
    return {
      description,
      label: nicLabel(description),
      friendlyName: identity?.name,
      guid: toGuid(identity?.interfaceGuid),
      mac: toMac(identity?.macAddress),
      isLbfoTeam: isLbfo(identity),
      ...linkOf(row),
      pciAddress: pciAddress(hardware.get(description)),
      numaNode: numaNode(hardware.get(description)?.numaNode),
      ...sriovOf(sriov.get(description), sriovWhole),
      // A team has no VM queues: what Get-NetAdapterVmq shows of its interface is made up from its members.
      vmq:
        vmqRow && !isLbfo(identity)
          ? {
              enabled: vmqRow.enabled,
              queueLimit: vmqRow.numberOfReceiveQueues,
              baseProcessorGroup: vmqRow.baseProcessorGroup,
              baseProcessor: vmqRow.baseProcessorNumber,
              maxProcessors: vmqRow.maxProcessors,
              maxProcessorNumber: vmqRow.maxProcessorNumber,
              numaNode: numaNode(vmqRow.numaNode),
            }
          : undefined,
      traffic: nicTraffic(statistics.get(description)),
    };
  };
  countUnmatched(snapshot, descriptions, unmatched);
  return sortedBy([...descriptions].map(nicOf), (nic) => nic.description);
}

function byDescription<T extends { readonly interfaceDescription: string }>(rows: readonly T[]): Map<string, T> {
  const map = new Map<string, T>();
  for (const row of rows) if (!map.has(row.interfaceDescription)) map.set(row.interfaceDescription, row);
  return map;
}

/** A NIC that was removed from the host is administratively down, too. */
const isDisabled = (admin: number | undefined, oper: number | undefined): boolean | undefined =>
  admin === undefined ? undefined : admin === windows.IfAdminStatus.DOWN && oper !== windows.IfOperStatus.NotPresent;

function linkOf(row: AdapterRow | undefined) {
  const status = row?.interfaceOperationalStatus;
  const adminStatus = row?.interfaceAdminStatus;
  return {
    up: status === undefined ? undefined : status === windows.IfOperStatus.Up,
    disabled: isDisabled(adminStatus, status),
    present: status === undefined ? undefined : status !== windows.IfOperStatus.NotPresent,
    speedBytes: speedBytes(row?.receiveLinkSpeed),
    driverVersion: row?.driverVersion,
  };
}

/** NDIS_LINK_SPEED_UNKNOWN, what drivers say without a link: all 64 bits set */
const SPEED_UNKNOWN = 2 ** 64;

const speedBytes = (bits: number | undefined) => (bits === undefined || bits >= SPEED_UNKNOWN ? undefined : bits / 8);

function sriovOf(row: SriovRow | undefined, whole: boolean) {
  if (!row) return { sriovCapable: whole ? false : undefined };
  return {
    sriovCapable: true,
    sriovSupport: sriovSupport(row.sriovSupport),
    sriovEnabled: row.enabled,
    vfLimit: row.numVFs,
    vfAllocated: row.numAllocatedVFs,
    vfHardwareLimit: row.hwMaxNumVFs,
    vportLimit: row.numVPorts,
    vportActive: row.numActiveVPorts,
    queuePairLimit: row.currentMaxNumQueuePairs,
  };
}

/** `segment:bus:device.function` in hexadecimal, as PCI tools write it. */
function pciAddress(row: Row<'config', 'net_adapter_hardware'> | undefined): string | undefined {
  if (!row) return undefined;
  const { segmentNumber, busNumber, deviceNumber, functionNumber } = row;
  const parts = [segmentNumber, busNumber, deviceNumber, functionNumber];
  if (!parts.every((value): value is number => value !== undefined && value >= 0)) return undefined;
  const [segment, bus, device, fn] = parts.map((value, index) =>
    value.toString(16).padStart([4, 2, 2, 1][index] ?? 1, '0'),
  );
  return `${segment}:${bus}:${device}.${fn}`;
}

/** A NUMA node's number; drivers that do not know theirs say -1 or 65535. */
function numaNode(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value < 65535 ? value : undefined;
}

function nicTraffic(row: Row<'activity', 'net_adapter_statistics'> | undefined): NicTraffic | undefined {
  return (
    row && {
      receiveBytes: row.receivedBytes,
      transmitBytes: row.sentBytes,
      receivePackets: sum([row.receivedUnicastPackets, row.receivedMulticastPackets, row.receivedBroadcastPackets]),
      transmitPackets: sum([row.sentUnicastPackets, row.sentMulticastPackets, row.sentBroadcastPackets]),
      receiveDropped: row.receivedDiscardedPackets,
      transmitDropped: row.outboundDiscardedPackets,
      receiveErrors: row.receivedPacketErrors,
      transmitErrors: row.outboundPacketErrors,
    }
  );
}

function countUnmatched(snapshot: Snapshot, known: ReadonlySet<string>, unmatched: Unmatched): void {
  const rows = snapshot.activity.net_adapter_statistics;
  if (rows?.fresh !== true) return;
  // Get-NetAdapterStatistics lists vSwitch ports too: they are known to Get-NetAdapter and belong to no NIC. Rows of
  // Get-NetAdapterHardwareInfo are not counted: it lists hidden NICs too, which Get-NetAdapter does not.
  const adapters = new Set(rowsOf(snapshot.inventory.net_adapter).map((row) => row.interfaceDescription));
  unmatched.looked('activity', 'net_adapter_statistics');
  for (const { interfaceDescription: description } of rows.rows) {
    if (!known.has(description) && !adapters.has(description)) unmatched.add('activity', 'net_adapter_statistics');
  }
}
