import type { Nic } from '../../host/model.ts';
import { defineMetric, type MetricDefinition } from '../define.ts';
import { findingLabels, flag, identityLabels, known, perObject, reasonLabel, infoSamples } from './common.ts';
import { once } from '../../once.ts';

const nicLabels = once((nic: Nic) => identityLabels({ nic: nic.label }));
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
    `${what} Whether this includes VF traffic depends on the driver.`,
    `${STATISTICS} ${property}`,
    (nic) => nic.traffic?.[value],
  );

/** Metrics of the physical NICs. */
export const nicMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_nic_info',
    type: 'gauge',
    help: 'Information about a physical NIC, as labels. The value is always 1. nic is its description, in the spelling of windows_exporter.',
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
  perNic(
    'hyperv_nic_up',
    'Whether the link of the NIC is up: 1 if so, 0 if not.',
    'Get-NetAdapter InterfaceOperationalStatus',
    (nic) => flag(nic.up),
  ),
  perNic(
    'hyperv_nic_speed_bytes',
    'Link speed of the NIC, in bytes per second.',
    'Get-NetAdapter ReceiveLinkSpeed',
    (nic) => nic.speedBytes,
  ),
  perNic(
    'hyperv_nic_sriov_supported',
    'Whether the NIC supports SR-IOV in this host, enabled or not: 1 if so, 0 if not.',
    `${SRIOV} SriovSupport`,
    supportedFlag,
  ),
  perNic(
    'hyperv_nic_sriov_enabled',
    'Whether SR-IOV is enabled on the NIC: 1 if so, 0 if not.',
    `${SRIOV} Enabled`,
    (nic) => flag(nic.sriovEnabled),
  ),
  defineMetric({
    name: 'hyperv_nic_sriov_blocker',
    type: 'gauge',
    help: 'A reason why the NIC cannot give VFs. The value is always 1. docs/reasons.md explains the reasons.',
    source: `${SRIOV} SriovSupport, Enabled, NumVFs`,
    labels: ['nic', 'reason'],
    samples: (view) =>
      view.tracked.host.nics.flatMap((nic) =>
        infoSamples(view.diagnosis.nics.get(nic.description)?.blockers ?? [], reasonLabel, nicLabels(nic)),
      ),
  }),
  perNic(
    'hyperv_nic_vf_limit',
    'Number of VFs that the NIC is configured for.',
    `${SRIOV} NumVFs`,
    (nic) => nic.vfLimit,
  ),
  perNic(
    'hyperv_nic_vf_allocated',
    'Number of VFs of the NIC that are allocated.',
    `${SRIOV} NumAllocatedVFs`,
    (nic) => nic.vfAllocated,
  ),
  perNic(
    'hyperv_nic_vf_hardware_limit',
    'Largest number of VFs that the hardware of the NIC supports.',
    `${SRIOV} HardwareCapabilities.MaxNumVFs`,
    (nic) => nic.vfHardwareLimit,
  ),
  perNic(
    'hyperv_nic_vport_limit',
    'Number of vPorts of the NIC, for its VFs and its PF.',
    `${SRIOV} NumVPorts`,
    (nic) => nic.vportLimit,
  ),
  perNic(
    'hyperv_nic_vport_active',
    'Number of vPorts of the NIC that are active.',
    `${SRIOV} NumActiveVPorts`,
    (nic) => nic.vportActive,
  ),
  perNic(
    'hyperv_nic_queue_pair_limit',
    'Number of queue pairs of the NIC, for its VFs and its PF.',
    `${SRIOV} CurrentCapabilities.MaxNumQueuePairs`,
    (nic) => nic.queuePairLimit,
  ),
  perNic(
    'hyperv_nic_vmq_enabled',
    'Whether VM queues are enabled on the NIC: 1 if so, 0 if not.',
    `${VMQ} Enabled`,
    (nic) => flag(nic.vmq?.enabled),
  ),
  perNic(
    'hyperv_nic_vmq_queue_limit',
    'Number of VM queues of the NIC.',
    `${VMQ} NumberOfReceiveQueues`,
    (nic) => nic.vmq?.queueLimit,
  ),
  perNic(
    'hyperv_nic_vmq_base_processor',
    'Number of the first logical processor that serves VM queues of the NIC, within its processor group.',
    `${VMQ} BaseProcessorNumber`,
    (nic) => nic.vmq?.baseProcessor,
  ),
  perNic(
    'hyperv_nic_vmq_max_processors',
    'Largest number of processors that serve VM queues of the NIC.',
    `${VMQ} MaxProcessors`,
    (nic) => nic.vmq?.maxProcessors,
  ),
  traffic('hyperv_nic_receive_bytes_total', 'Bytes received by the NIC.', 'ReceivedBytes', 'receiveBytes'),
  traffic('hyperv_nic_transmit_bytes_total', 'Bytes sent by the NIC.', 'SentBytes', 'transmitBytes'),
  traffic(
    'hyperv_nic_receive_packets_total',
    'Packets received by the NIC.',
    'ReceivedUnicastPackets + ReceivedMulticastPackets + ReceivedBroadcastPackets',
    'receivePackets',
  ),
  traffic(
    'hyperv_nic_transmit_packets_total',
    'Packets sent by the NIC.',
    'SentUnicastPackets + SentMulticastPackets + SentBroadcastPackets',
    'transmitPackets',
  ),
  traffic(
    'hyperv_nic_receive_dropped_packets_total',
    'Packets that the NIC received and dropped.',
    'ReceivedDiscardedPackets',
    'receiveDropped',
  ),
  traffic(
    'hyperv_nic_transmit_dropped_packets_total',
    'Packets that the NIC dropped instead of sending them.',
    'OutboundDiscardedPackets',
    'transmitDropped',
  ),
  traffic(
    'hyperv_nic_receive_error_packets_total',
    'Packets that the NIC received with errors.',
    'ReceivedPacketErrors',
    'receiveErrors',
  ),
  traffic(
    'hyperv_nic_transmit_error_packets_total',
    'Packets that the NIC could not send because of errors.',
    'OutboundPacketErrors',
    'transmitErrors',
  ),
  defineMetric({
    name: 'hyperv_nic_finding',
    type: 'gauge',
    help: 'A finding about the NIC. The value is always 1. docs/reasons.md explains the findings.',
    source: 'diagnosis of all sources',
    labels: ['nic', 'finding', 'severity'],
    samples: (view) =>
      view.tracked.host.nics.flatMap((nic) =>
        infoSamples(view.diagnosis.nics.get(nic.description)?.findings ?? [], findingLabels, nicLabels(nic)),
      ),
  }),
];
