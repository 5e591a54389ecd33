import { defineMetric, type MetricDefinition } from '../define.ts';
import { nicLabel, ownerLabels } from './ports.ts';
import { flag, known } from './common.ts';

/** Metrics of VM queues. */
export const vmqMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vmq_queue_info',
    type: 'gauge',
    help: 'Information about a VM queue and its owner, as labels. The value is always 1. A NIC with SR-IOV enabled has none, because its queues are vPorts of the PF.',
    source: 'Get-NetAdapterVmqQueue',
    labels: ['nic', 'queue', 'vm', 'vm_id', 'vnic_id', 'mac'],
    samples: (view) =>
      view.tracked.host.vmQueues.map((queue) => ({
        labels: {
          ...known({ nic: nicLabel(view, queue.nic), queue: queue.queueId, mac: queue.mac }),
          ...ownerLabels(queue),
        },
        value: 1,
      })),
  }),
  defineMetric({
    name: 'hyperv_vmq_queue_core',
    type: 'gauge',
    help: 'The logical processor that serves the VM queue, in the label core, as group,number like in windows_exporter. The value is always 1. Absent if several may serve it.',
    source: 'Get-NetAdapterVmqQueue ProcessorGroup, ProcessorAffinityMask',
    labels: ['nic', 'queue', 'core'],
    samples: (view) =>
      view.tracked.host.vmQueues.flatMap((queue) =>
        queue.core === undefined
          ? []
          : [
              {
                labels: { nic: nicLabel(view, queue.nic), queue: String(queue.queueId), core: queue.core },
                value: 1,
              },
            ],
      ),
  }),
  defineMetric({
    name: 'hyperv_vmq_queue_running',
    type: 'gauge',
    help: 'Whether the VM queue is running: 1 if so, 0 if it is paused or its DMA is stopped.',
    source: 'Get-NetAdapterVmqQueue State',
    labels: ['nic', 'queue'],
    samples: (view) =>
      view.tracked.host.vmQueues.map((queue) => ({
        labels: { nic: nicLabel(view, queue.nic), queue: String(queue.queueId) },
        value: flag(queue.running),
      })),
  }),
];
