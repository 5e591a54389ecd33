import type { Nic } from '../../host/model.ts';
import { defineMetric, type MetricDefinition } from '../define.ts';
import { CACHED, findingLabels, flag, known, once, perObject, reasonLabel, said } from './rows.ts';

const nicLabels = once((nic: Nic) => ({ nic: nic.label }));
const perNic = perObject((view) => view.tracked.host.nics, ['nic'], nicLabels);

const SRIOV = 'Get-NetAdapterSriov';
const VMQ = 'Get-NetAdapterVmq';
const STATISTICS = 'Get-NetAdapterStatistics';

function supportedFlag(nic: Nic): number | undefined {
  if (nic.sriovCapable === false) return 0;
  return nic.sriovSupport === undefined || nic.sriovSupport === 'unknown'
    ? undefined
    : flag(nic.sriovSupport === 'supported');
}

const traffic = (
  name: MetricDefinition['name'],
  what: string,
  property: string,
  value: keyof NonNullable<Nic['traffic']>,
) =>
  perNic(
    name,
    `${what} of the NIC. Whether VF traffic is in it depends on the NIC's driver. ${CACHED}`,
    `${STATISTICS} ${property}`,
    (nic) => nic.traffic?.[value],
  );

export const nicMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_nic_info',
    type: 'gauge',
    help: 'A physical network adapter port: always 1, read its labels. nic is its description, written as windows_exporter writes it.',
    source: 'Get-NetAdapter, Get-VMSwitch, Get-NetAdapterHardwareInfo',
    labels: ['nic', 'friendly_name', 'mac', 'vswitch', 'driver_version', 'pci_address', 'numa_node'],
    samples: (view) => {
      const { nics, vswitches } = view.tracked.host;
      const nameOf = new Map(vswitches.map((vswitch) => [vswitch.id, vswitch.name]));
      return nics.map((nic) => ({
        shared: nicLabels(nic),
        labels: known({
          friendly_name: nic.friendlyName,
          mac: nic.mac,
          vswitch: nic.vswitchId === undefined ? undefined : nameOf.get(nic.vswitchId),
          driver_version: nic.driverVersion,
          pci_address: nic.pciAddress,
          numa_node: nic.numaNode,
        }),
        value: 1,
      }));
    },
  }),
  perNic('hyperv_nic_up', 'Whether the link is up.', 'Get-NetAdapter InterfaceOperationalStatus', (nic) =>
    flag(nic.up),
  ),
  perNic(
    'hyperv_nic_speed_bytes',
    'Link speed in bytes per second.',
    'Get-NetAdapter ReceiveLinkSpeed',
    (nic) => nic.speedBytes,
  ),
  perNic(
    'hyperv_nic_sriov_supported',
    'Whether the NIC can do SR-IOV in this host, whether or not it is switched on.',
    `${SRIOV} SriovSupport`,
    supportedFlag,
  ),
  perNic('hyperv_nic_sriov_enabled', 'Whether SR-IOV is switched on at the NIC.', `${SRIOV} Enabled`, (nic) =>
    flag(nic.sriovEnabled),
  ),
  defineMetric({
    name: 'hyperv_nic_sriov_blocker',
    type: 'gauge',
    help: 'Why the NIC cannot give VFs: 1 for each reason, ids as in docs/reasons.md.',
    source: `${SRIOV} SriovSupport, Enabled, NumVFs`,
    labels: ['nic', 'reason'],
    samples: (view) =>
      view.tracked.host.nics.flatMap((nic) =>
        said(view.diagnosis.nics.get(nic.description)?.blockers ?? [], reasonLabel, nicLabels(nic)),
      ),
  }),
  perNic('hyperv_nic_vf_limit', 'VFs that the NIC can hand out as it is set.', `${SRIOV} NumVFs`, (nic) => nic.vfLimit),
  perNic('hyperv_nic_vf_allocated', 'VFs handed out now.', `${SRIOV} NumAllocatedVFs`, (nic) => nic.vfAllocated),
  perNic(
    'hyperv_nic_vf_hardware_limit',
    'VFs that the hardware could hand out at most.',
    `${SRIOV} HardwareCapabilities.MaxNumVFs`,
    (nic) => nic.vfHardwareLimit,
  ),
  perNic(
    'hyperv_nic_vport_limit',
    'vPorts that the NIC can make, for VFs and for the PF.',
    `${SRIOV} NumVPorts`,
    (nic) => nic.vportLimit,
  ),
  perNic('hyperv_nic_vport_active', 'vPorts in use.', `${SRIOV} NumActiveVPorts`, (nic) => nic.vportActive),
  perNic(
    'hyperv_nic_queue_pair_limit',
    'Queue pairs of the NIC, for VFs and for the PF.',
    `${SRIOV} CurrentCapabilities.MaxNumQueuePairs`,
    (nic) => nic.queuePairLimit,
  ),
  perNic('hyperv_nic_vmq_enabled', 'Whether VM queues are switched on at the NIC.', `${VMQ} Enabled`, (nic) =>
    flag(nic.vmq?.enabled),
  ),
  perNic(
    'hyperv_nic_vmq_queue_limit',
    'VM queues that the NIC has.',
    `${VMQ} NumberOfReceiveQueues`,
    (nic) => nic.vmq?.queueLimit,
  ),
  perNic(
    'hyperv_nic_vmq_base_processor',
    'First logical processor that serves VM queues of the NIC, as a number within its processor group.',
    `${VMQ} BaseProcessorNumber`,
    (nic) => nic.vmq?.baseProcessor,
  ),
  perNic(
    'hyperv_nic_vmq_max_processors',
    'How many processors may serve VM queues of the NIC.',
    `${VMQ} MaxProcessors`,
    (nic) => nic.vmq?.maxProcessors,
  ),
  traffic('hyperv_nic_receive_bytes_total', 'Bytes received', 'ReceivedBytes', 'receiveBytes'),
  traffic('hyperv_nic_transmit_bytes_total', 'Bytes sent', 'SentBytes', 'transmitBytes'),
  traffic(
    'hyperv_nic_receive_packets_total',
    'Packets received',
    'ReceivedUnicastPackets + ReceivedMulticastPackets + ReceivedBroadcastPackets',
    'receivePackets',
  ),
  traffic(
    'hyperv_nic_transmit_packets_total',
    'Packets sent',
    'SentUnicastPackets + SentMulticastPackets + SentBroadcastPackets',
    'transmitPackets',
  ),
  traffic(
    'hyperv_nic_receive_dropped_packets_total',
    'Packets received and dropped',
    'ReceivedDiscardedPackets',
    'receiveDropped',
  ),
  traffic(
    'hyperv_nic_transmit_dropped_packets_total',
    'Packets dropped before sending',
    'OutboundDiscardedPackets',
    'transmitDropped',
  ),
  traffic(
    'hyperv_nic_receive_error_packets_total',
    'Packets received with errors',
    'ReceivedPacketErrors',
    'receiveErrors',
  ),
  traffic(
    'hyperv_nic_transmit_error_packets_total',
    'Packets not sent for errors',
    'OutboundPacketErrors',
    'transmitErrors',
  ),
  defineMetric({
    name: 'hyperv_nic_finding',
    type: 'gauge',
    help: 'What is wrong with the NIC: 1 for each finding, ids as in docs/reasons.md.',
    source: 'diagnosis of all sources',
    labels: ['nic', 'finding', 'severity'],
    samples: (view) =>
      view.tracked.host.nics.flatMap((nic) =>
        said(view.diagnosis.nics.get(nic.description)?.findings ?? [], findingLabels, nicLabels(nic)),
      ),
  }),
];
