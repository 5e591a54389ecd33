import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board } from './board.ts';
import { hostLink, reasonLink, runbookLink, UID } from './links.ts';
import { clusters } from './fleet-clusters.ts';
import { glance, INVENTORY_READ } from './fleet-glance.ts';
import {
  ALERT_COUNT,
  ALERT_RANK,
  each,
  eachCluster,
  first,
  HOST,
  HOSTS,
  OFF_VF,
  READ,
  share,
  top,
  topBy,
  topOver,
  TROUBLE,
  WORST_ALERT,
} from './promql.ts';
import { AGE, NONE, type PanelSpec, POOL, SEVERITIES, steps, values, YES_NO } from './spec.ts';

const pool = (used: string, limit: string): string =>
  share(each('sum', HOST, `hyperv_vswitch_${used}{${HOSTS}}`), each('sum', HOST, `hyperv_vswitch_${limit}{${HOSTS}}`));
const ofWorst = (expr: string) => ({ expr: topBy(TROUBLE, HOST, expr), now: true });

const hosts: PanelSpec[] = [
  {
    kind: 'table',
    title: 'Hosts',
    description:
      'One row for each host, the ones with the most trouble first: not read at the last poll (hyperv_exporter_collector_success, up), then the worst alert that fires (ALERTS), then virtual NICs off their VF (hyperv_vnic_fallback). Also: whether the platform supports SR-IOV (Get-VMHost), the pools (Get-VMSwitch), virtual NICs whose path is not known, and the age of the inventory. "Show the worst" sets the number of rows. Good: no alert and nothing red. Click a row to open the host.',
    unit: 'none',
    width: 24,
    height: 10,
    queries: [
      ofWorst(READ),
      ofWorst(WORST_ALERT),
      ofWorst(OFF_VF),
      ofWorst(each('sum', HOST, `hyperv_vswitch_vnics{path="unknown",${HOSTS}}`)),
      ofWorst(each('max', HOST, `hyperv_host_iov_supported{${HOSTS}}`)),
      ofWorst(each('sum', HOST, `hyperv_vswitch_vf_limit{${HOSTS}} - hyperv_vswitch_vf_in_use{${HOSTS}}`)),
      ofWorst(pool('vf_in_use', 'vf_limit')),
      ofWorst(pool('queue_pair_in_use', 'queue_pair_limit')),
      ofWorst(pool('vmq_allocated', 'vmq_limit')),
      ofWorst(`time() - ${each('max', HOST, INVENTORY_READ)}`),
    ],
    columns: {
      'Value #A': { title: 'read', mappings: YES_NO },
      'Value #B': { title: 'worst alert', mappings: SEVERITIES },
      'Value #C': { title: 'off their VF', thresholds: NONE },
      'Value #D': 'path unknown',
      'Value #E': { title: 'SR-IOV', mappings: YES_NO },
      'Value #F': 'VFs left',
      'Value #G': { title: 'VFs used', unit: 'percentunit', decimals: 0, thresholds: POOL },
      'Value #H': { title: 'queue pairs used', unit: 'percentunit', decimals: 0, thresholds: POOL },
      'Value #I': { title: 'VM queues used', unit: 'percentunit', decimals: 0, thresholds: POOL },
      'Value #J': { title: 'data age', unit: 's', thresholds: AGE },
    },
    sort: [
      ['read', 'up'],
      ['worst alert', 'down'],
      ['off their VF', 'down'],
    ],
    links: [hostLink('row')],
    noValue: 'no host',
  },
  {
    kind: 'timeline',
    title: 'Hosts over time',
    description:
      'The hosts with the most trouble within the time range: all virtual NICs on their VF, some without a VF (hyperv_vswitch_vf_waiting), no SR-IOV on the platform (hyperv_host_iov_supported), or not read (hyperv_exporter_collector_success, up). A gap means that nothing is known. Good: green throughout.',
    unit: 'none',
    width: 24,
    height: 8,
    mappings: values({
      '0': ['all on their VF', 'green'],
      '1': ['some without a VF', 'orange'],
      '2': ['no SR-IOV', 'red'],
      '3': ['not read', 'purple'],
    }),
    queries: [
      {
        expr: topOver(
          HOST,
          first(
            HOST,
            `3 * ((${READ}) == bool 0) > 0`,
            `2 * (${each('max', HOST, `hyperv_host_iov_supported{${HOSTS}}`)} == bool 0) > 0`,
            `${each('sum', HOST, `hyperv_vswitch_vf_waiting{${HOSTS}}`)} > bool 0`,
          ),
          TROUBLE,
        ),
        legend: '{{instance}}',
      },
    ],
    links: [hostLink('series')],
    noValue: 'no host',
  },
];

