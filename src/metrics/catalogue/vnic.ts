import type { TrackedVnic } from '../../history/model.ts';
import type { Vnic, VnicOffload } from '../../host/model.ts';
import { defineMetric, type MetricDefinition, type View } from '../define.ts';
import {
  findingLabels,
  flag,
  identityLabels,
  isShown,
  known,
  perObject,
  infoSamples,
  seconds,
  SYNTHETIC_ONLY,
} from './common.ts';
import { once } from '../../once.ts';

const LABELS = ['vm', 'vm_id', 'vnic', 'vnic_id'] as const;
const labelsOf = once((vnic: Vnic) =>
  identityLabels(known({ vm: vnic.vmName, vm_id: vnic.vmId, vnic: vnic.name, vnic_id: vnic.id })),
);

// Chosen once a view, not once a metric: there are thousands of vNICs and two dozen metrics.
const shown = once((view: View) =>
  view.tracked.host.vnics.filter((vnic) =>
    isShown(view, 'vm_network_adapter', vnic, vnic.counterInstance !== undefined),
  ),
);
const withState = once((view: View) => view.tracked.host.vnics.filter((vnic) => !vnic.identityOnly));
/** Running, connected, synthetic: those whose path matters. */
const applicable = once((view: View) => withState(view).filter((vnic) => vnic.pathApplies === true));
/** of those, the ones with a known path; the path is the published one, which two documents agree on */
const pathKnown = once((view: View) =>
  applicable(view).filter((vnic) => (trackedOf(vnic, view)?.path ?? 'unknown') !== 'unknown'),
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
  perVnic(
    name,
    `${help} Absent while the state of the port is not known.`,
    `Get-VMNetworkAdapter ${property}`,
    (vnic) => (vnic.offload === undefined ? undefined : value(vnic.offload)),
  );

const traffic = (
  name: MetricDefinition['name'],
  what: string,
  counter: string,
  value: keyof NonNullable<Vnic['traffic']>,
) =>
  perShown(
    name,
    `${what} ${SYNTHETIC_ONLY}`,
    `counter set Hyper-V Virtual Network Adapter, ${counter}`,
    (vnic) => vnic.traffic?.[value],
  );

const PATH_SOURCE = 'Get-VMNetworkAdapter IovWeight, IovUsage, VFDataPathActive';
const TWICE = 'The loss of a VF is reported when two polls in a row agree on it.';

/** Metrics of virtual NICs: path, reason, traffic. */
export const vnicMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vnic_info',
    type: 'gauge',
    help: 'Information about a vNIC, as labels. The value is always 1. kind is synthetic, legacy or management_os. vnic_id is unique; the name in vnic need not be.',
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
    help: 'The name that windows_exporter has for the vNIC, in its label adapter. The value is always 1.',
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
    'SR-IOV weight of the vNIC. Above 0, the vNIC asks for a VF.',
    'Get-VMNetworkAdapter IovWeight',
    (vnic) => vnic.iovWeight,
  ),
  perKnown(
    'hyperv_vnic_vf_requested',
    'Whether a running vNIC asks for a VF (SR-IOV weight above 0) and is expected to have one (setting expect_vf): 1 if so, 0 if not.',
    'Get-VMNetworkAdapter IovWeight',
    (vnic, view) => flag(diagnosisOf(vnic, view)?.vfRequested),
  ),
  perKnown(
    'hyperv_vnic_vf_assigned',
    `Whether a running vNIC has a VF, used by the guest or not: 1 if so, 0 if not. ${TWICE}`,
    PATH_SOURCE,
    (vnic, view) => flag(['vf', 'assigned'].includes(trackedOf(vnic, view)?.path ?? '')),
  ),
  perKnown(
    'hyperv_vnic_vf_active',
    `Whether the traffic of a running vNIC goes through its VF: 1 if so, 0 if not. ${TWICE}`,
    PATH_SOURCE,
    (vnic, view) => flag(trackedOf(vnic, view)?.path === 'vf'),
  ),
  defineMetric({
    name: 'hyperv_vnic_settling',
    type: 'gauge',
    help: 'The vNIC may be off its VF for a short time. The value is always 1. cause is migration (also of storage), vm_start or nic_restart (also after SR-IOV was enabled).',
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
    help: 'The vNIC asks for a VF and is on the synthetic path. The value is always 1. reason is the first broken step; docs/reasons.md explains the reasons.',
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
    help: 'A finding about the vNIC, in addition to the reason for its fallback. The value is always 1. docs/reasons.md explains the findings.',
    source: 'diagnosis of all sources',
    labels: [...LABELS, 'finding', 'severity'],
    samples: (view) =>
      withState(view).flatMap((vnic) =>
        infoSamples(diagnosisOf(vnic, view)?.findings ?? [], findingLabels, labelsOf(vnic)),
      ),
  }),
  defineMetric({
    name: 'hyperv_vnic_path_transitions_total',
    type: 'counter',
    help: 'Number of path changes of the vNIC since the agent started, by the new path: vf or synthetic. Changes between two polls are not seen.',
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
    'Time when the vNIC changed to its present path, or was first read on it (hyperv_vnic_path_change_seen 0), in Unix seconds. An agent with storage remembers it over a restart.',
    PATH_SOURCE,
    (vnic, view) => seconds(trackedOf(vnic, view)?.since),
  ),
  perKnown(
    'hyperv_vnic_path_change_seen',
    'Whether the agent saw the vNIC change to its present path: 1 if so, 0 if it was on that path at the first reading and may have been for longer.',
    PATH_SOURCE,
    (vnic, view) => {
      const tracked = trackedOf(vnic, view);
      return tracked?.since === undefined ? undefined : flag(tracked.sinceSeen ?? false);
    },
  ),
  offload(
    'hyperv_vnic_queue_pairs_requested',
    'Number of queue pairs that the vNIC asks for with its VF.',
    'IovQueuePairsRequested',
    (state) => state.queuePairsRequested,
  ),
  offload(
    'hyperv_vnic_queue_pairs_assigned',
    'Number of queue pairs that the VF of the vNIC has.',
    'IovQueuePairsAssigned',
    (state) => state.queuePairsAssigned,
  ),
  offload(
    'hyperv_vnic_vmq_weight',
    'VM queue weight of the vNIC. Above 0, the vNIC asks for a VM queue.',
    'VmqWeight',
    (state) => state.vmqWeight,
  ),
  offload('hyperv_vnic_vmq_allocated', 'Whether the vNIC has a VM queue: 1 if so, 0 if not.', 'VmqUsage', (state) =>
    flag(state.vmqAllocated),
  ),
  offload(
    'hyperv_vnic_vrss_enabled',
    'Whether vRSS is active for the vNIC: 1 if so, 0 if not.',
    'VrssEnabled',
    (state) => flag(state.vrssEnabled),
  ),
  offload(
    'hyperv_vnic_vmmq_queue_pairs',
    'Number of VMMQ queue pairs that the vNIC has.',
    'VmmqQueuePairs',
    (state) => state.vmmqQueuePairs,
  ),
  offload(
    'hyperv_vnic_vmmq_queue_pairs_requested',
    'Number of VMMQ queue pairs that the vNIC asks for.',
    'VmmqQueuePairsRequested',
    (state) => state.vmmqQueuePairsRequested,
  ),
  traffic('hyperv_vnic_receive_bytes_total', 'Bytes received by the vNIC.', 'Bytes Received/sec', 'receiveBytes'),
  traffic('hyperv_vnic_transmit_bytes_total', 'Bytes sent by the vNIC.', 'Bytes Sent/sec', 'transmitBytes'),
  traffic(
    'hyperv_vnic_receive_packets_total',
    'Packets received by the vNIC.',
    'Packets Received/sec',
    'receivePackets',
  ),
  traffic('hyperv_vnic_transmit_packets_total', 'Packets sent by the vNIC.', 'Packets Sent/sec', 'transmitPackets'),
  traffic(
    'hyperv_vnic_receive_dropped_packets_total',
    'Incoming packets of the vNIC that were dropped.',
    'Dropped Packets Incoming/sec',
    'receiveDropped',
  ),
  traffic(
    'hyperv_vnic_transmit_dropped_packets_total',
    'Outgoing packets of the vNIC that were dropped.',
    'Dropped Packets Outgoing/sec',
    'transmitDropped',
  ),
];
