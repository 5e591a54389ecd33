import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board, HOSTS, PATH_VALUES, steps, UID, values } from './build.ts';
import { pathOf } from './host.ts';

const VM = `vm=~"$vm",${HOSTS}`;

/** One VM: is it on its VF, why not, and what does it cost? */
export const vm = () =>
  board({
    uid: UID.vm,
    title: 'SR-IOV / VM',
    description: 'One virtual machine: its path over time, why it is not on its VF, and its CPU beside it.',
    singleHost: true,
    vm: true,
    rows: [
      {
        title: 'Path',
        panels: [
          {
            kind: 'timeline',
            title: 'Path over time',
            description: 'Per virtual NIC: on its VF, assigned but not used, synthetic, or not asked for. Good: green.',
            unit: 'none',
            width: 16,
            height: 7,
            mappings: PATH_VALUES,
            queries: [{ expr: `max by (cluster, instance, vm, vnic, vnic_id) (${pathOf(VM)})`, legend: '{{vnic}}' }],
          },
          {
            kind: 'table',
            title: 'Why not on the VF',
            description:
              'The primary reason (hyperv_vnic_fallback) and what else was found (hyperv_vnic_finding). Good: empty.',
            unit: 'none',
            width: 8,
            height: 7,
            queries: [
              { expr: `sum by (vnic, reason) (hyperv_vnic_fallback{${VM}} == 1)`, now: true },
              { expr: `sum by (vnic, finding, severity) (hyperv_vnic_finding{${VM}} == 1)`, now: true },
            ],
            columns: { 'Value #A': ' ', 'Value #B': '  ' },
          },
          {
            kind: 'stat',
            title: 'Queue pairs, got of asked',
            description:
              'IovQueuePairsAssigned and IovQueuePairsRequested of its virtual NICs. Good: equal while on the VF.',
            unit: 'none',
            width: 8,
            height: 4,
            queries: [
              { expr: `sum(hyperv_vnic_queue_pairs_assigned{${VM}})`, legend: 'got', now: true },
              { expr: `sum(hyperv_vnic_queue_pairs_requested{${VM}})`, legend: 'asked', now: true },
            ],
          },
          {
            kind: 'stat',
            title: 'Path changes in 24 h',
            description: 'Changes of path seen in a day (a lower bound). Good: a few, at starts and migrations.',
            unit: 'none',
            width: 8,
            height: 4,
            decimals: 0,
            queries: [
              {
                expr: `sum by (vnic) (increase(hyperv_vnic_path_transitions_total{${VM}}[24h]))`,
                legend: '{{vnic}}',
                now: true,
              },
            ],
          },
          {
            kind: 'stat',
            title: 'VM queue',
            description:
              'Whether its virtual NICs hold a VM queue (VmqUsage). Matters off the VF, on vSwitches without SR-IOV.',
            unit: 'none',
            width: 8,
            height: 4,
            mappings: values({ '1': ['holds one', 'green'], '0': ['none', 'text'] }),
            queries: [{ expr: `max by (vnic) (hyperv_vnic_vmq_allocated{${VM}})`, legend: '{{vnic}}', now: true }],
          },
        ],
      },
      {
        title: 'Cost',
        panels: [
          {
            kind: 'timeseries',
            title: 'CPU of the VM',
            description:
              'Share of the processors of the VM spent in the guest and in the hypervisor for it. Compare it with the path above. Good: lower on the VF at the same traffic.',
            unit: 'percentunit',
            width: 12,
            height: 8,
            min: 0,
            thresholds: steps([null, 'green'], [t.guest_cpu_ratio, 'red']),
            queries: [
              {
                expr: `sum by (cluster, instance, vm, state) (rate(hyperv_vm_cpu_seconds_total{${VM}}[$__rate_interval])) / on (cluster, instance, vm) group_left () sum by (cluster, instance, vm) (hyperv_vm_processors{${VM}})`,
                legend: '{{state}}',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'CPU of the root partition',
            description: 'Busy processors of the root partition of the host, where the synthetic path is paid for.',
            unit: 'none',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              {
                expr: `sum by (state) (rate(hyperv_root_cpu_seconds_total{${HOSTS}}[$__rate_interval]))`,
                legend: '{{state}}',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'Traffic, synthetic path against VF',
            description:
              'Bits per second over the synthetic path (vSwitch counters) and over the VF (vendor counters, where the NIC has them). On the VF the first is near zero: that is normal.',
            unit: 'bps',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              {
                expr: `8 * sum by (vnic) (rate(hyperv_vnic_receive_bytes_total{${VM}}[$__rate_interval]))`,
                legend: '{{vnic}} synthetic, in',
              },
              {
                expr: `8 * sum by (vnic) (rate(hyperv_vnic_transmit_bytes_total{${VM}}[$__rate_interval]))`,
                legend: '{{vnic}} synthetic, out',
              },
              {
                expr: `8 * sum(rate(hyperv_vf_receive_bytes_total{${HOSTS}}[$__rate_interval]) * on (cluster, instance, vm_id) group_left () hyperv_vm_running{${VM}})`,
                legend: 'VF, in',
              },
              {
                expr: `8 * sum(rate(hyperv_vf_transmit_bytes_total{${HOSTS}}[$__rate_interval]) * on (cluster, instance, vm_id) group_left () hyperv_vm_running{${VM}})`,
                legend: 'VF, out',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'Packets, synthetic path',
            description: 'Packets per second in and out over the synthetic path, and those dropped. Good: no drops.',
            unit: 'pps',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              {
                expr: `sum by (vnic) (rate(hyperv_vnic_receive_packets_total{${VM}}[$__rate_interval]))`,
                legend: '{{vnic}} in',
              },
              {
                expr: `sum by (vnic) (rate(hyperv_vnic_transmit_packets_total{${VM}}[$__rate_interval]))`,
                legend: '{{vnic}} out',
              },
              {
                expr: `sum by (vnic) (rate(hyperv_vnic_receive_dropped_packets_total{${VM}}[$__rate_interval]))`,
                legend: '{{vnic}} in, dropped',
              },
            ],
          },
        ],
      },
    ],
  });
