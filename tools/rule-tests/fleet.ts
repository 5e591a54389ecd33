import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import {
  after,
  clusterOf,
  gap,
  HV9,
  one,
  ELSEWHERE,
  flat,
  HV1,
  HV2,
  HV3,
  never,
  paused,
  type RuleTest,
  steps,
  type Target,
  until,
  type Values,
  vnic,
  vswitch,
} from './define.ts';

/** Virtual NICs of a host, numbered from `first`: on their VF but for the first `off`. */
const vnics = (of: Target, size: number, off: number, active: Values = flat(0), first = 1) =>
  Array.from({ length: size }, (_, index) => {
    const path = index < off ? active : flat(1);
    return vnic(of, first + index, { assigned: path, active: path });
  }).flat();

const SUMMARY = 'Many virtual NICs of a cluster have lost their VF within the hour.';
const lost = (number: number) => ({
  labels: { ...clusterOf(HV1), severity: 'warning' },
  annotations: {
    summary: SUMMARY,
    description: `In the cluster c1, ${number} virtual NICs that used their VF within the last hour no longer do. Check what changed on the affected hosts.`,
  },
});
const lostOnSeveral = (number: number) => ({
  labels: { ...clusterOf(HV1), severity: 'critical' },
  annotations: {
    summary: SUMMARY,
    description: `In the cluster c1, ${number} virtual NICs on several hosts used their VF within the last hour and no longer do. Check what these hosts have in common, such as a driver, a policy or a vSwitch template.`,
  },
});
/** On the VF for so many minutes, and then off it */
const lostAt = (minute: number): Values => steps([1, minute], [0, 101 - minute]);

const short = (number: number) => ({
  labels: { ...clusterOf(HV1), vswitch: 'vSwitch01', severity: 'warning' },
  annotations: {
    summary: 'If a host of the cluster fails, the others have too few VFs for its virtual machines.',
    description: `In the cluster c1, vSwitch vSwitch01, the failure of one host would leave up to ${number} virtual NICs without a VF. Nothing is broken now.`,
  },
});
const host = (of: Target, limit: number, inUse: number, requested: Values | number) =>
  vswitch(of, { vf_limit: limit, vf_in_use: inUse, vf_requested: requested });

/** What the scrape of a collector adds; cluster and host are labels of its metrics. */
const {
  host: _host,
  cluster: _cluster,
  ...OF_COLLECTOR
} = {
  ...HV1,
  instance: 'collector:10182',
  job: defaultThresholds.collector_job,
};
const drift = (name: string, labels: Readonly<Record<string, string>>, values: Values = flat(1)) => ({
  name: 'hyperv_cluster_drift',
  labels: { ...OF_COLLECTOR, cluster: 'c1', host: name, ...labels },
  values,
});
const updating = (cluster: string, values: Values, instance = OF_COLLECTOR.instance) => ({
  name: 'hyperv_cluster_rolling_update',
  labels: { ...OF_COLLECTOR, instance, cluster },
  values,
});
const LIMIT = { object: 'vswitch', subject: 'vSwitch01', property: 'VFs', severity: 'warning' };
const SUPPORT = { object: 'host', subject: '', property: 'IOV support', severity: 'warning' };
/** A label without a value is none for Prometheus. */
const differs = (name: string, { subject, ...labels }: typeof LIMIT) => ({
  labels: { ...OF_COLLECTOR, cluster: 'c1', instance: name, ...labels, ...(subject === '' ? {} : { subject }) },
  annotations: {
    summary: 'A host differs from its cluster in a setting that decides the path of virtual NICs.',
    description: `In the cluster c1, the host ${name} differs from most hosts in ${labels.property} (${`${labels.object} ${subject}`.trim()}). A virtual machine that is moved between these hosts may lose its VF. The command drift and the overview page of the collector show both values and how to change the host.`,
  },
});

