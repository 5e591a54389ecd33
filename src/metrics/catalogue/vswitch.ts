import type { VSwitchCapacity } from '../../diagnosis/model.ts';
import type { VSwitch } from '../../host/model.ts';
import { defineMetric, type MetricDefinition, type View } from '../define.ts';
import {
  findingLabels,
  flag,
  identityLabels,
  isShown,
  known,
  perObject,
  reasonLabel,
  infoSamples,
  SYNTHETIC_ONLY,
} from './common.ts';
import { once } from '../../once.ts';

const labelsOf = once((vswitch: VSwitch) => identityLabels({ vswitch: vswitch.name }));

/** Two vSwitches with one name have no value series, because the series would be equal. */
const named = (view: View) =>
  view.tracked.host.vswitches.filter(
    (vswitch) => !vswitch.nameShared && isShown(view, 'vm_switch', vswitch, vswitch.traffic !== undefined),
  );
const withState = (view: View) => named(view).filter((vswitch) => !vswitch.identityOnly);

const NAME_SHARED = 'vswitch_name_shared';

/** The findings of each name: where two hold it, that they do. */
function findingsByName(view: View) {
  const findingsOf = ({ id }: VSwitch) => view.diagnosis.vswitches.get(id)?.findings ?? [];
  const shared = new Map(
    view.tracked.host.vswitches.filter(({ nameShared }) => nameShared).map((vswitch) => [vswitch.name, vswitch]),
  );
  return [
    ...withState(view).map((vswitch) => ({ vswitch, findings: findingsOf(vswitch) })),
    ...[...shared.values()].map((vswitch) => ({
      vswitch,
      findings: findingsOf(vswitch).filter(({ id }) => id === NAME_SHARED),
    })),
  ];
}

const perVSwitch = perObject(withState, ['vswitch'], labelsOf);
const perVSwitchCounter = perObject(named, ['vswitch'], labelsOf);
const ofCapacity = (
  name: MetricDefinition['name'],
  help: string,
  value: (capacity: VSwitchCapacity) => number | undefined,
) =>
  perVSwitch(name, help, 'Get-VMSwitch, Get-VMNetworkAdapter, Get-NetAdapterSriov', (vswitch, view) => {
    const capacity = view.diagnosis.capacity.vswitches.get(vswitch.id);
    return capacity === undefined ? undefined : value(capacity);
  });

const traffic = (
  name: MetricDefinition['name'],
  what: string,
  counter: string,
  value: keyof NonNullable<VSwitch['traffic']>,
) =>
  perVSwitchCounter(
    name,
    `${what} ${SYNTHETIC_ONLY}`,
    `counter set Hyper-V Virtual Switch, ${counter}`,
    (vswitch) => vswitch.traffic?.[value],
  );

const NOT_KNOWN = 'Without vNICs whose path is not known, which hyperv_vswitch_vnics counts as unknown.';
const PATHS = ['vf', 'assigned', 'synthetic', 'not_requested', 'unknown'] as const;

