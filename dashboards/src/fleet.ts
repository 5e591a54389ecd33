import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { board, CLUSTERS, hostLink, HOSTS, ON_HOST, ON_VNIC, RECORDED, steps, UID, values } from './build.ts';

const REQUESTED = `hyperv_vnic_vf_requested{${HOSTS}} == 1`;
const FALLBACK = `hyperv_vnic_vf_active{${HOSTS}} == 0 and ${ON_VNIC} hyperv_vnic_vf_requested{${HOSTS}} == 1 unless ${ON_VNIC} hyperv_vnic_settling{${HOSTS}} == 1`;

/** Is anyone off the fast path, and will failover work? */
export const fleet = () =>
  board({
    uid: UID.fleet,
    title: 'SR-IOV / Fleet',
    description: 'Is any virtual NIC off its VF, on which host, and would a failover find enough VFs?',
    rows: [
      {
        title: 'At a glance',
        panels: [
          {
            kind: 'stat',
            title: 'Hosts reporting',
            description: 'Exporters that Prometheus can scrape (up). Good: as many as you have Hyper-V hosts.',
            unit: 'none',
            width: 4,
            height: 4,
            queries: [{ expr: `sum(up{${HOSTS}})`, now: true }],
            noValue: '0',
          },
          {
            kind: 'stat',
            title: 'vNICs that ask for a VF',
            description:
              'Running virtual NICs with an IovWeight above 0 whose state is known (hyperv_vnic_vf_requested).',
            unit: 'none',
            width: 4,
            height: 4,
            queries: [{ expr: `count(group by (cluster, vnic_id) (${REQUESTED}))`, now: true }],
            noValue: '0',
          },
          {
            kind: 'stat',
            title: 'On their VF',
            description:
              'Share of the requesting virtual NICs that are on their VF; a share of virtual NICs, not of bytes. Good: 100 %.',
            unit: 'percentunit',
            width: 4,
            height: 4,
            min: 0,
            max: 1,
            thresholds: steps([null, 'red'], [1 - t.cluster_fallback_ratio, 'orange'], [1, 'green']),
            queries: [
              {
                expr: `count(group by (cluster, vnic_id) (hyperv_vnic_vf_active{${HOSTS}} == 1 and ${ON_VNIC} ${REQUESTED})) / count(group by (cluster, vnic_id) (${REQUESTED}))`,
                now: true,
              },
            ],
          },
          {
            kind: 'stat',
            title: 'Off their VF',
            description:
              'Requesting virtual NICs that are off their VF and not settling after a start, a migration or a NIC restart. Good: 0.',
            unit: 'none',
            width: 4,
            height: 4,
            thresholds: steps([null, 'green'], [1, 'red']),
            queries: [{ expr: `count(group by (cluster, vnic_id) (${FALLBACK}))`, now: true }],
            noValue: '0',
          },
          {
            kind: 'stat',
            title: 'VFs short if a host fails',
            description:
              'The worst failure of one host: virtual NICs that would find no VF on the others, by cluster and vSwitch. Good: 0 or less.',
            unit: 'none',
            width: 4,
            height: 4,
            thresholds: steps([null, 'green'], [1, 'orange']),
            queries: [{ expr: `max(instance_vswitch:hyperv_failover_vf_shortfall:sum{${RECORDED}})`, now: true }],
            noValue: 'one host only',
          },
          {
            kind: 'stat',
            title: 'Oldest data',
            description: 'Age of the oldest inventory that is served. Good: below three minutes.',
            unit: 's',
            width: 4,
            height: 4,
            thresholds: steps([null, 'green'], [t.poll_stale_floor_seconds, 'orange']),
            queries: [
              {
                expr: `time() - min(hyperv_exporter_collector_last_success_timestamp_seconds{collector="inventory",${HOSTS}})`,
                now: true,
              },
            ],
          },
        ],
      },
      {
        title: 'Hosts',
        panels: [
          {
            kind: 'table',
            title: 'Hosts',
            description:
              'One line a host: SR-IOV supported (Get-VMHost), VFs in use and available, virtual NICs on the synthetic path that ask for a VF. Click an instance for the host.',
            unit: 'none',
            width: 24,
            height: 9,
            queries: [
              { expr: `max by (cluster, instance) (hyperv_host_iov_supported{${HOSTS}})`, now: true },
              { expr: `sum by (cluster, instance) (hyperv_vswitch_vf_in_use{${HOSTS}})`, now: true },
              { expr: `sum by (cluster, instance) (hyperv_vswitch_vf_limit{${HOSTS}})`, now: true },
              { expr: `sum by (cluster, instance) (hyperv_vswitch_vnics{path="synthetic",${HOSTS}})`, now: true },
              { expr: `sum by (cluster, instance) (hyperv_vswitch_vnics{path="unknown",${HOSTS}})`, now: true },
            ],
            columns: {
              'Value #A': 'SR-IOV supported',
              'Value #B': 'VFs in use',
              'Value #C': 'VFs',
              'Value #D': 'synthetic',
              'Value #E': 'unknown',
            },
            links: [hostLink('row')],
          },
          {
            kind: 'timeline',
            title: 'Hosts over time',
            description:
              'Per host: are all requesting virtual NICs on their VF? A gap means that nothing was known. Good: green throughout.',
            unit: 'none',
            width: 24,
            height: 8,
            mappings: values({
              '0': ['all on their VF', 'green'],
              '1': ['some off their VF', 'orange'],
              '2': ['no SR-IOV', 'red'],
            }),
            queries: [
              {
                expr: `max by (cluster, instance) (label_replace(2 * (hyperv_host_iov_supported{${HOSTS}} == bool 0), "k", "a", "", "") or label_replace(sum by (cluster, instance) (hyperv_vswitch_vf_waiting{${HOSTS}}) > bool 0, "k", "b", "", ""))`,
                legend: '{{instance}}',
              },
            ],
            links: [hostLink('series')],
          },
        ],
      },
      {
        title: 'Work list',
        panels: [
          {
            kind: 'table',
            title: 'Firing alerts',
            description: 'The alerts of this bundle that fire now (ALERTS). Good: empty.',
            unit: 'none',
            width: 12,
            height: 9,
            queries: [{ expr: `ALERTS{alertname=~"Sriov.+",alertstate="firing",${CLUSTERS}}`, now: true }],
            columns: { Value: 'firing' },
          },
          {
            kind: 'table',
            title: 'Why not on the VF',
            description:
              'Virtual NICs in fallback by primary reason (hyperv_vnic_fallback). The reason leads to the runbook. Good: empty.',
            unit: 'none',
            width: 12,
            height: 9,
            queries: [{ expr: `sum by (reason, cluster, instance) (hyperv_vnic_fallback{${HOSTS}} == 1)`, now: true }],
            columns: { Value: 'vNICs' },
            links: [hostLink('row')],
          },
        ],
      },
      {
        title: 'Trend',
        panels: [
          {
            kind: 'timeseries',
            title: 'Share of requesting vNICs on their VF',
            description:
              'By cluster, recorded as cluster:hyperv_vnic_vf_path:ratio. Good: flat at 100 %; a step down on all hosts is a roll-out.',
            unit: 'percentunit',
            width: 12,
            height: 8,
            min: 0,
            max: 1,
            queries: [{ expr: `cluster:hyperv_vnic_vf_path:ratio{${CLUSTERS}}`, legend: '{{cluster}}' }],
          },
          {
            kind: 'timeseries',
            title: 'CPU seconds per gigabyte',
            description:
              'Guest and hypervisor CPU of VMs that were on one path for the whole window, per gigabyte moved. The VF line exists only where the NIC vendor counts VF bytes.',
            unit: 's',
            width: 12,
            height: 8,
            min: 0,
            queries: [
              {
                expr: `cluster:hyperv_synthetic_cpu_seconds_per_gigabyte:ratio_rate5m{${CLUSTERS}}`,
                legend: '{{cluster}} synthetic path',
              },
              {
                expr: `cluster:hyperv_vf_cpu_seconds_per_gigabyte:ratio_rate5m{${CLUSTERS}}`,
                legend: '{{cluster}} VF path',
              },
            ],
          },
          {
            kind: 'timeseries',
            title: 'vNICs that lost their VF within the hour',
            description:
              'By host, recorded as instance:hyperv_vnic_vf_lost:count. Good: no data. Three or more on one host page.',
            unit: 'none',
            width: 24,
            height: 7,
            min: 0,
            thresholds: steps([null, 'green'], [t.mass_fallback_min_vnics, 'red']),
            queries: [
              {
                expr: `instance:hyperv_vnic_vf_lost:count{${RECORDED}} and ${ON_HOST} up{${HOSTS}}`,
                legend: '{{instance}}',
              },
            ],
            links: [hostLink('series')],
          },
        ],
      },
    ],
  });
