import { board } from './board.ts';
import { hostLink, UID } from './links.ts';
import { BY_VSWITCH, HOSTS, ON_VNIC, ON_VSWITCH, RECORDED, requested, share } from './promql.ts';
import { NONE, type PanelSpec, POOL, steps } from './spec.ts';

const OCCUPANCY = `instance_vswitch:hyperv_vswitch_vf_occupancy:ratio{${RECORDED}}`;
const left = (what: string, match: string): string =>
  `sum ${BY_VSWITCH} (hyperv_vswitch_${what}_limit{${match}} - hyperv_vswitch_${what}_in_use{${match}})`;
const VF_FREE = 'instance_vswitch:hyperv_vswitch_vf_free:sum';
/** Elsewhere are all other hosts of the cluster with this vSwitch, chosen above or not. */
const elsewhere = (here: string, everywhere: string): string =>
  `-1 * (${here} - on (cluster, vswitch) group_left () sum by (cluster, vswitch) (${everywhere}))`;
const CLUSTER = 'cluster=~"$cluster",job=~"$job"';
const PAIRS_ASKED = `sum ${BY_VSWITCH} (group by (cluster, instance, vnic_id, vswitch) (hyperv_vnic_info{${HOSTS}}) * ${ON_VNIC} group_left () (hyperv_vnic_queue_pairs_requested{${HOSTS}} and ${ON_VNIC} ${requested(HOSTS)}))`;

const now: PanelSpec[] = [
  {
    kind: 'bars',
    title: 'VF occupancy by vSwitch',
    description:
      'VFs in use of those that the vSwitch may hand out (Get-VMSwitch). Good: below the colour change, where the alert on a nearly full pool begins.',
    unit: 'percentunit',
    width: 10,
    height: 9,
    min: 0,
    max: 1,
    thresholds: POOL,
    queries: [{ expr: OCCUPANCY, legend: '{{instance}} {{vswitch}}', now: true }],
    links: [hostLink('series')],
  },
  {
    kind: 'table',
    title: 'What can still be handed out',
    description:
      'By vSwitch (Get-VMSwitch): VFs that can really be handed out (the least of VFs, vPorts and queue pairs, hyperv_vswitch_vf_usable), VFs and queue pairs left, requesters, those that wait, and when the pool is full if VFs go on being taken as in the last six hours. Good: nobody waits.',
    unit: 'none',
    width: 14,
    height: 9,
    queries: [
      { expr: `sum ${BY_VSWITCH} (hyperv_vswitch_vf_usable{${HOSTS}})`, now: true },
      { expr: left('vf', HOSTS), now: true },
      { expr: left('queue_pair', HOSTS), now: true },
      { expr: `sum ${BY_VSWITCH} (hyperv_vswitch_vf_requested{${HOSTS}})`, now: true },
      { expr: `sum ${BY_VSWITCH} (hyperv_vswitch_vf_waiting{${HOSTS}})`, now: true },
      {
        expr: `${left('vf', HOSTS)} / ${ON_VSWITCH} (sum ${BY_VSWITCH} (deriv(hyperv_vswitch_vf_in_use{${HOSTS}}[6h])) > 0)`,
        now: true,
      },
    ],
    columns: {
      'Value #A': 'usable',
      'Value #B': 'VFs left',
      'Value #C': 'queue pairs left',
      'Value #D': 'requested',
      'Value #E': { title: 'waiting', thresholds: NONE },
      'Value #F': { title: 'full in', unit: 's', decimals: 1 },
    },
    links: [hostLink('row')],
  },
];

const evacuation: PanelSpec = {
  kind: 'table',
  title: 'Evacuation',
  description:
    'N+1: if this host leaves, do the others of its cluster (label cluster of the scrape config) have what its virtual NICs ask for, on a vSwitch of the same name? VFs needed, free elsewhere, and short (recorded as instance_vswitch:hyperv_failover_vf_shortfall:sum); the same for queue pairs, which can end first. Paused nodes have nothing free and are not evacuated. Memory, CPU, possible owners and teams are not looked at. Good: short is 0 or less.',
  unit: 'none',
  width: 24,
  height: 10,
  queries: [
    { expr: `sum ${BY_VSWITCH} (hyperv_vswitch_vf_requested{${HOSTS}})`, now: true },
    { expr: elsewhere(`${VF_FREE}{${RECORDED}}`, `${VF_FREE}{cluster=~"$cluster"}`), now: true },
    { expr: `sum ${BY_VSWITCH} (instance_vswitch:hyperv_failover_vf_shortfall:sum{${RECORDED}})`, now: true },
    { expr: PAIRS_ASKED, now: true },
    { expr: elsewhere(left('queue_pair', HOSTS), left('queue_pair', CLUSTER)), now: true },
  ],
  columns: {
    'Value #A': 'VFs needed',
    'Value #B': 'free elsewhere',
    'Value #C': { title: 'short', thresholds: steps([null, 'green'], [1, 'red']) },
    'Value #D': 'queue pairs needed',
    'Value #E': 'queue pairs free elsewhere',
  },
  links: [hostLink('row')],
};

const trend: PanelSpec[] = [
  {
    kind: 'history',
    title: 'Occupancy over hosts and time',
    description:
      'VF occupancy of each vSwitch as a row (recorded as instance_vswitch:hyperv_vswitch_vf_occupancy:ratio). Good: no row that stays red.',
    unit: 'percentunit',
    width: 24,
    height: 9,
    min: 0,
    max: 1,
    thresholds: POOL,
    queries: [{ expr: OCCUPANCY, legend: '{{instance}} {{vswitch}}' }],
    links: [hostLink('series')],
  },
  {
    kind: 'timeseries',
    title: 'VFs in use over 30 days',
    description:
      'By vSwitch (Get-VMSwitch), with its limit, and with what a straight line through six hours says for a day ahead. Good: line and forecast stay below the limit.',
    unit: 'none',
    width: 12,
    height: 9,
    min: 0,
    timeFrom: '30d',
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
    height: 9,
    min: 0,
    max: 1,
    queries: [
      {
        expr: share(`hyperv_vswitch_queue_pair_in_use{${HOSTS}}`, `hyperv_vswitch_queue_pair_limit{${HOSTS}}`),
        legend: '{{instance}} {{vswitch}} queue pairs',
      },
      {
        expr: share(`hyperv_vswitch_vmq_allocated{${HOSTS}}`, `hyperv_vswitch_vmq_limit{${HOSTS}}`),
        legend: '{{instance}} {{vswitch}} VM queues',
      },
    ],
  },
];

/** How many VFs are left, who would be short, and when does it end? */
export const capacity = () =>
  board({
    uid: UID.capacity,
    title: 'SR-IOV / Capacity',
    description: 'How many VFs, queue pairs and VM queues are left, and which host could not be evacuated?',
    of: 'hosts',
    rows: [
      { title: 'Left now', panels: now },
      { title: 'If a host leaves', panels: [evacuation] },
      { title: 'Trend', panels: trend },
    ],
  });