export const fleetTests: readonly RuleTest[] = [
  {
    alert: 'SriovClusterFallback',
    case: 'a quarter of twelve, as it always was',
    series: [...vnics(HV1, 6, 3), ...vnics(HV2, 6, 0, flat(0), 7)],
    checks: never(8, 13, 80),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'a quarter is lost on one host: the host has a page of its own',
    series: [...vnics(HV1, 6, 3, lostAt(20)), ...vnics(HV2, 6, 0, flat(0), 7)],
    checks: [
      ...never(19, 28),
      { at: 33, fires: [lost(3)] },
      // After an hour it is a state like any other.
      { at: 88, fires: [lost(3)] },
      ...never(95),
    ],
  },
  {
    alert: 'SriovClusterFallback',
    case: 'a third is lost on two hosts: both, and Alertmanager mutes the lower',
    series: [...vnics(HV1, 6, 2, lostAt(20)), ...vnics(HV2, 6, 2, lostAt(20), 7)],
    checks: [
      ...never(19, 23),
      { at: 27, fires: [lostOnSeveral(4)] },
      { at: 33, fires: [lost(4), lostOnSeveral(4)] },
      ...never(95),
    ],
  },
  {
    alert: 'SriovClusterFallback',
    case: 'fewer than ten ask: a share says nothing',
    series: [...vnics(HV1, 5, 3, lostAt(20)), ...vnics(HV2, 4, 1, lostAt(20), 6)],
    checks: never(27, 33, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'one of twelve',
    series: [...vnics(HV1, 6, 1, lostAt(20)), ...vnics(HV2, 6, 0, flat(0), 7)],
    checks: never(27, 33, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'virtual machines seen on two hosts count once: nine of them are not eighteen',
    series: [...vnics(HV1, 9, 3, lostAt(20)), ...vnics(HV2, 9, 3, lostAt(20))],
    checks: never(27, 33, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'an evacuation: they settle',
    series: [
      ...[1, 2, 3, 4].flatMap((number) =>
        vnic(HV1, number, { assigned: lostAt(20), active: lostAt(20), settling: ['migration', flat(1)] }),
      ),
      ...vnics(HV2, 8, 0, flat(0), 5),
    ],
    checks: never(27, 33, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'hosts without a cluster label are no cluster',
    series: [
      ...vnics({ ...HV1, cluster: '' }, 6, 3, lostAt(20)),
      ...vnics({ ...HV2, cluster: '' }, 6, 3, lostAt(20), 7),
    ],
    checks: never(27, 33, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'clusters of one name at two sites are not added up',
    series: [...vnics(HV1, 12, 1, lostAt(20)), ...vnics(ELSEWHERE, 12, 1, lostAt(20), 21)],
    checks: never(27, 33, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'the exporters are no longer scraped',
    series: until(35, [...vnics(HV1, 6, 3, lostAt(20)), ...vnics(HV2, 6, 0, flat(0), 7)]),
    checks: [{ at: 33, fires: [lost(3)] }, { at: 43, fires: [lost(3)] }, ...never(50)],
  },
  ...[
    {
      case: 'the exporter of a healthy host stops, beside an old fallback',
      series: [...vnics(HV1, 12, 1), ...until(20, vnics(HV2, 20, 0, flat(0), 21))],
    },
    {
      case: 'the exporter of a healthy host stops, beside a loss that is small',
      series: [...vnics(HV1, 12, 2, lostAt(10)), ...until(15, vnics(HV2, 20, 0, flat(0), 21))],
    },
    {
      case: 'a host with an old fallback comes back',
      series: [...vnics(HV1, 12, 0), ...after(20, vnics(HV2, 6, 6, flat(0), 21))],
    },
    {
      case: 'a host with an old fallback was away for a while',
      series: [
        ...vnics(HV1, 12, 0),
        ...vnics(HV2, 6, 6, flat(0), 21).map((series) => ({ ...series, values: gap(15, 35, series.values) })),
      ],
    },
    {
      case: 'a host is added, and its virtual NICs have no VF yet',
      series: [...vnics(HV1, 12, 0), ...after(20, vnics(HV3, 8, 8, flat(0), 31))],
    },
    {
      case: 'four agents start together without storage, half of the virtual NICs being off their VF as before',
      series: [HV1, HV2, HV3, HV9].flatMap((of, index) => [
        ...until(20, vnics(of, 8, 4, flat(0), 1 + index * 10)),
        ...after(23, vnics(of, 8, 4, flat(0), 1 + index * 10)),
      ]),
    },
    {
      case: 'the cluster is renamed',
      series: [
        ...until(20, [...vnics(HV1, 12, 6), ...vnics(HV2, 12, 0, flat(0), 21)]),
        ...after(20, [
          ...vnics({ ...HV1, cluster: 'new' }, 12, 6),
          ...vnics({ ...HV2, cluster: 'new' }, 12, 0, flat(0), 21),
        ]),
      ],
    },
  ].map((test) => ({ alert: 'SriovClusterFallback', ...test, checks: never(19, 27, 33, 60, 90) })),
  {
    alert: 'SriovFailoverVfShort',
    case: 'two hosts with eight VFs each and six in use',
    series: [...host(HV1, 8, 6, steps([1, 10], [6, 91])), ...host(HV2, 8, 6, steps([1, 10], [6, 91]))],
    checks: [...never(9, 35), { at: 45, fires: [short(4)] }],
  },
  {
    alert: 'SriovFailoverVfShort',
    case: 'virtual NICs that wait for a VF count, too',
    series: [...host(HV1, 8, 4, 9), ...host(HV2, 8, 2, 2)],
    checks: [{ at: 45, fires: [short(3)] }],
  },
  {
    alert: 'SriovFailoverVfShort',
    case: 'a host that can give no VF takes nothing over',
    series: [...host(HV1, 8, 4, 4), ...vswitch(HV2, { vf_requested: 0 })],
    checks: [{ at: 45, fires: [short(4)] }],
  },
  {
    alert: 'SriovFailoverVfShort',
    case: 'the others have enough',
    series: [...host(HV1, 8, 4, 4), ...host(HV2, 8, 4, 4)],
    checks: never(45, 90),
  },
  {
    alert: 'SriovFailoverVfShort',
    case: 'a single host has nowhere to go',
    series: host(HV1, 8, 6, 6),
    checks: never(45, 90),
  },
  {
    alert: 'SriovFailoverVfShort',
    case: 'a host of the same name in another cluster is no help and no burden',
    series: [...host(HV1, 8, 6, 6), ...host(ELSEWHERE, 8, 6, 6)],
    checks: never(45, 90),
  },
  {
    alert: 'SriovFailoverVfShort',
    case: 'the VFs of a paused node are no target',
    series: [...host(HV1, 8, 4, 4), ...host(HV2, 8, 4, 4), ...host(HV3, 8, 0, 0), ...paused(HV2)],
    checks: never(45, 90),
  },
  {
    alert: 'SriovFailoverVfShort',
    case: 'a rolling update: one host is out for twenty minutes',
    series: [
      ...host(HV1, 8, 4, steps([4, 10], [8, 20], [4, 70])),
      ...host(HV2, 8, 4, steps([4, 10], [0, 20], [4, 70])),
      ...until(10, vswitch(HV3, { vf_limit: 8 })),
    ],
    checks: never(25, 35, 60),
  },
  ...[
    {
      case: 'an exporter is down: the VFs that its host has left are not known',
      series: [...until(20, host(HV3, 20, 0, 0)), one(HV3, 'up', {}, steps([1, 20], [0, 81]))],
    },
    {
      case: 'a host could not be read: the VFs that it has left are not known',
      series: [
        ...host(HV3, 20, 0, 0).map((series) =>
          series.name.endsWith('requested') ? series : { ...series, values: gap(20, 101, series.values) },
        ),
        one(
          HV3,
          'hyperv_exporter_source_success',
          { collector: 'inventory', source: 'vm_switch' },
          steps([1, 20], [0, 81]),
        ),
      ],
    },
  ].map(({ case: what, series }) => ({
    alert: 'SriovFailoverVfShort',
    case: what,
    series: [
      ...[HV1, HV2].map((of) => one(of, 'up', {}, flat(1))),
      ...host(HV1, 8, 6, 6),
      ...host(HV2, 8, 6, 6),
      ...series,
    ],
    checks: never(19, 45, 60, 90),
  })),
  {
    alert: 'SriovClusterDrift',
    case: 'one host has fewer VFs than the others, and another one differs in what decides no path',
    series: [
      drift('hv11', LIMIT, steps([undefined, 10], [1, 80], [undefined, 11])),
      drift('hv12', { object: 'host', subject: '', property: 'bios', severity: 'info' }),
      updating('c1', flat(0)),
    ],
    checks: [...never(9, 68), { at: 72, fires: [differs('hv11', LIMIT)] }, ...never(93)],
  },
  {
    alert: 'SriovClusterDrift',
    case: 'two hosts differ while another cluster, and one of the same name at another collector, is being updated',
    series: [
      drift('hv11', LIMIT),
      drift('hv12', SUPPORT),
      updating('c1', flat(0)),
      updating('c2', flat(1)),
      updating('c1', flat(1), 'collector2:10182'),
    ],
    checks: [...never(58), { at: 65, fires: [differs('hv11', LIMIT), differs('hv12', SUPPORT)] }],
  },
  {
    alert: 'SriovClusterDrift',
    case: 'a rolling update: its hosts differ until it has taken 72 hours',
    series: [drift('hv11', LIMIT), updating('c1', steps([1, 20], [0, 81]))],
    checks: [...never(65, 78), { at: 83, fires: [differs('hv11', LIMIT)] }],
  },
  {
    alert: 'SriovClusterDrift',
    case: 'a setting is changed host by host within the hour, during a rolling update or not',
    series: [
      drift('hv11', LIMIT, steps([undefined, 10], [1, 50], [undefined, 41])),
      drift('hv12', LIMIT, steps([undefined, 40], [1, 55], [undefined, 6])),
      updating('c1', steps([0, 60], [1, 41])),
    ],
    checks: never(30, 61, 71, 94),
  },
];
