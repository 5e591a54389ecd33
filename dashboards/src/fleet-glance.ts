import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { each, HOST, HOSTS, join, NIC, READ, share, VSWITCH } from './promql.ts';
import { AGE, NONE, type PanelSpec, steps } from './spec.ts';

const REQUESTED = `hyperv_vswitch_vf_requested{${HOSTS}}`;
/** Why a host cannot give a VF to vNICs that ask for one: the host itself, a vSwitch, or a NIC under it */
const NEEDED = `${REQUESTED} > 0`;
const BLOCKED = [
  join(`hyperv_host_iov_blocker{${HOSTS}}`, 'and', HOST, NEEDED),
  join(`hyperv_vswitch_iov_blocker{${HOSTS}}`, 'and', VSWITCH, NEEDED),
  join(join(`hyperv_nic_info{${HOSTS}}`, 'and', NIC, `hyperv_nic_sriov_blocker{${HOSTS}}`), 'and', VSWITCH, NEEDED),
].join(' or ');
/** When the inventory of each host was read */
export const INVENTORY_READ = `hyperv_exporter_collector_last_success_timestamp_seconds{collector="inventory",${HOSTS}}`;

const NO_HOST = 'no host reports';
const NOT_REQUESTED = 'no vNIC asks for a VF';

/** The state of the fleet in eight numbers */
export const glance: readonly PanelSpec[] = [
  {
    kind: 'stat',
    title: 'Hosts read',
    description:
      'How many hosts were read at the last poll of their inventory (hyperv_exporter_collector_success), and how many targets Prometheus has (up). Good: both are the number of your Hyper-V hosts.',
    unit: 'none',
    width: 3,
    height: 5,
    queries: [
      { expr: `sum(${READ})`, legend: 'read', now: true },
      { expr: `count(up{${HOSTS}})`, legend: 'targets', now: true },
    ],
    noValue: 'no target',
  },
  {
    kind: 'stat',
    title: 'vNICs that ask for a VF',
    description:
      'Running virtual NICs that ask for a VF and are expected to have one (hyperv_vswitch_vf_requested). Good: the ones that need the speed, and no others.',
    unit: 'none',
    width: 3,
    height: 5,
    queries: [{ expr: `sum(${REQUESTED})`, now: true }],
    noValue: NO_HOST,
  },
  {
    kind: 'stat',
    title: 'On their VF',
    description:
      'Of the running virtual NICs that ask for a VF, the share that is on it now (hyperv_vswitch_vnics by path). It counts virtual NICs, not bytes. Good: 100 %.',
    unit: 'percentunit',
    width: 3,
    height: 5,
    min: 0,
    max: 1,
    thresholds: steps([null, 'red'], [1 - t.cluster_fallback_ratio, 'orange'], [1, 'green']),
    queries: [
      {
        expr: share(
          `sum(hyperv_vswitch_vnics{path="vf",${HOSTS}})`,
          `sum(hyperv_vswitch_vnics{path=~"vf|assigned|synthetic",${HOSTS}})`,
        ),
        now: true,
      },
    ],
    noValue: NOT_REQUESTED,
  },
  {
    kind: 'stat',
    title: 'Off their VF',
    description:
      'Virtual NICs that ask for a VF and are off it (hyperv_vnic_fallback). Those that are still settling after a start, a migration or a NIC restart are not counted. Good: 0.',
    unit: 'none',
    width: 3,
    height: 5,
    thresholds: NONE,
    queries: [{ expr: `count(hyperv_vnic_fallback{${HOSTS}}) or 0 * sum(${REQUESTED})`, now: true }],
    noValue: NO_HOST,
  },
  {
    kind: 'stat',
    title: 'State unknown',
    description:
      'Share of the running virtual NICs whose path is not known (hyperv_vswitch_vnics with path="unknown"). The alerts cannot see these. Good: near 0; a few are always changing.',
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
    noValue: 'no running vNIC',
  },
  {
    kind: 'stat',
    title: 'Hosts with a blocker',
    description:
      'Hosts on which virtual NICs ask for a VF, but the host, a vSwitch or a NIC under it cannot give one (hyperv_host_iov_blocker, hyperv_vswitch_iov_blocker, hyperv_nic_sriov_blocker). Good: 0.',
    unit: 'none',
    width: 3,
    height: 5,
    thresholds: NONE,
    queries: [
      { expr: `count(${each('group', HOST, BLOCKED)}) or 0 * count(hyperv_host_iov_supported{${HOSTS}})`, now: true },
    ],
    noValue: NO_HOST,
  },
  {
    kind: 'stat',
    title: 'VFs short if a host fails',
    description:
      'How many virtual NICs would find no VF on the other hosts, in the cluster and for the host where this is worst (recorded as instance_vswitch:hyperv_failover_vf_shortfall:sum). A negative number is the VFs to spare. The capacity board shows each host. Good: 0 or less.',
    unit: 'none',
    width: 3,
    height: 5,
    thresholds: steps([null, 'green'], [1, 'orange']),
    queries: [{ expr: `max(instance_vswitch:hyperv_failover_vf_shortfall:sum{${HOSTS}})`, now: true }],
    noValue: 'no vSwitch with VFs',
  },
  {
    kind: 'stat',
    title: 'Oldest data',
    description:
      'Age of the oldest inventory that a reporting host serves (hyperv_exporter_collector_last_success_timestamp_seconds). Good: below three minutes.',
    unit: 's',
    width: 3,
    height: 5,
    thresholds: AGE,
    queries: [{ expr: `time() - min(${INVENTORY_READ})`, now: true }],
    noValue: NO_HOST,
  },
];
