import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board, HOSTS, ON_VNIC, PATH_VALUES, steps, UID, values, vmLink } from './build.ts';

/** The path of each running vNIC as one number: 3 VF, 2 assigned, 1 synthetic, 0 not requested. */
export const pathOf = (match: string): string =>
  `(hyperv_vnic_vf_active{${match}} == 1) * 3 or ${ON_VNIC} (hyperv_vnic_vf_assigned{${match}} == 1) * 2 or ${ON_VNIC} (hyperv_vnic_vf_requested{${match}} == 1) or ${ON_VNIC} hyperv_vnic_vf_requested{${match}} * 0`;

/** Everything about one host. */
export const host = () =>
  board({
    uid: UID.host,
    title: 'SR-IOV / Host',
    description: 'What one Hyper-V host can do, what its pools hold, where its virtual NICs are, and what it costs.',
    singleHost: true,
    rows: [
      {
        title: 'The host',
        panels: [
          {
            kind: 'stat',
            title: 'SR-IOV',
            description: 'What Windows says of the platform (Get-VMHost IovSupport). Good: supported.',
            unit: 'none',
            width: 4,
            height: 4,
            mappings: values({ '1': ['supported', 'green'], '0': ['blocked', 'red'] }),
            queries: [{ expr: `hyperv_host_iov_supported{${HOSTS}}`, now: true }],
          },
          {
            kind: 'stat',
            title: 'Virtual NICs by path',
            description:
              'Running, connected, synthetic virtual NICs by where their traffic goes (hyperv_vswitch_vnics). Good: none synthetic or assigned, few unknown.',
            unit: 'none',
            width: 10,
            height: 4,
            queries: [{ expr: `sum by (path) (hyperv_vswitch_vnics{${HOSTS}})`, legend: '{{path}}', now: true }],
          },
          {
            kind: 'table',
            title: 'Machine',
            description: 'Windows, model and firmware of the host (hyperv_host_info), for a support case.',
            unit: 'none',
            width: 10,
            height: 4,
            queries: [{ expr: `hyperv_host_info{${HOSTS}}`, now: true }],
            columns: { Value: ' ' },
          },
        ],
      },
      {
        title: 'Pools',
        panels: [
          {
            kind: 'bars',
            title: 'VFs by NIC',
            description: 'VFs allocated of those that each NIC may hand out (Get-NetAdapterSriov). Good: below 80 %.',
            unit: 'percentunit',
            width: 8,
            height: 7,
            min: 0,
            max: 1,
            thresholds: steps([null, 'green'], [t.vf_pool_ratio, 'orange'], [1, 'red']),
            queries: [
              {
                expr: `hyperv_nic_vf_allocated{${HOSTS}} / (hyperv_nic_vf_limit{${HOSTS}} > 0)`,
                legend: '{{nic}}',
                now: true,
              },
            ],
          },
          {
            kind: 'bars',
            title: 'vPorts by NIC',
            description:
              'vPorts active of those that each NIC has (Get-NetAdapterSriov). They can end before the VFs do.',
            unit: 'percentunit',
            width: 8,
            height: 7,
            min: 0,
            max: 1,
            thresholds: steps([null, 'green'], [t.vf_pool_ratio, 'orange'], [1, 'red']),
            queries: [
              {
                expr: `hyperv_nic_vport_active{${HOSTS}} / (hyperv_nic_vport_limit{${HOSTS}} > 0)`,
                legend: '{{nic}}',
                now: true,
              },
            ],
          },
          {
            kind: 'bars',
            title: 'Queue pairs by vSwitch',
            description:
              'Queue pairs in use of those that the vSwitch has (Get-VMSwitch). Several pairs a VF can end them first.',
            unit: 'percentunit',
            width: 8,
            height: 7,
            min: 0,
            max: 1,
            thresholds: steps([null, 'green'], [t.vf_pool_ratio, 'orange'], [1, 'red']),
            queries: [
              {
                expr: `hyperv_vswitch_queue_pair_in_use{${HOSTS}} / (hyperv_vswitch_queue_pair_limit{${HOSTS}} > 0)`,
                legend: '{{vswitch}}',
                now: true,
              },
            ],
          },
        ],
      },
      {
        title: 'Virtual NICs',
        panels: [
          {
            kind: 'timeline',
            title: 'Path of each virtual NIC',
            description:
              'On its VF, assigned but not used, synthetic, or not asked for. A gap is a state that was not known. Good: green; two or three changes at a start are normal.',
            unit: 'none',
            width: 24,
            height: 12,
            mappings: PATH_VALUES,
            queries: [
              {
                expr: `max by (cluster, instance, vm, vm_id, vnic, vnic_id) (${pathOf(HOSTS)})`,
                legend: '{{vm}} {{vnic}}',
              },
            ],
            links: [vmLink('series')],
          },
          {
            kind: 'table',
            title: 'In fallback, and why',
            description:
              'Virtual NICs off their VF with the primary reason (hyperv_vnic_fallback). docs/reasons.md has the remedy of each. Good: empty.',
            unit: 'none',
            width: 14,
            height: 8,
            queries: [
              { expr: `sum by (cluster, instance, vm, vnic, reason) (hyperv_vnic_fallback{${HOSTS}} == 1)`, now: true },
            ],
            columns: { Value: ' ' },
            links: [vmLink('row')],
          },
          {
            kind: 'table',
            title: 'vPorts',
            description:
              'Every vPort with its owner (Get-NetAdapterVPort), 1 = activated. Good: each vPort of a VM is activated.',
            unit: 'none',
            width: 10,
            height: 8,
            queries: [
              {
                expr: `hyperv_vport_activated{${HOSTS}} * on (cluster, instance, nic, vport) group_left (vf, vm) hyperv_vport_info{${HOSTS}}`,
                now: true,
              },
            ],
            columns: { Value: 'activated' },
          },
        ],
      },
      {
        title: 'Load',
        panels: [
          {
            kind: 'timeseries',
            title: 'Where the processors go',
            description:
              'Busy logical processors by state, and the root partition alone (Hyper-V Hypervisor counters). Fallback shows as root time. Good: room left.',
            unit: 'none',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              {
                expr: `rate(hyperv_host_cpu_seconds_total{state!="idle",${HOSTS}}[$__rate_interval])`,
                legend: 'host {{state}}',
              },
              {
                expr: `sum(rate(hyperv_root_cpu_seconds_total{${HOSTS}}[$__rate_interval]))`,
                legend: 'root partition',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'Synthetic traffic against NIC traffic',
            description:
              'Bits per second through the vSwitch (synthetic path only) and through the NICs. What is between them went over VFs, where the NIC counts it.',
            unit: 'bps',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              {
                expr: `8 * sum by (vswitch) (rate(hyperv_vswitch_receive_bytes_total{${HOSTS}}[$__rate_interval]) + rate(hyperv_vswitch_transmit_bytes_total{${HOSTS}}[$__rate_interval]))`,
                legend: 'vSwitch {{vswitch}}',
              },
              {
                expr: `8 * sum by (nic) (rate(hyperv_nic_receive_bytes_total{${HOSTS}}[$__rate_interval]) + rate(hyperv_nic_transmit_bytes_total{${HOSTS}}[$__rate_interval]))`,
                legend: 'NIC {{nic}}',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'Dropped packets',
            description: 'Packets per second that NICs and vSwitches drop. Good: none.',
            unit: 'pps',
            width: 12,
            height: 7,
            min: 0,
            queries: [
              {
                expr: `sum by (nic) (rate(hyperv_nic_receive_dropped_packets_total{${HOSTS}}[$__rate_interval]) + rate(hyperv_nic_transmit_dropped_packets_total{${HOSTS}}[$__rate_interval]))`,
                legend: 'NIC {{nic}}',
              },
              {
                expr: `sum by (vswitch) (rate(hyperv_vswitch_receive_dropped_packets_total{${HOSTS}}[$__rate_interval]) + rate(hyperv_vswitch_transmit_dropped_packets_total{${HOSTS}}[$__rate_interval]))`,
                legend: 'vSwitch {{vswitch}}',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'Path changes',
            description:
              'Changes of path per minute over all virtual NICs, a lower bound: what happens between two polls is not seen. Good: none outside starts and migrations.',
            unit: 'none',
            width: 12,
            height: 7,
            min: 0,
            queries: [
              {
                expr: `60 * sum by (to) (rate(hyperv_vnic_path_transitions_total{${HOSTS}}[$__rate_interval]))`,
                legend: 'to {{to}}',
              },
            ],
          },
        ],
      },
    ],
  });
