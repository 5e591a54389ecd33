import { board } from './board.ts';
import { hostLink, UID } from './links.ts';
import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { each, eachCluster, HOSTS, join, joinOne, share, topBy, topOver, VNIC, VSWITCH } from './promql.ts';
import { NONE, type PanelSpec, POOL, steps } from './spec.ts';

const OCCUPANCY = `instance_vswitch:hyperv_vswitch_vf_occupancy:ratio{${HOSTS}}`;
const SHORTFALL = `instance_vswitch:hyperv_failover_vf_shortfall:sum{${HOSTS}}`;
const WAITING = each('sum', VSWITCH, `hyperv_vswitch_vf_waiting{${HOSTS}}`);
/** A vSwitch where vNICs wait for a VF comes before one that is merely full. */
const PRESSURE = join(WAITING, '+', VSWITCH, OCCUPANCY);

const left = (what: string, match: string): string =>
  each('sum', VSWITCH, `hyperv_vswitch_${what}_limit{${match}} - hyperv_vswitch_${what}_in_use{${match}}`);
const VF_FREE = 'instance_vswitch:hyperv_vswitch_vf_free:sum';
/** Elsewhere: all other hosts of the cluster that have this vSwitch, whether they are chosen above the board or not. */
const elsewhere = (here: string, everywhere: string): string =>
  `-1 * (${here} - ignoring (${t.host_labels.join(', ')}) group_left () ${eachCluster('sum', VSWITCH, everywhere)})`;
const CLUSTER = 'cluster=~"$cluster",job=~"$job"';
const PAIRS_REQUESTED = each(
  'sum',
  VSWITCH,
  joinOne(
    each('group', ['vnic_id', 'vswitch'], `hyperv_vnic_info{${HOSTS}}`),
    '*',
    VNIC,
    `(hyperv_vnic_queue_pairs_requested{${HOSTS}} and hyperv_vnic_vf_requested{${HOSTS}} == 1)`,
  ),
);

const fullest = (expr: string) => ({ expr: topBy(PRESSURE, VSWITCH, expr), now: true });
const shortest = (expr: string) => ({ expr: topBy(SHORTFALL, VSWITCH, expr), now: true });
const NO_POOL = 'no vSwitch with VFs';

const now: PanelSpec[] = [
  {
    kind: 'bars',
    title: 'VF occupancy by vSwitch',
    description:
      'VFs in use as a share of the VFs of the vSwitch (Get-VMSwitch), the fullest first. Good: below the colour change, where the alert for a nearly full pool begins.',
    unit: 'percentunit',
    width: 10,
    height: 9,
    min: 0,
    max: 1,
    thresholds: POOL,
    queries: [{ expr: `topk($top, ${OCCUPANCY})`, legend: '{{instance}} {{vswitch}}', now: true }],
    links: [hostLink('series')],
    noValue: NO_POOL,
  },
  {
    kind: 'table',
    title: 'What is left',
    description:
      'For each vSwitch (Get-VMSwitch), the fullest first: virtual NICs that ask for a VF and those that wait for one; VFs that can still be assigned, which is the least of VFs, vPorts and queue pairs (hyperv_vswitch_vf_usable); VFs and queue pairs left; and the time until the pool is full if VFs continue to be taken as in the last six hours. Good: nothing waits. Click a row to open the host.',
    unit: 'none',
    width: 14,
    height: 9,
    queries: [
      fullest(WAITING),
      fullest(each('sum', VSWITCH, `hyperv_vswitch_vf_requested{${HOSTS}}`)),
      fullest(each('sum', VSWITCH, `hyperv_vswitch_vf_usable{${HOSTS}}`)),
      fullest(left('vf', HOSTS)),
      fullest(left('queue_pair', HOSTS)),
      fullest(share(left('vf', HOSTS), each('sum', VSWITCH, `deriv(hyperv_vswitch_vf_in_use{${HOSTS}}[6h])`))),
    ],
    columns: {
      'Value #A': { title: 'waiting', thresholds: NONE },
      'Value #B': 'requested',
      'Value #C': 'assignable',
      'Value #D': 'VFs left',
      'Value #E': 'queue pairs left',
      'Value #F': { title: 'full in', unit: 's', decimals: 1 },
    },
    sort: [
      ['waiting', 'down'],
      ['VFs left', 'up'],
    ],
    links: [hostLink('row')],
    noValue: NO_POOL,
  },
];

