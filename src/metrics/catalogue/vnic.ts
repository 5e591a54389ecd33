import type { TrackedVnic } from '../../history/model.ts';
import type { Vnic, VnicOffload } from '../../host/model.ts';
import { defineMetric, type MetricDefinition, type View } from '../define.ts';
import { CACHED, findingLabels, flag, isShown, known, once, perObject, said, seconds, SYNTHETIC_ONLY } from './rows.ts';

const LABELS = ['vm', 'vm_id', 'vnic', 'vnic_id'] as const;
const labelsOf = once((vnic: Vnic) => known({ vm: vnic.vmName, vm_id: vnic.vmId, vnic: vnic.name, vnic_id: vnic.id }));

// Chosen once a view, not once a metric: there are thousands of vNICs and two dozen metrics.
const shown = once((view: View) =>
  view.tracked.host.vnics.filter((vnic) =>
    isShown(view, 'vm_network_adapter', vnic, vnic.counterInstance !== undefined),
  ),
);
const withState = once((view: View) => view.tracked.host.vnics.filter((vnic) => !vnic.identityOnly));
/** Running, connected, synthetic: those whose path matters. */
const judged = once((view: View) => withState(view).filter((vnic) => vnic.judged === true));
/** of those, the ones with a known path; the path is the published one, which two documents agree on */
const pathKnown = once((view: View) =>
  judged(view).filter((vnic) => (trackedOf(vnic, view)?.path ?? 'unknown') !== 'unknown'),
);
const trackedOf = (vnic: Vnic, view: View): TrackedVnic | undefined => view.tracked.vnics.get(vnic.id);
const diagnosisOf = (vnic: Vnic, view: View) => view.diagnosis.vnics.get(vnic.id);

const perShown = perObject(shown, LABELS, labelsOf);
const perVnic = perObject(withState, LABELS, labelsOf);
const perKnown = perObject(pathKnown, LABELS, labelsOf);
const offload = (
  name: MetricDefinition['name'],
  help: string,
  property: string,
  value: (offload: VnicOffload) => number | undefined,
) =>
  perVnic(name, `${help} Only while the state of its port is known.`, `Get-VMNetworkAdapter ${property}`, (vnic) =>
    vnic.offload === undefined ? undefined : value(vnic.offload),
  );

const traffic = (
  name: MetricDefinition['name'],
  what: string,
  counter: string,
  value: keyof NonNullable<Vnic['traffic']>,
) =>
  perShown(
    name,
    `${what} by the vNIC. ${SYNTHETIC_ONLY} ${CACHED}`,
    `counter set Hyper-V Virtual Network Adapter, ${counter}`,
    (vnic) => vnic.traffic?.[value],
  );

const PATH_SOURCE = 'Get-VMNetworkAdapter IovWeight, IovUsage, VFDataPathActive';
const TWICE = 'A loss is shown once two inventory documents in a row agree.';

