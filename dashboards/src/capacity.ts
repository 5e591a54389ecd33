import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board, hostLink, HOSTS, RECORDED, steps, UID } from './build.ts';

/** How many VFs are left, who would be short, and when does it end? */
export const capacity = () =>
  board({
    uid: UID.capacity,
    title: 'SR-IOV / Capacity',
    description: 'How many VFs, queue pairs and VM queues are left, and which host could not be evacuated?',
    rows: [
      {
        title: 'Left now',
        panels: [
          {
            kind: 'bars',
            title: 'VF occupancy by vSwitch',
            description: 'VFs in use of those that the vSwitch may hand out (Get-VMSwitch). Good: below 80 %.',
            unit: 'percentunit',
            width: 12,
            height: 8,
            min: 0,
            max: 1,
            thresholds: steps([null, 'green'], [t.vf_pool_ratio, 'orange'], [1, 'red']),
            queries: [
              {
                expr: `instance_vswitch:hyperv_vswitch_vf_occupancy:ratio{${RECORDED}}`,
                legend: '{{instance}} {{vswitch}}',
                now: true,
              },
            ],
            links: [hostLink('series')],
          },
          {
            kind: 'table',
            title: 'What can still be handed out',
            description:
              'By vSwitch: VFs that can really be handed out (the least of VFs, vPorts and queue pairs, hyperv_vswitch_vf_usable), VFs left, requesters and those that wait. Good: nobody waits.',
            unit: 'none',
            width: 12,
            height: 8,
            queries: [
              { expr: `sum by (cluster, instance, vswitch) (hyperv_vswitch_vf_usable{${HOSTS}})`, now: true },
              {
                expr: `sum by (cluster, instance, vswitch) (hyperv_vswitch_vf_limit{${HOSTS}} - hyperv_vswitch_vf_in_use{${HOSTS}})`,
                now: true,
              },
              { expr: `sum by (cluster, instance, vswitch) (hyperv_vswitch_vf_requested{${HOSTS}})`, now: true },
              { expr: `sum by (cluster, instance, vswitch) (hyperv_vswitch_vf_waiting{${HOSTS}})`, now: true },
            ],
            columns: { 'Value #A': 'usable', 'Value #B': 'VFs left', 'Value #C': 'requested', 'Value #D': 'waiting' },
            links: [hostLink('row')],
          },
        ],
      },
      {
        title: 'If a host leaves',
        panels: [
          {
            kind: 'table',
            title: 'Evacuation',
            description:
              'For each host and vSwitch: the VFs that its virtual NICs ask for, the VFs free on it, and how many would find none on the other hosts of the cluster (needs the label cluster from the scrape config). Memory, CPU, possible owners and teams are not looked at. Good: short is 0 or less.',
            unit: 'none',
            width: 24,
            height: 9,
            queries: [
              { expr: `sum by (cluster, instance, vswitch) (hyperv_vswitch_vf_requested{${HOSTS}})`, now: true },
              {
                expr: `sum by (cluster, instance, vswitch) (instance_vswitch:hyperv_vswitch_vf_free:sum{${RECORDED}})`,
                now: true,
              },
              {
                expr: `sum by (cluster, instance, vswitch) (instance_vswitch:hyperv_failover_vf_shortfall:sum{${RECORDED}})`,
                now: true,
              },
            ],
            columns: { 'Value #A': 'needs', 'Value #B': 'free here', 'Value #C': 'short' },
            links: [hostLink('row')],
          },
        ],
      },
      {
        title: 'Trend',
        panels: [
          {
            kind: 'heatmap',
            title: 'Occupancy over hosts and time',
            description: 'VF occupancy of each vSwitch as a row. Good: no row that stays at the dark end.',
            unit: 'percentunit',
            width: 24,
            height: 8,
            queries: [
              {
                expr: `instance_vswitch:hyperv_vswitch_vf_occupancy:ratio{${RECORDED}}`,
                legend: '{{instance}} {{vswitch}}',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'VFs in use',
            description:
              'By vSwitch, with what a straight line through the last six hours says for a day ahead. Good: the forecast stays below the limit.',
            unit: 'none',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              { expr: `hyperv_vswitch_vf_in_use{${HOSTS}}`, legend: '{{instance}} {{vswitch}} in use' },
              { expr: `hyperv_vswitch_vf_limit{${HOSTS}}`, legend: '{{instance}} {{vswitch}} limit' },
              {
                expr: `predict_linear(hyperv_vswitch_vf_in_use{${HOSTS}}[6h], 86400)`,
                legend: '{{instance}} {{vswitch}} in a day',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'Queue pairs and VM queues in use',
            description:
              'Shares of the pools of each vSwitch (Get-VMSwitch). VM queues matter on vSwitches without SR-IOV. Good: below 100 %.',
            unit: 'percentunit',
            width: 12,
            height: 8,
            min: 0,
            max: 1,
            queries: [
              {
                expr: `hyperv_vswitch_queue_pair_in_use{${HOSTS}} / (hyperv_vswitch_queue_pair_limit{${HOSTS}} > 0)`,
                legend: '{{instance}} {{vswitch}} queue pairs',
              },
              {
                expr: `hyperv_vswitch_vmq_allocated{${HOSTS}} / (hyperv_vswitch_vmq_limit{${HOSTS}} > 0)`,
                legend: '{{instance}} {{vswitch}} VM queues',
              },
            ],
          },
        ],
      },
    ],
  });