const evacuation: PanelSpec = {
  kind: 'table',
  title: 'Evacuation',
  description:
    'N+1: if this host fails, do the other hosts of its cluster have enough free VFs for its virtual NICs, on a vSwitch of the same name? VFs needed, VFs free elsewhere, and the difference (recorded as instance_vswitch:hyperv_failover_vf_shortfall:sum), the worst first; then the same for queue pairs, which can run out first. The cluster is the label cluster of the scrape config. Paused nodes are left out. So are hosts that do not report, although their VFs may be free. Memory, CPU, possible owners and teams are not considered. Good: short is 0 or less. Click a row to open the host.',
  unit: 'none',
  width: 24,
  height: 10,
  queries: [
    shortest(each('sum', VSWITCH, SHORTFALL)),
    shortest(each('sum', VSWITCH, `hyperv_vswitch_vf_requested{${HOSTS}}`)),
    shortest(elsewhere(`${VF_FREE}{${HOSTS}}`, `${VF_FREE}{${CLUSTER}}`)),
    shortest(PAIRS_REQUESTED),
    shortest(elsewhere(left('queue_pair', HOSTS), left('queue_pair', CLUSTER))),
  ],
  columns: {
    'Value #A': { title: 'short', thresholds: steps([null, 'green'], [1, 'red']) },
    'Value #B': 'VFs needed',
    'Value #C': 'VFs free elsewhere',
    'Value #D': 'queue pairs needed',
    'Value #E': 'queue pairs free elsewhere',
  },
  sort: [
    ['short', 'down'],
    ['VFs needed', 'down'],
  ],
  links: [hostLink('row')],
  noValue: NO_POOL,
};

const trend: PanelSpec[] = [
  {
    kind: 'history',
    title: 'VF occupancy over time',
    description:
      'One row for each vSwitch, those that were fullest within the time range (recorded as instance_vswitch:hyperv_vswitch_vf_occupancy:ratio). Good: no row stays red.',
    unit: 'percentunit',
    width: 24,
    height: 9,
    min: 0,
    max: 1,
    thresholds: POOL,
    queries: [{ expr: topOver(VSWITCH, OCCUPANCY), legend: '{{instance}} {{vswitch}}' }],
    links: [hostLink('series')],
    noValue: NO_POOL,
  },
  {
    kind: 'timeseries',
    title: 'VFs in use over 30 days',
    description:
      'For the fullest vSwitches (Get-VMSwitch): VFs in use, the limit, and a forecast for one day ahead, drawn as a straight line through the last six hours. Good: use and forecast stay below the limit.',
    unit: 'none',
    width: 12,
    height: 9,
    min: 0,
    timeFrom: '30d',
    queries: (
      [
        [`hyperv_vswitch_vf_in_use{${HOSTS}}`, 'in use'],
        [`hyperv_vswitch_vf_limit{${HOSTS}}`, 'limit'],
        [`predict_linear(hyperv_vswitch_vf_in_use{${HOSTS}}[6h], 86400)`, 'in a day'],
      ] as const
    ).map(([expr, what]) => ({
      expr: join(expr, 'and', VSWITCH, `topk($top, ${OCCUPANCY} @ end())`),
      legend: `{{instance}} {{vswitch}} ${what}`,
    })),
    noValue: NO_POOL,
  },
  {
    kind: 'timeseries',
    title: 'Queue pairs and VM queues in use',
    description:
      'Shares of the pools of the fullest vSwitches (Get-VMSwitch). VM queues matter on vSwitches without SR-IOV. Good: below 100 %.',
    unit: 'percentunit',
    width: 12,
    height: 9,
    min: 0,
    max: 1,
    queries: (
      [
        ['queue_pair_in_use', 'queue_pair_limit', 'queue pairs'],
        ['vmq_allocated', 'vmq_limit', 'VM queues'],
      ] as const
    ).map(([used, limit, what]) => ({
      expr: topOver(VSWITCH, share(`hyperv_vswitch_${used}{${HOSTS}}`, `hyperv_vswitch_${limit}{${HOSTS}}`)),
      legend: `{{instance}} {{vswitch}} ${what}`,
    })),
    noValue: 'no vSwitch with queues',
  },
];

/** How many VFs are left, which host could not be evacuated, and when are the pools full? */
export const capacity = () =>
  board({
    uid: UID.capacity,
    title: 'SR-IOV / Capacity',
    description:
      'How many VFs, queue pairs and VM queues are left, and could the virtual NICs of a failed host get VFs elsewhere?',
    of: 'hosts',
    top: 25,
    rows: [
      { title: 'Now', panels: now },
      { title: 'If a host fails', panels: [evacuation] },
      { title: 'Trend', panels: trend },
    ],
  });
