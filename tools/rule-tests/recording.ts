import {
  clusterOf,
  ELSEWHERE,
  flat,
  HV1,
  HV2,
  HV3,
  HV9,
  paused,
  steps,
  type RecordingTest,
  type Target,
  up,
  vnic,
  vnicIds,
  vswitch,
} from './define.ts';

const active = (of: Target, number: number, on: number) => vnic(of, number, { assigned: flat(on), active: flat(on) });

const C1 = clusterOf(HV1);
const SWITCH = { ...HV1, vswitch: 'vSwitch01' };

/** On their VF for five minutes, then off it; the NIC restarts then. */
const restarting = (number: number, state: Parameters<typeof vnic>[2] = {}) =>
  vnic(HV1, number, {
    assigned: LOST,
    active: LOST,
    settling: ['nic_restart', steps([undefined, 5], [1, 96])],
    ...state,
  });
const LOST = steps([1, 5], [0, 96]);

export const RECORDING_TESTS: readonly RecordingTest[] = [
  {
    record: 'instance:hyperv_vnic_vf_lost:count',
    case: 'who lost a VF within the hour, by fallback or by a restart of the NIC; whatever the same ids do elsewhere',
    series: [
      ...vnic(HV1, 1, { assigned: LOST, active: LOST }),
      ...restarting(2),
      ...restarting(3, { assigned: flat(1) }),
      // Not lost: never had one, though it did on another host; does not ask; is on its VF all the while
      ...vnic(HV1, 4),
      ...restarting(5, { requested: steps([1, 5], [0, 96]) }),
      ...restarting(6, { assigned: flat(1), active: flat(1) }),
      ...active(HV9, 4, 1),
      ...vnic(HV9, 5),
      ...vnic(HV9, 6),
    ],
    at: 10,
    samples: [{ labels: HV1, value: 3 }],
  },
  {
    record: 'cluster:hyperv_vnic_vf_requested:count',
    case: 'four ask, one of them seen on two hosts; a fifth does not',
    series: [
      ...[1, 2, 3].flatMap((number) => active(HV1, number, 1)),
      ...active(HV1, 4, 0),
      ...active(HV2, 3, 1),
      ...vnic(HV2, 5, { requested: flat(0) }),
    ],
    at: 10,
    samples: [{ labels: C1, value: 4 }],
  },
  {
    record: 'instance_vnic:hyperv_vnic_fallback:vf_assigned',
    case: 'who is in fallback, with the vSwitch: 1 where the guest does not use the VF',
    series: [
      ...active(HV1, 1, 1),
      ...active(HV1, 2, 0),
      ...vnic(HV1, 3, { assigned: flat(1) }),
      // Seen on its VF on another host, too: it migrates.
      ...vnic(HV2, 2, { vswitch: 'vSwitch02', assigned: flat(1), active: flat(1) }),
    ],
    at: 10,
    samples: [
      { labels: { ...HV1, ...vnicIds(2), vswitch: 'vSwitch01' }, value: 0 },
      { labels: { ...HV1, ...vnicIds(3), vswitch: 'vSwitch01' }, value: 1 },
    ],
  },
  {
    record: 'instance_vswitch:hyperv_vswitch_vf_occupancy:ratio',
    case: 'of the VFs that the vSwitch has',
    series: [
      ...vswitch(HV1, { vf_limit: 64, vf_in_use: 48 }),
      ...vswitch(HV1, { vf_limit: 1, vf_in_use: 1 }, 'vSwitch02'),
      ...vswitch(HV2, { vf_limit: 10, vf_in_use: 1 }),
    ],
    at: 10,
    samples: [
      { labels: SWITCH, value: 0.75 },
      { labels: { ...HV1, vswitch: 'vSwitch02' }, value: 1 },
      { labels: { ...HV2, vswitch: 'vSwitch01' }, value: 0.1 },
    ],
  },
  {
    record: 'instance_vswitch:hyperv_vswitch_vf_occupancy:ratio',
    case: 'a vSwitch without VFs has none',
    series: vswitch(HV1, { vf_limit: 0, vf_in_use: 0 }),
    at: 10,
    samples: [],
  },
  {
    record: 'instance_vswitch:hyperv_vswitch_vf_free:sum',
    case: 'a host that can give none has 0, a paused one is no target',
    series: [
      ...vswitch(HV1, { vf_limit: 8, vf_in_use: 3, vf_requested: 3 }),
      ...vswitch(HV1, { vf_limit: 20, vf_in_use: 1, vf_requested: 1 }, 'vSwitch02'),
      ...up(HV1),
      ...vswitch(HV2, { vf_requested: 2 }),
      ...vswitch(HV3, { vf_limit: 8, vf_in_use: 0, vf_requested: 0 }),
      ...paused(HV3),
    ],
    at: 10,
    samples: [
      { labels: SWITCH, value: 5 },
      { labels: { ...HV1, vswitch: 'vSwitch02' }, value: 19 },
      { labels: { ...HV2, vswitch: 'vSwitch01' }, value: 0 },
    ],
  },
  {
    record: 'instance_vswitch:hyperv_failover_vf_shortfall:sum',
    case: 'what each host would lack on the others, of the vSwitch of that name; not of a paused host',
    series: [
      ...vswitch(HV1, { vf_limit: 8, vf_in_use: 6, vf_requested: 7 }),
      ...vswitch(HV1, { vf_limit: 8, vf_in_use: 1, vf_requested: 1 }, 'vSwitch02'),
      ...up(HV1),
      ...vswitch(HV2, { vf_limit: 8, vf_in_use: 5, vf_requested: 5 }),
      ...vswitch(HV2, { vf_limit: 60, vf_in_use: 2, vf_requested: 2 }, 'vSwitch02'),
      ...up(HV2),
      ...vswitch(HV3, { vf_limit: 60, vf_in_use: 4, vf_requested: 4 }),
      ...paused(HV3),
      ...vswitch(ELSEWHERE, { vf_limit: 90, vf_in_use: 0, vf_requested: 0 }),
    ],
    at: 10,
    samples: [
      { labels: SWITCH, value: 7 - 3 },
      { labels: { ...HV1, vswitch: 'vSwitch02' }, value: 1 - 58 },
      { labels: { ...HV2, vswitch: 'vSwitch01' }, value: 5 - 2 },
      { labels: { ...HV2, vswitch: 'vSwitch02' }, value: 2 - 7 },
      { labels: { ...ELSEWHERE, vswitch: 'vSwitch01' }, value: 0 },
    ],
  },
];
