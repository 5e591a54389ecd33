import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import {
  BY_HOST,
  countOf,
  HOSTS,
  offVf,
  ON_HOST,
  ON_NIC,
  ON_VNIC,
  ON_VSWITCH,
  RECORDED,
  requested,
  share,
} from './promql.ts';
import { AGE, NONE, type PanelSpec, steps } from './spec.ts';

/** vNICs of a VM that is seen on two hosts at once (live migration) count once. */
const once = (expr: string): string => `group by (cluster, vnic_id) (${expr})`;
const REQUESTED = once(requested(HOSTS));
const ON_VF = once(`hyperv_vnic_vf_active{${HOSTS}} == 1 and ${ON_VNIC} ${requested(HOSTS)}`);
/** Hosts that can give no VF to vNICs that ask for one: by the host, by the vSwitch, or by a NIC under it. */
const NEEDED = `hyperv_vswitch_vf_requested{${HOSTS}} > 0`;
const BLOCKED = [
  `hyperv_host_iov_blocker{${HOSTS}} == 1 and ${ON_HOST} ${NEEDED}`,
  `hyperv_vswitch_iov_blocker{${HOSTS}} == 1 and ${ON_VSWITCH} ${NEEDED}`,
  `hyperv_nic_info{${HOSTS}} and ${ON_NIC} hyperv_nic_sriov_blocker{${HOSTS}} == 1 and ${ON_VSWITCH} ${NEEDED}`,
].join(' or ');
/** When the inventory of each host was read */
export const INVENTORY_READ = `hyperv_exporter_collector_last_success_timestamp_seconds{collector="inventory",${HOSTS}}`;

/** The numbers that answer it in five seconds */
export const glance: readonly PanelSpec[] = [
  {
    kind: 'stat',
    title: 'Hosts reporting',
    description:
      'Exporters that Prometheus can scrape, and those that it is told of (up). Good: the same, and as many as you have Hyper-V hosts.',
    unit: 'none',
    width: 3,
    height: 5,
    queries: [
      { expr: `sum(up{${HOSTS}})`, legend: 'reporting', now: true },
      { expr: `count(up{${HOSTS}})`, legend: 'expected', now: true },
    ],
    noValue: 'no target',
  },
  {
    kind: 'stat',
    title: 'vNICs that ask for a VF',
    description:
      'Running virtual NICs with an IovWeight above 0 whose state is known (hyperv_vnic_vf_requested). Good: those that you mean to be fast, and no others.',
    unit: 'none',
    width: 3,
    height: 5,
    queries: [{ expr: `count(${REQUESTED})`, now: true }],
    noValue: 'none',
  },
  {
    kind: 'stat',
    title: 'On their VF',
    description:
      'Share of the requesting virtual NICs that are on their VF (hyperv_vnic_vf_active); a share of virtual NICs, not of bytes. Good: 100 %.',
    unit: 'percentunit',
    width: 3,
    height: 5,
    min: 0,
    max: 1,
    thresholds: steps([null, 'red'], [1 - t.cluster_fallback_ratio, 'orange'], [1, 'green']),
    queries: [{ expr: share(`(${countOf(ON_VF, REQUESTED)})`, `count(${REQUESTED})`), now: true }],
    noValue: 'nothing asks',
  },
  {
    kind: 'stat',
    title: 'Off their VF',
    description:
      'Requesting virtual NICs that are off their VF and not settling after a start, a migration or a NIC restart (hyperv_vnic_vf_active, hyperv_vnic_settling). Good: 0.',
    unit: 'none',
    width: 3,
    height: 5,
    thresholds: NONE,
    queries: [{ expr: countOf(once(offVf(HOSTS)), REQUESTED), now: true }],
    noValue: 'nothing asks',
  },
  {
    kind: 'stat',
    title: 'State unknown',
    description:
      'Share of the running virtual NICs whose path can not be told (hyperv_vswitch_vnics, path unknown): alerts are blind for them. Good: near 0; a few are always in motion.',
    unit: 'percentunit',
    width: 3,
    height: 5,
    thresholds: steps([null, 'green'], [t.state_unknown_ratio, 'orange']),
    queries: [
      {
        expr: share(`sum(hyperv_vswitch_vnics{path="unknown",${HOSTS}})`, `sum(hyperv_vswitch_vnics{${HOSTS}})`),
        now: true,
      },
    ],
  },
  {
    kind: 'stat',
    title: 'Hosts with a blocker',
    description:
      'Hosts with a reason why the host, a NIC that serves a vSwitch, or a vSwitch can give no VF (hyperv_host_iov_blocker, hyperv_nic_sriov_blocker, hyperv_vswitch_iov_blocker), while virtual NICs there ask for one. Good: 0.',
    unit: 'none',
    width: 3,
    height: 5,
    thresholds: NONE,
    queries: [
      {
        expr: countOf(`group ${BY_HOST} (${BLOCKED})`, `hyperv_host_iov_supported{${HOSTS}}`),
        now: true,
      },
    ],
  },
  {
    kind: 'stat',
    title: 'VFs short if a host fails',
    description:
      'The worst failure of one host by cluster: virtual NICs that would find no VF on the others (recorded as instance_vswitch:hyperv_failover_vf_shortfall:sum). Below 0 are VFs to spare. Good: 0 or less.',
    unit: 'none',
    width: 3,
    height: 5,
    thresholds: steps([null, 'green'], [1, 'orange']),
    queries: [
      {
        expr: `max by (cluster) (instance_vswitch:hyperv_failover_vf_shortfall:sum{${RECORDED}})`,
        legend: '{{cluster}}',
        now: true,
      },
    ],
    noValue: 'no vSwitch with VFs',
  },
  {
    kind: 'stat',
    title: 'Oldest data',
    description:
      'Age of the oldest inventory that is served (hyperv_exporter_collector_last_success_timestamp_seconds). Good: below three minutes.',
    unit: 's',
    width: 3,
    height: 5,
    thresholds: AGE,
    queries: [{ expr: `time() - min(${INVENTORY_READ})`, now: true }],
  },
];
