import type { VPort } from '../../host/model.ts';
import { defineMetric, type MetricDefinition } from '../define.ts';
import { nicLabel, ownerLabels } from './ports.ts';
import { flag, known } from './common.ts';

const perVPort = (
  name: MetricDefinition['name'],
  help: string,
  property: string,
  value: (vport: VPort) => number | undefined,
) =>
  defineMetric({
    name,
    type: 'gauge',
    help,
    source: `Get-NetAdapterVPort ${property}`,
    labels: ['nic', 'vport'],
    samples: (view) =>
      view.tracked.host.vports.map((vport) => ({
        labels: { nic: nicLabel(view, vport.nic), vport: String(vport.vportId) },
        value: value(vport),
      })),
  });

/** Metrics of vPorts. */
export const vportMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vport_info',
    type: 'gauge',
    help: 'Information about a vPort of the NIC and its owner, as labels. The value is always 1. vPorts of the PF have no vf; they serve as VM queues while SR-IOV is enabled.',
    source: 'Get-NetAdapterVPort, joined by Get-NetAdapterSriovVf VPortID or by MAC',
    labels: ['nic', 'vport', 'vf', 'vm', 'vm_id', 'vnic_id'],
    samples: (view) =>
      view.tracked.host.vports.map((vport) => ({
        labels: {
          ...known({ nic: nicLabel(view, vport.nic), vport: vport.vportId, vf: vport.functionId }),
          ...ownerLabels(vport),
        },
        value: 1,
      })),
  }),
  perVPort('hyperv_vport_activated', 'Whether the vPort is activated: 1 if so, 0 if not.', 'VPortState', (vport) =>
    flag(vport.activated),
  ),
  perVPort(
    'hyperv_vport_queue_pairs',
    'Number of queue pairs of the vPort.',
    'NumQueuePairs',
    (vport) => vport.queuePairs,
  ),
];
