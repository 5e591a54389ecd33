import {
  ELSEWHERE,
  flat,
  HV1,
  HV2,
  HV3,
  never,
  paused,
  type RuleTest,
  says,
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

const SUMMARY = 'Many virtual NICs of a cluster are off their VF.';
const standing = (share: string) => ({
  labels: { cluster: 'c1', severity: 'warning' },
  annotations: says('SriovClusterFallback', {
    summary: SUMMARY,
    description: `In the cluster c1 ${share} of the virtual NICs that ask for a VF are on the synthetic path. Look for what the hosts have in common: a driver, a policy, a vSwitch template.`,
  }),
});
const risen = (share: string) => ({
  labels: { cluster: 'c1', severity: 'critical' },
  annotations: says('SriovClusterFallback', {
    summary: SUMMARY,
    description: `In the cluster c1 ${share} of the virtual NICs that ask for a VF are on the synthetic path, and the share rose steeply within the last hour. Look for what changed on all hosts.`,
  }),
});

const short = (number: number) => ({
  labels: { cluster: 'c1', vswitch: 'vSwitch01', severity: 'warning' },
  annotations: says('SriovFailoverVfShort', {
    summary: 'If a host of the cluster fails, the others have too few VFs for its virtual machines.',
    description: `In the cluster c1, vSwitch vSwitch01, the worst failure of one host leaves ${number} virtual NICs without a VF. Nothing is broken now.`,
  }),
});
const host = (of: Target, limit: number, inUse: number, requested: Values | number) =>
  vswitch(of, { vf_limit: limit, vf_in_use: inUse, vf_requested: requested });

export const fleetTests: readonly RuleTest[] = [
  {
    alert: 'SriovClusterFallback',
    case: 'a quarter of twelve, as it always was: no page',
    series: [...vnics(HV1, 6, 3), ...vnics(HV2, 6, 0, flat(0), 7)],
    checks: [...never(8), { at: 13, fires: [standing('25%')] }, { at: 80, fires: [standing('25%')] }],
  },
  {
    alert: 'SriovClusterFallback',
    case: 'the share rises from 0 to a quarter: both, and Alertmanager mutes the lower',
    series: [...vnics(HV1, 6, 3, steps([1, 20], [0, 81])), ...vnics(HV2, 6, 0, flat(0), 7)],
    checks: [
      ...never(19, 28),
      { at: 33, fires: [standing('25%'), risen('25%')] },
      // After an hour it is a state like any other.
      { at: 97, fires: [standing('25%')] },
    ],
  },
  {
    alert: 'SriovClusterFallback',
    case: 'fewer than ten ask: a share says nothing',
    series: [...vnics(HV1, 5, 3), ...vnics(HV2, 4, 0, flat(0), 6)],
    checks: never(13, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'one of twelve',
    series: [...vnics(HV1, 6, 1), ...vnics(HV2, 6, 0, flat(0), 7)],
    checks: never(13, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'virtual machines seen on two hosts count once: nine of them are not eighteen',
    series: [...vnics(HV1, 9, 3), ...vnics(HV2, 9, 3)],
    checks: never(13, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'an evacuation: they settle',
    series: [
      ...[1, 2, 3, 4].flatMap((number) => vnic(HV1, number, { settling: ['migration', flat(1)] })),
      ...vnics(HV2, 8, 0, flat(0), 5),
    ],
    checks: never(13, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'hosts without a cluster label are no cluster',
    series: [...vnics({ ...HV1, cluster: '' }, 6, 3), ...vnics({ ...HV2, cluster: '' }, 6, 3, flat(0), 7)],
    checks: never(13, 60),
  },
  {
    alert: 'SriovClusterFallback',
    case: 'the exporters are no longer scraped',
    series: until(20, [...vnics(HV1, 6, 3), ...vnics(HV2, 6, 0, flat(0), 7)]),
    checks: [{ at: 18, fires: [standing('25%')] }, ...never(33)],
  },
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
    series: [...host(HV1, 8, 4, 4), ...host(HV2, 8, 4, 4), ...host(HV3, 8, 0, 0), paused(HV2)],
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
];
