import { flat, HV1, HV2, HV3, hostOf, paused, type RecordingTest, type Target, vnic, vswitch } from './define.ts';

const active = (of: Target, number: number, on: number) => vnic(of, number, { assigned: flat(on), active: flat(on) });

const C1 = { cluster: 'c1' };
const SWITCH = { ...hostOf(HV1), vswitch: 'vSwitch01' };

export const RECORDING_TESTS: readonly RecordingTest[] = [
  {
    record: 'cluster:hyperv_vnic_vf_path:ratio',
    case: 'three of four are on their VF, one of them seen on two hosts',
    series: [...[1, 2, 3].flatMap((number) => active(HV1, number, 1)), ...active(HV1, 4, 0), ...active(HV2, 3, 1)],
    at: 10,
    samples: [{ labels: C1, value: 0.75 }],
  },
  {
    record: 'cluster:hyperv_vnic_vf_path:ratio',
    case: 'none is: 0, not nothing',
    series: active(HV1, 1, 0),
    at: 10,
    samples: [{ labels: C1, value: 0 }],
  },
  {
    record: 'cluster:hyperv_vnic_fallback:ratio',
    case: 'all are on their VF: 0, not nothing',
    series: active(HV1, 1, 1),
    at: 10,
    samples: [{ labels: C1, value: 0 }],
  },
  {
    record: 'cluster:hyperv_vnic_vf_path:ratio',
    case: 'nobody asks: nothing, not 0',
    series: vnic(HV1, 1, { requested: flat(0) }),
    at: 10,
    samples: [],
  },
  {
    record: 'instance_vswitch:hyperv_vswitch_vf_occupancy:ratio',
    case: 'of the VFs that the vSwitch has',
    series: vswitch(HV1, { vf_limit: 64, vf_in_use: 48 }),
    at: 10,
    samples: [{ labels: { ...HV1, vswitch: 'vSwitch01' }, value: 0.75 }],
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
      ...vswitch(HV2, { vf_requested: 2 }),
      ...vswitch(HV3, { vf_limit: 8, vf_in_use: 0, vf_requested: 0 }),
      paused(HV3),
    ],
    at: 10,
    samples: [
      { labels: SWITCH, value: 5 },
      { labels: { ...hostOf(HV2), vswitch: 'vSwitch01' }, value: 0 },
    ],
  },
];
