import { hostLink } from './links.ts';
import { HOSTS, joinOne, OF_CLUSTER, OF_COLLECTOR, ranked, top } from './promql.ts';
import { NONE, type PanelSpec, SEVERITIES, values } from './spec.ts';

const [, WARNING = '', INFO = ''] = ranked(
  (severity) => `hyperv_cluster_drift{severity="${severity}",${OF_COLLECTOR}}`,
);
const DRIFT = top(`${WARNING} or ${INFO}`);

/** What only the hosts of a cluster together tell: by a collector, but for what is left. */
export const clusters: readonly PanelSpec[] = [
  {
    kind: 'table',
    title: 'Differences within clusters',
    description:
      'Settings in which a host differs from most hosts of its cluster (hyperv_cluster_drift, by a collector). Warning: the setting decides the path of virtual NICs. While the hosts of a cluster are updated one by one (hyperv_cluster_rolling_update), differences are expected and no alert fires. The command drift shows both values and how to change the host. Good: empty.',
    unit: 'none',
    width: 12,
    height: 8,
    queries: [
      { expr: DRIFT, now: true },
      {
        expr: joinOne(`(${DRIFT} > bool 0)`, '*', ['cluster'], `hyperv_cluster_rolling_update{${OF_CLUSTER}}`),
        now: true,
      },
    ],
    columns: {
      instance: false,
      severity: false,
      'Value #A': { title: 'severity ', mappings: SEVERITIES },
      'Value #B': { title: 'rolling update', mappings: values({ '1': ['yes', 'blue'], '0': ['no', 'text'] }) },
    },
    sort: [
      ['severity ', 'down'],
      ['host', 'up'],
    ],
    links: [hostLink('row', 'host')],
    noValue: 'No difference, or no collector.',
  },
  {
    kind: 'table',
    title: 'vNICs without a VF if this host fails',
    description:
      'Virtual NICs that would find no VF on the other hosts of the cluster, each VM placed on one host with VFs, vPorts and queue pairs (hyperv_cluster_failover_vf_shortfall, by a collector). Above, the plain sum stands for it. Good: 0.',
    unit: 'none',
    width: 7,
    height: 8,
    queries: [{ expr: top(`hyperv_cluster_failover_vf_shortfall{${OF_COLLECTOR}}`), now: true }],
    columns: { instance: false, Value: { title: 'without a VF', thresholds: NONE } },
    sort: [['without a VF', 'down']],
    links: [hostLink('row', 'host')],
    noValue: 'no collector of a cluster',
  },
  {
    kind: 'table',
    title: 'Where VFs are left',
    description:
      'Free VFs of hosts that are not paused, by vSwitch (recorded as instance_vswitch:hyperv_vswitch_vf_free:sum). The command placement tells for one VM which host has VFs, vPorts and queue pairs for it. Good: more than any VM needs on two hosts at least.',
    unit: 'none',
    width: 5,
    height: 8,
    queries: [{ expr: top(`instance_vswitch:hyperv_vswitch_vf_free:sum{${HOSTS}}`), now: true }],
    columns: { Value: 'VFs left' },
    sort: [['VFs left', 'down']],
    links: [hostLink('row')],
    noValue: 'no vSwitch with VFs',
  },
];
