import type { Vf } from '../../host/model.ts';
import { defineMetric, type MetricDefinition } from '../define.ts';
import { nicLabel, ownerLabels } from './ports.ts';
import { known } from './common.ts';

/** FunctionIDs are reused for other vNICs, so the owner is part of the key: without one there is no series. */
const traffic = (
  name: MetricDefinition['name'],
  what: string,
  counter: string,
  value: keyof NonNullable<Vf['traffic']>,
) =>
  defineMetric({
    name,
    type: 'counter',
    help: `${what} Only for NICs whose vendor provides counters for VFs.`,
    source: `counter set Mellanox WinOF-2 VF Internal Traffic Counters, ${counter}`,
    labels: ['nic', 'vf', 'vm_id', 'vnic_id'],
    samples: (view) =>
      view.tracked.host.vfs
        .filter((vf) => vf.vnicId !== undefined && vf.traffic !== undefined)
        .map((vf) => ({
          labels: known({ nic: nicLabel(view, vf.nic), vf: vf.functionId, vm_id: vf.vmId, vnic_id: vf.vnicId }),
          value: vf.traffic?.[value],
        })),
  });

/** Metrics of VFs, from Get-NetAdapterSriovVf and the vendors' counter sets. */
export const vfMetrics: readonly MetricDefinition[] = [
  defineMetric({
    name: 'hyperv_vf_info',
    type: 'gauge',
    help: 'Information about an allocated VF and its owner, as labels. The value is always 1. vf is the FunctionID on the NIC, which is reused for other owners.',
    source: 'Get-NetAdapterSriovVf',
    labels: ['nic', 'vf', 'vm', 'vm_id', 'vnic_id', 'mac'],
    samples: (view) =>
      view.tracked.host.vfs.map((vf) => ({
        labels: { ...known({ nic: nicLabel(view, vf.nic), vf: vf.functionId, mac: vf.mac }), ...ownerLabels(vf) },
        value: 1,
      })),
  }),
  traffic('hyperv_vf_receive_bytes_total', 'Bytes received by the VF.', 'Rx octets', 'receiveBytes'),
  traffic('hyperv_vf_transmit_bytes_total', 'Bytes sent by the VF.', 'Tx octets', 'transmitBytes'),
  traffic('hyperv_vf_receive_packets_total', 'Packets received by the VF.', 'Rx packets', 'receivePackets'),
  traffic('hyperv_vf_transmit_packets_total', 'Packets sent by the VF.', 'Tx packets', 'transmitPackets'),
];