/** Metrics of vSwitches and their pools. */
export const vswitchMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vswitch_info',
    type: 'gauge',
    help: 'Information about a vSwitch, as labels. The value is always 1. type is private, internal or external. teaming is none, set or lbfo.',
    source: 'Get-VMSwitch, Get-NetLbfoTeam',
    labels: ['vswitch', 'vswitch_id', 'type', 'teaming'],
    samples: (view) =>
      view.tracked.host.vswitches
        .filter((vswitch) => isShown(view, 'vm_switch', vswitch, vswitch.traffic !== undefined))
        .map((vswitch) => ({
          shared: labelsOf(vswitch),
          labels: known({ vswitch_id: vswitch.id, type: vswitch.type, teaming: vswitch.teaming }),
          value: 1,
        })),
  }),
  perVSwitch(
    'hyperv_vswitch_iov_enabled',
    'Whether the vSwitch was created with SR-IOV, which cannot be changed later: 1 if so, 0 if not.',
    'Get-VMSwitch IovEnabled',
    (vswitch) => flag(vswitch.iovEnabled),
  ),
  perVSwitch(
    'hyperv_vswitch_software_rsc_enabled',
    'Whether software RSC is enabled on the vSwitch, which combines received segments for vNICs on the synthetic path: 1 if so, 0 if not.',
    'Get-VMSwitch SoftwareRscEnabled, since Server 2019',
    (vswitch) => flag(vswitch.softwareRsc),
  ),
  perVSwitch(
    'hyperv_vswitch_iov_supported',
    'Whether the NIC of the vSwitch and the host support SR-IOV: 1 if so, 0 if not.',
    'Get-VMSwitch IovSupport',
    (vswitch) => flag(vswitch.iovSupported),
  ),
  defineMetric({
    name: 'hyperv_vswitch_iov_blocker',
    type: 'gauge',
    help: 'A reason why no vNIC of the vSwitch can have a VF. The value is always 1. docs/reasons.md explains the reasons.',
    source: 'Get-VMSwitch IovEnabled, IovSupport, IovSupportReasons',
    labels: ['vswitch', 'reason'],
    samples: (view) =>
      withState(view).flatMap((vswitch) =>
        infoSamples(view.diagnosis.vswitches.get(vswitch.id)?.blockers ?? [], reasonLabel, labelsOf(vswitch)),
      ),
  }),
  perVSwitch(
    'hyperv_vswitch_vf_limit',
    'Number of VFs of the vSwitch.',
    'Get-VMSwitch IovVirtualFunctionCount',
    (vswitch) => vswitch.vfLimit,
  ),
  perVSwitch(
    'hyperv_vswitch_vf_in_use',
    'Number of VFs of the vSwitch that are in use.',
    'Get-VMSwitch IovVirtualFunctionsInUse',
    (vswitch) => vswitch.vfInUse,
  ),
  ofCapacity(
    'hyperv_vswitch_vf_requested',
    `Number of running vNICs of the vSwitch that ask for a VF and are expected to have one. ${NOT_KNOWN}`,
    (capacity) => capacity.requested,
  ),
  ofCapacity(
    'hyperv_vswitch_vf_waiting',
    `Number of running vNICs of the vSwitch that ask for a VF and have none. Without vNICs that are still settling. ${NOT_KNOWN}`,
    (capacity) => capacity.waiting,
  ),
  ofCapacity(
    'hyperv_vswitch_vf_usable',
    'Number of VFs that the vSwitch can still assign: the smallest of VFs left, vPorts left, and queue pairs left divided by the largest number of pairs that a waiting vNIC asks for. Absent if one of them is not known.',
    (capacity) => capacity.usable,
  ),
  perVSwitch(
    'hyperv_vswitch_queue_pair_limit',
    'Number of queue pairs of the vSwitch for VFs.',
    'Get-VMSwitch IovQueuePairCount',
    (vswitch) => vswitch.queuePairLimit,
  ),
  perVSwitch(
    'hyperv_vswitch_queue_pair_in_use',
    'Number of queue pairs of the vSwitch that are in use.',
    'Get-VMSwitch IovQueuePairsInUse',
    (vswitch) => vswitch.queuePairInUse,
  ),
  perVSwitch(
    'hyperv_vswitch_vmq_limit',
    'Number of VM queues of the vSwitch, allocated or not.',
    'Get-VMSwitch AvailableVMQueues',
    (vswitch) => vswitch.vmqLimit,
  ),
  perVSwitch(
    'hyperv_vswitch_vmq_allocated',
    'Number of VM queues of the vSwitch that are allocated.',
    'Get-VMSwitch NumberVmqAllocated',
    (vswitch) => vswitch.vmqAllocated,
  ),
  defineMetric({
    name: 'hyperv_vswitch_vnics',
    type: 'gauge',
    help: 'Number of running, connected, synthetic vNICs of the vSwitch by path: vf, assigned (has a VF that the guest does not use), synthetic (asks for a VF and has none), not_requested or unknown.',
    source: 'Get-VMNetworkAdapter IovWeight, IovUsage, VFDataPathActive',
    labels: ['vswitch', 'path'],
    samples: (view) =>
      withState(view).flatMap((vswitch) => {
        const byPath = view.diagnosis.capacity.vswitches.get(vswitch.id)?.byPath;
        return PATHS.map((path) => ({
          shared: labelsOf(vswitch),
          labels: { path: path },
          value: byPath?.[path],
        }));
      }),
  }),
  traffic('hyperv_vswitch_receive_bytes_total', 'Bytes received by the vSwitch.', 'Bytes Received/sec', 'receiveBytes'),
  traffic('hyperv_vswitch_transmit_bytes_total', 'Bytes sent by the vSwitch.', 'Bytes Sent/sec', 'transmitBytes'),
  traffic(
    'hyperv_vswitch_receive_packets_total',
    'Packets received by the vSwitch.',
    'Packets Received/sec',
    'receivePackets',
  ),
  traffic(
    'hyperv_vswitch_transmit_packets_total',
    'Packets sent by the vSwitch.',
    'Packets Sent/sec',
    'transmitPackets',
  ),
  traffic(
    'hyperv_vswitch_receive_dropped_packets_total',
    'Incoming packets that the vSwitch dropped.',
    'Dropped Packets Incoming/sec',
    'receiveDropped',
  ),
  traffic(
    'hyperv_vswitch_transmit_dropped_packets_total',
    'Outgoing packets that the vSwitch dropped.',
    'Dropped Packets Outgoing/sec',
    'transmitDropped',
  ),
  perVSwitchCounter(
    'hyperv_vswitch_vmq_moves_total',
    'Number of times that a VM queue of the vSwitch was moved to another processor.',
    'counter set Hyper-V Virtual Switch, Number of VMQ Moves/sec',
    (vswitch) => vswitch.traffic?.vmqMoves,
  ),
  defineMetric({
    name: 'hyperv_vswitch_finding',
    type: 'gauge',
    help: 'A finding about the vSwitch. The value is always 1. docs/reasons.md explains the findings.',
    source: 'diagnosis of all sources',
    labels: ['vswitch', 'finding', 'severity'],
    samples: (view) =>
      findingsByName(view).flatMap(({ vswitch, findings }) => infoSamples(findings, findingLabels, labelsOf(vswitch))),
  }),
];
