import type { MetricDefinition } from '../define.ts';
import { collectorMetrics } from './collector.ts';
import { exporterMetrics } from './exporter.ts';
import { hostMetrics } from './host.ts';
import { nicMetrics } from './nic.ts';
import { processMetrics } from './process.ts';
import { vfMetrics } from './vf.ts';
import { vmMetrics } from './vm.ts';
import { vmqMetrics } from './vmq.ts';
import { vnicMetrics } from './vnic.ts';
import { vportMetrics } from './vport.ts';
import { vswitchMetrics } from './vswitch.ts';

/** Every metric of the host and its collection, object by object, in the order in which they are served. */
export const catalogueByObject: readonly { readonly object: string; readonly metrics: readonly MetricDefinition[] }[] =
  [
    { object: 'Host', metrics: hostMetrics },
    { object: 'NIC', metrics: nicMetrics },
    { object: 'vSwitch', metrics: vswitchMetrics },
    { object: 'vNIC', metrics: vnicMetrics },
    { object: 'VF', metrics: vfMetrics },
    { object: 'vPort', metrics: vportMetrics },
    { object: 'VM queue', metrics: vmqMetrics },
    { object: 'VM', metrics: vmMetrics },
    { object: 'Collection', metrics: exporterMetrics },
  ];

/** Every metric of a host, in the order of the exposition. */
export const catalogue: readonly MetricDefinition[] = catalogueByObject.flatMap(({ metrics }) => metrics);

/** Every metric that an agent or a collector serves: of hosts, of the collector itself and of the process. */
export const everyMetric: readonly {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}[] = [...catalogue, ...collectorMetrics, ...Object.values(processMetrics)];