export const vnicMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vnic_info',
    type: 'gauge',
    help: 'A virtual network adapter: always 1, read its labels. kind is synthetic, legacy or management_os. vnic_id is unique and never empty; vnic is not unique.',
    source: 'Get-VMNetworkAdapter -All',
    labels: [...LABELS, 'vswitch', 'mac', 'vlan', 'kind'],
    samples: (view) =>
      shown(view).map((vnic) => ({
        shared: labelsOf(vnic),
        labels: known({ vswitch: vnic.vswitchName, mac: vnic.mac, vlan: vnic.vlan, kind: vnic.kind }),
        value: 1,
      })),
  }),
  defineMetric({
    name: 'hyperv_vnic_adapter_info',
    type: 'gauge',
    help: "The vNIC's counter instance, as windows_exporter shows it in its label adapter: always 1.",
    source: 'counter set Hyper-V Virtual Network Adapter, instance name',
    labels: [...LABELS, 'adapter'],
    samples: (view) =>
      shown(view).flatMap((vnic) =>
        vnic.counterInstance === undefined
          ? []
          : [{ shared: labelsOf(vnic), labels: { adapter: vnic.counterInstance }, value: 1 }],
      ),
  }),
  perVnic(
    'hyperv_vnic_iov_weight',
    'The SR-IOV weight: above 0 the vNIC asks for a VF.',
    'Get-VMNetworkAdapter IovWeight',
    (vnic) => vnic.iovWeight,
  ),
  perKnown(
    'hyperv_vnic_vf_requested',
    'Whether a running vNIC asks for a VF (weight above 0) and is expected to have one (expect_vf).',
    'Get-VMNetworkAdapter IovWeight',
    (vnic, view) => flag(diagnosisOf(vnic, view)?.vfRequested),
  ),
  perKnown(
    'hyperv_vnic_vf_assigned',
    `Whether a VF is assigned to a running vNIC, used by its guest or not. ${TWICE}`,
    PATH_SOURCE,
    (vnic, view) => flag(['vf', 'assigned'].includes(trackedOf(vnic, view)?.path ?? '')),
  ),
  perKnown(
    'hyperv_vnic_vf_active',
    `Whether a running vNIC's traffic goes through its VF. ${TWICE}`,
    PATH_SOURCE,
    (vnic, view) => flag(trackedOf(vnic, view)?.path === 'vf'),
  ),
  defineMetric({
    name: 'hyperv_vnic_settling',
    type: 'gauge',
    help: '1 while the vNIC is expected to be off its VF for a short time: migration (or storage move), vm_start, nic_restart (also after SR-IOV was switched on).',
    source: 'Get-VM OperationalStatus, Uptime; Get-NetAdapter',
    labels: [...LABELS, 'cause'],
    samples: (view) =>
      withState(view).flatMap((vnic) => {
        const cause = trackedOf(vnic, view)?.settling;
        return cause === undefined ? [] : [{ shared: labelsOf(vnic), labels: { cause: cause }, value: 1 }];
      }),
  }),
  defineMetric({
    name: 'hyperv_vnic_fallback',
    type: 'gauge',
    help: '1 while the vNIC wants a VF and is known to be on the synthetic path; reason is the first broken step, ids as in docs/reasons.md.',
    source: 'diagnosis of all sources',
    labels: [...LABELS, 'reason'],
    samples: (view) =>
      withState(view).flatMap((vnic) => {
        const diagnosis = diagnosisOf(vnic, view);
        return diagnosis?.fallback === true && diagnosis.reason !== undefined
          ? [{ shared: labelsOf(vnic), labels: { reason: diagnosis.reason.id }, value: 1 }]
          : [];
      }),
  }),
  defineMetric({
    name: 'hyperv_vnic_finding',
    type: 'gauge',
    help: 'What else is wrong with the vNIC: 1 for each finding, ids as in docs/reasons.md.',
    source: 'diagnosis of all sources',
    labels: [...LABELS, 'finding', 'severity'],
    samples: (view) =>
      withState(view).flatMap((vnic) => said(diagnosisOf(vnic, view)?.findings ?? [], findingLabels, labelsOf(vnic))),
  }),
  defineMetric({
    name: 'hyperv_vnic_path_transitions_total',
    type: 'counter',
    help: 'Known changes of path since the agent started, by the path taken: vf or synthetic. A lower bound: what happens between two polls is not seen.',
    source: PATH_SOURCE,
    labels: [...LABELS, 'to'],
    samples: (view) =>
      shown(view).flatMap((vnic) => {
        const tracked = vnic.kind === 'synthetic' ? trackedOf(vnic, view) : undefined;
        if (tracked === undefined) return [];
        return (['vf', 'synthetic'] as const).map((to) => ({
          shared: labelsOf(vnic),
          labels: { to: to },
          value: tracked.transitionsTo[to],
        }));
      }),
  }),
  perKnown(
    'hyperv_vnic_path_change_timestamp_seconds',
    'Since when the vNIC has been on its present path, Unix seconds; survives a restart of the agent where storage is set.',
    PATH_SOURCE,
    (vnic, view) => seconds(trackedOf(vnic, view)?.since),
  ),
  offload(
    'hyperv_vnic_queue_pairs_requested',
    'Queue pairs that the vNIC asks for with its VF.',
    'IovQueuePairsRequested',
    (state) => state.queuePairsRequested,
  ),
  offload(
    'hyperv_vnic_queue_pairs_assigned',
    "Queue pairs of the vNIC's VF.",
    'IovQueuePairsAssigned',
    (state) => state.queuePairsAssigned,
  ),
  offload(
    'hyperv_vnic_vmq_weight',
    'The VM queue weight: above 0 the vNIC asks for a VM queue.',
    'VmqWeight',
    (state) => state.vmqWeight,
  ),
  offload('hyperv_vnic_vmq_allocated', 'Whether the vNIC has a VM queue.', 'VmqUsage', (state) =>
    flag(state.vmqAllocated),
  ),
  offload('hyperv_vnic_vrss_enabled', 'Whether vRSS is active.', 'VrssEnabled', (state) => flag(state.vrssEnabled)),
  offload(
    'hyperv_vnic_vmmq_queue_pairs',
    'VMMQ queue pairs in use.',
    'VmmqQueuePairs',
    (state) => state.vmmqQueuePairs,
  ),
  offload(
    'hyperv_vnic_vmmq_queue_pairs_requested',
    'VMMQ queue pairs asked for.',
    'VmmqQueuePairsRequested',
    (state) => state.vmmqQueuePairsRequested,
  ),
  traffic('hyperv_vnic_receive_bytes_total', 'Bytes received', 'Bytes Received/sec', 'receiveBytes'),
  traffic('hyperv_vnic_transmit_bytes_total', 'Bytes sent', 'Bytes Sent/sec', 'transmitBytes'),
  traffic('hyperv_vnic_receive_packets_total', 'Packets received', 'Packets Received/sec', 'receivePackets'),
  traffic('hyperv_vnic_transmit_packets_total', 'Packets sent', 'Packets Sent/sec', 'transmitPackets'),
  traffic(
    'hyperv_vnic_receive_dropped_packets_total',
    'Incoming packets dropped',
    'Dropped Packets Incoming/sec',
    'receiveDropped',
  ),
  traffic(
    'hyperv_vnic_transmit_dropped_packets_total',
    'Outgoing packets dropped',
    'Dropped Packets Outgoing/sec',
    'transmitDropped',
  ),
];
