import type { VPort } from '../../host/model.ts';
import { defineMetric, type MetricDefinition } from '../define.ts';
import { nicLabel, ownerLabels } from './ports.ts';
import { flag, known } from './rows.ts';

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

export const vportMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vport_info',
    type: 'gauge',
    help: "A vPort of the NIC's own switch and who has it: always 1. vf is empty on vPorts of the PF, where VM queues live while SR-IOV is on.",
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
  perVPort('hyperv_vport_activated', 'Whether the vPort is activated.', 'VPortState', (vport) => flag(vport.activated)),
  perVPort('hyperv_vport_queue_pairs', 'Queue pairs of the vPort.', 'NumQueuePairs', (vport) => vport.queuePairs),
];