const work: PanelSpec[] = [
  {
    kind: 'table',
    title: 'Firing alerts',
    description:
      'The SR-IOV alerts that fire now, by name and host, with their number (ALERTS, from the rule files in alerts/). Good: empty. Click a row for the runbook or the host.',
    unit: 'none',
    width: 14,
    height: 9,
    queries: [
      { expr: ALERT_RANK, now: true },
      { expr: ALERT_COUNT, now: true },
    ],
    columns: { severity: false, 'Value #A': { title: 'severity ', mappings: SEVERITIES }, 'Value #B': 'alerts' },
    sort: [
      ['severity ', 'down'],
      ['alerts', 'down'],
    ],
    links: [runbookLink, hostLink('row')],
    noValue: 'No alert fires.',
  },
  {
    kind: 'table',
    title: 'Why not on the VF',
    description:
      'Virtual NICs in fallback by primary reason and host (hyperv_vnic_fallback). Good: empty. Click a row for the meaning of the reason and how to fix it.',
    unit: 'none',
    width: 10,
    height: 9,
    queries: [{ expr: top(each('count', ['reason'], `hyperv_vnic_fallback{${HOSTS}}`)), now: true }],
    columns: { Value: 'vNICs' },
    sort: [['vNICs', 'down']],
    links: [reasonLink('reason'), hostLink('row')],
    noValue: 'Every vNIC that asks for a VF is on it.',
  },
];

const trend: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'vNICs off their VF',
    description:
      'Running virtual NICs that ask for a VF, by cluster: those without a VF (hyperv_vswitch_vf_waiting) and those with a VF that the guest does not use (hyperv_vswitch_vnics with path="assigned"). When a host stops reporting, its virtual NICs are no longer counted. Good: 0.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [
      { expr: eachCluster('sum', [], `hyperv_vswitch_vf_waiting{${HOSTS}}`), legend: '{{cluster}} no VF' },
      {
        expr: eachCluster('sum', [], `hyperv_vswitch_vnics{path="assigned",${HOSTS}}`),
        legend: '{{cluster}} VF not used by the guest',
      },
    ],
    noValue: 'no host reports',
  },
  {
    kind: 'timeseries',
    title: 'vNICs that lost their VF within the hour',
    description:
      'By host, recorded as instance:hyperv_vnic_vf_lost:count. Good: none. A host above the line triggers the critical alert.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    thresholds: steps([null, 'green'], [t.mass_fallback_min_vnics, 'red']),
    queries: [{ expr: top(`instance:hyperv_vnic_vf_lost:count{${HOSTS}}`), legend: '{{instance}}' }],
    links: [hostLink('series')],
    noValue: 'No vNIC lost its VF.',
  },
];

/** Is any vNIC off its VF, on which host, and why? */
export const fleet = () =>
  board({
    uid: UID.fleet,
    title: 'SR-IOV / Fleet',
    description: 'Is any virtual NIC off its VF, on which host and why, and would a failover find enough VFs?',
    of: 'hosts',
    top: 25,
    rows: [
      { title: 'At a glance', panels: glance },
      { title: 'Hosts', panels: hosts },
      { title: 'What needs attention', panels: work },
      { title: 'Clusters', panels: clusters },
      { title: 'Trend', panels: trend },
    ],
  });
