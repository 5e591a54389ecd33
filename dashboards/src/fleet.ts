import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board } from './board.ts';
import { hostLink, reasonLink, runbookLink, UID } from './links.ts';
import { glance, INVENTORY_READ } from './fleet-glance.ts';
import { ALERTING, BY_HOST, countOf, HOSTS, offVf, ON_HOST, RECORDED, requested, share } from './promql.ts';
import { AGE, NONE, type PanelSpec, POOL, SEVERITIES, steps, UP_DOWN, values, YES_NO } from './spec.ts';

const pool = (what: string): string =>
  share(
    `sum ${BY_HOST} (hyperv_vswitch_${what}_in_use{${HOSTS}})`,
    `sum ${BY_HOST} (hyperv_vswitch_${what}_limit{${HOSTS}})`,
  );

const hosts: PanelSpec[] = [
  {
    kind: 'table',
    title: 'Hosts',
    description:
      'One line a host: whether it is scraped (up), whether Windows lets it do SR-IOV (Get-VMHost), what its pools hold (Get-VMSwitch), virtual NICs off their VF and unknown ones, the age of the inventory, and its worst alert. Good: green, no alert. Click a line for the host.',
    unit: 'none',
    width: 24,
    height: 10,
    queries: [
      { expr: `max ${BY_HOST} (up{${HOSTS}})`, now: true },
      { expr: `max ${BY_HOST} (hyperv_host_iov_supported{${HOSTS}})`, now: true },
      { expr: `sum ${BY_HOST} (hyperv_vswitch_vf_limit{${HOSTS}} - hyperv_vswitch_vf_in_use{${HOSTS}})`, now: true },
      { expr: pool('vf'), now: true },
      { expr: pool('queue_pair'), now: true },
      {
        expr: share(
          `sum ${BY_HOST} (hyperv_vswitch_vmq_allocated{${HOSTS}})`,
          `sum ${BY_HOST} (hyperv_vswitch_vmq_limit{${HOSTS}})`,
        ),
        now: true,
      },
      { expr: countOf(offVf(HOSTS), requested(HOSTS), `${BY_HOST} `), now: true },
      { expr: `sum ${BY_HOST} (hyperv_vswitch_vnics{path="unknown",${HOSTS}})`, now: true },
      { expr: `time() - max ${BY_HOST} (${INVENTORY_READ})`, now: true },
      {
        expr: ['critical', 'warning', 'info']
          .map(
            (severity, index) =>
              `${3 - index} * max ${BY_HOST} (ALERTS{alertstate="firing",severity="${severity}",instance!="",${ALERTING}})`,
          )
          .join(` or ${ON_HOST} `),
        now: true,
      },
    ],
    columns: {
      'Value #A': { title: 'scraped', mappings: UP_DOWN },
      'Value #B': { title: 'SR-IOV', mappings: YES_NO },
      'Value #C': 'VFs left',
      'Value #D': { title: 'VFs used', unit: 'percentunit', decimals: 0, thresholds: POOL },
      'Value #E': { title: 'queue pairs used', unit: 'percentunit', decimals: 0, thresholds: POOL },
      'Value #F': { title: 'VM queues used', unit: 'percentunit', decimals: 0, thresholds: POOL },
      'Value #G': { title: 'off their VF', thresholds: NONE },
      'Value #H': 'unknown',
      'Value #I': { title: 'data age', unit: 's', thresholds: AGE },
      'Value #J': { title: 'worst alert', mappings: SEVERITIES },
    },
    links: [hostLink('row')],
  },
  {
    kind: 'timeline',
    title: 'Hosts over time',
    description:
      'Per host: are all requesting virtual NICs on their VF, do some wait (hyperv_vswitch_vf_waiting), is SR-IOV blocked (hyperv_host_iov_supported), or is it not scraped (up)? A gap means that nothing was known. Good: green throughout.',
    unit: 'none',
    width: 24,
    height: 8,
    mappings: values({
      '0': ['all on their VF', 'green'],
      '1': ['some wait for a VF', 'orange'],
      '2': ['no SR-IOV', 'red'],
      '3': ['not scraped', 'purple'],
    }),
    queries: [
      {
        expr: `3 * (max ${BY_HOST} (up{${HOSTS}}) == bool 0) > 0 or ${ON_HOST} 2 * (max ${BY_HOST} (hyperv_host_iov_supported{${HOSTS}}) == bool 0) > 0 or ${ON_HOST} sum ${BY_HOST} (hyperv_vswitch_vf_waiting{${HOSTS}}) > bool 0`,
        legend: '{{instance}}',
      },
    ],
    links: [hostLink('series')],
  },
];

const work: PanelSpec[] = [
  {
    kind: 'table',
    title: 'Firing alerts',
    description:
      'The alerts of this bundle that fire now (ALERTS, from the rule files in alerts/). Good: empty. Click a line for its runbook or its host.',
    unit: 'none',
    width: 14,
    height: 9,
    queries: [
      {
        expr: `group by (severity, alertname, cluster, instance, vswitch, nic, vm, collector) (ALERTS{alertstate="firing",${ALERTING}})`,
        now: true,
      },
    ],
    columns: { Value: false },
    links: [runbookLink, hostLink('row')],
  },
  {
    kind: 'table',
    title: 'Why not on the VF',
    description:
      'Virtual NICs in fallback by primary reason (hyperv_vnic_fallback). Good: empty. Click a line for what the reason means and what to do.',
    unit: 'none',
    width: 10,
    height: 9,
    queries: [{ expr: `sum by (reason, cluster, instance) (hyperv_vnic_fallback{${HOSTS}} == 1)`, now: true }],
    columns: { Value: 'vNICs' },
    links: [reasonLink('reason'), hostLink('row')],
  },
];

const trend: PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'vNICs off their VF',
    description:
      'Running virtual NICs that ask for a VF, by cluster: those without a VF (hyperv_vswitch_vf_waiting) and those with a VF that the guest does not use (hyperv_vswitch_vnics with path="assigned"). A host that stops reporting takes its virtual NICs out of the count. Good: 0.',
    unit: 'none',
    width: 24,
    height: 8,
    min: 0,
    queries: [
      { expr: `sum by (cluster) (hyperv_vswitch_vf_waiting{${HOSTS}})`, legend: '{{cluster}} no VF' },
      {
        expr: `sum by (cluster) (hyperv_vswitch_vnics{path="assigned",${HOSTS}})`,
        legend: '{{cluster}} VF not used by the guest',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'vNICs that lost their VF within the hour',
    description:
      'By host, recorded as instance:hyperv_vnic_vf_lost:count. Good: no data. As many on one host as the line says page.',
    unit: 'none',
    width: 24,
    height: 7,
    min: 0,
    thresholds: steps([null, 'green'], [t.mass_fallback_min_vnics, 'red']),
    queries: [{ expr: `instance:hyperv_vnic_vf_lost:count{${RECORDED}}`, legend: '{{instance}}' }],
    links: [hostLink('series')],
  },
];

/** Is anyone off the fast path, and will failover work? */
export const fleet = () =>
  board({
    uid: UID.fleet,
    title: 'SR-IOV / Fleet',
    description: 'Is any virtual NIC off its VF, on which host, and would a failover find enough VFs?',
    of: 'hosts',
    rows: [
      { title: 'At a glance', panels: glance },
      { title: 'Hosts', panels: hosts },
      { title: 'Work list', panels: work },
      { title: 'Trend', panels: trend },
    ],
  });
