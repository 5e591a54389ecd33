import type { VSwitchCapacity } from '../../diagnosis/model.ts';
import type { VSwitch } from '../../host/model.ts';
import { defineMetric, type MetricDefinition, type View } from '../define.ts';
import {
  CACHED,
  findingLabels,
  flag,
  isShown,
  known,
  once,
  perObject,
  reasonLabel,
  said,
  SYNTHETIC_ONLY,
} from './rows.ts';

const labelsOf = once((vswitch: VSwitch) => ({ vswitch: vswitch.name }));

/** A name held by two gives no value series: they could not be told apart. */
const named = (view: View) =>
  view.tracked.host.vswitches.filter(
    (vswitch) => !vswitch.nameShared && isShown(view, 'vm_switch', vswitch, vswitch.traffic !== undefined),
  );
const withState = (view: View) => named(view).filter((vswitch) => !vswitch.identityOnly);

const NAME_SHARED = 'vswitch_name_shared';

/** The findings of each name: where two hold it, that they do. */
function findingsByName(view: View) {
  const findingsOf = ({ id }: VSwitch) => view.diagnosis.vswitches.get(id)?.findings ?? [];
  const shared = new Map(view.tracked.host.vswitches.filter((one) => one.nameShared).map((one) => [one.name, one]));
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
    `${what} by the vSwitch. ${SYNTHETIC_ONLY} ${CACHED}`,
    `counter set Hyper-V Virtual Switch, ${counter}`,
    (vswitch) => vswitch.traffic?.[value],
  );

const NOT_KNOWN = 'vNICs whose state is not known are not in it: see hyperv_vswitch_vnics{path="unknown"}.';
const PATHS = ['vf', 'assigned', 'synthetic', 'not_requested', 'unknown'] as const;

export const vswitchMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vswitch_info',
    type: 'gauge',
    help: 'A Hyper-V virtual switch: always 1, read its labels. type is private, internal or external; teaming is none, set or lbfo.',
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
    'Whether the vSwitch was made with SR-IOV. It can be chosen only when the vSwitch is made.',
    'Get-VMSwitch IovEnabled',
    (vswitch) => flag(vswitch.iovEnabled),
  ),
  perVSwitch(
    'hyperv_vswitch_software_rsc_enabled',
    'Whether the vSwitch joins received segments in software (RSC) before it hands them to a vNIC on the synthetic path.',
    'Get-VMSwitch SoftwareRscEnabled, since Server 2019',
    (vswitch) => flag(vswitch.softwareRsc),
  ),
  perVSwitch(
    'hyperv_vswitch_iov_supported',
    'Whether the NIC under the vSwitch and this host support SR-IOV.',
    'Get-VMSwitch IovSupport',
    (vswitch) => flag(vswitch.iovSupported),
  ),
  defineMetric({
    name: 'hyperv_vswitch_iov_blocker',
    type: 'gauge',
    help: 'Why no vNIC of the vSwitch can have a VF: 1 for each reason, ids as in docs/reasons.md.',
    source: 'Get-VMSwitch IovEnabled, IovSupport, IovSupportReasons',
    labels: ['vswitch', 'reason'],
    samples: (view) =>
      withState(view).flatMap((vswitch) =>
        said(view.diagnosis.vswitches.get(vswitch.id)?.blockers ?? [], reasonLabel, labelsOf(vswitch)),
      ),
  }),
  perVSwitch(
    'hyperv_vswitch_vf_limit',
    'VFs that the vSwitch can hand out.',
    'Get-VMSwitch IovVirtualFunctionCount',
    (vswitch) => vswitch.vfLimit,
  ),
  perVSwitch(
    'hyperv_vswitch_vf_in_use',
    'VFs of the vSwitch in use.',
    'Get-VMSwitch IovVirtualFunctionsInUse',
    (vswitch) => vswitch.vfInUse,
  ),
  ofCapacity(
    'hyperv_vswitch_vf_requested',
    `Running vNICs that ask for a VF and are expected to have one. ${NOT_KNOWN}`,
    (capacity) => capacity.requested,
  ),
  ofCapacity(
    'hyperv_vswitch_vf_waiting',
    `Running vNICs that ask for a VF and are known to be without one; settling ones are not in it. ${NOT_KNOWN}`,
    (capacity) => capacity.waiting,
  ),
  ofCapacity(
    'hyperv_vswitch_vf_usable',
    'How many more VFs can be handed out: the least of VFs left, vPorts left, and queue pairs left divided by the most pairs that a waiting vNIC asks for. Absent if a term is not known.',
    (capacity) => capacity.usable,
  ),
  perVSwitch(
    'hyperv_vswitch_queue_pair_limit',
    'Queue pairs of the vSwitch for VFs.',
    'Get-VMSwitch IovQueuePairCount',
    (vswitch) => vswitch.queuePairLimit,
  ),
  perVSwitch(
    'hyperv_vswitch_queue_pair_in_use',
    'Queue pairs of the vSwitch in use.',
    'Get-VMSwitch IovQueuePairsInUse',
    (vswitch) => vswitch.queuePairInUse,
  ),
  perVSwitch(
    'hyperv_vswitch_vmq_limit',
    'VM queues of the vSwitch in all: Windows calls them available, and means the capacity.',
    'Get-VMSwitch AvailableVMQueues',
    (vswitch) => vswitch.vmqLimit,
  ),
  perVSwitch(
    'hyperv_vswitch_vmq_allocated',
    'VM queues of the vSwitch handed out.',
    'Get-VMSwitch NumberVmqAllocated',
    (vswitch) => vswitch.vmqAllocated,
  ),
  defineMetric({
    name: 'hyperv_vswitch_vnics',
    type: 'gauge',
    help: 'Running, connected, synthetic vNICs by path: vf; assigned (a VF that the guest does not use); synthetic (asks for a VF and has none); not_requested; unknown. Always all five.',
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
  traffic('hyperv_vswitch_receive_bytes_total', 'Bytes received', 'Bytes Received/sec', 'receiveBytes'),
  traffic('hyperv_vswitch_transmit_bytes_total', 'Bytes sent', 'Bytes Sent/sec', 'transmitBytes'),
  traffic('hyperv_vswitch_receive_packets_total', 'Packets received', 'Packets Received/sec', 'receivePackets'),
  traffic('hyperv_vswitch_transmit_packets_total', 'Packets sent', 'Packets Sent/sec', 'transmitPackets'),
  traffic(
    'hyperv_vswitch_receive_dropped_packets_total',
    'Incoming packets dropped',
    'Dropped Packets Incoming/sec',
    'receiveDropped',
  ),
  traffic(
    'hyperv_vswitch_transmit_dropped_packets_total',
    'Outgoing packets dropped',
    'Dropped Packets Outgoing/sec',
    'transmitDropped',
  ),
  perVSwitchCounter(
    'hyperv_vswitch_vmq_moves_total',
    `Moves of VM queues from one processor to another. ${CACHED}`,
    'counter set Hyper-V Virtual Switch, Number of VMQ Moves/sec',
    (vswitch) => vswitch.traffic?.vmqMoves,
  ),
  defineMetric({
    name: 'hyperv_vswitch_finding',
    type: 'gauge',
    help: 'What is wrong with the vSwitch: 1 for each finding, ids as in docs/reasons.md.',
    source: 'diagnosis of all sources',
    labels: ['vswitch', 'finding', 'severity'],
    samples: (view) =>
      findingsByName(view).flatMap(({ vswitch, findings }) => said(findings, findingLabels, labelsOf(vswitch))),
  }),
];
