import {
  flat,
  HV1,
  HV2,
  HV3,
  hostOf,
  one,
  paused,
  ramp,
  type RecordingTest,
  type Target,
  vnic,
  vnicIds,
  vswitch,
} from './define.ts';

const active = (of: Target, number: number, on: number) => vnic(of, number, { assigned: flat(on), active: flat(on) });

/** A VM on one path: processors busy, gigabytes per second each way by the counters of that path. */
const mover = (of: Target, number: number, on: number, cpu: number, gigabytes: number) => {
  const { vm, vm_id, vnic_id } = vnicIds(number);
  const path: readonly [string, Readonly<Record<string, string>>] =
    on === 1 ? ['hyperv_vf', { nic: 'NIC', vf: String(number), vm_id, vnic_id }] : ['hyperv_vnic', vnicIds(number)];
  return [
    ...active(of, number, on),
    one(of, 'hyperv_vm_cpu_seconds_total', { vm, vm_id, state: 'guest' }, ramp(cpu * 60)),
    one(of, `${path[0]}_receive_bytes_total`, path[1], ramp(gigabytes * 60e9)),
    one(of, `${path[0]}_transmit_bytes_total`, path[1], ramp(gigabytes * 60e9)),
  ];
};
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
  {
    record: 'cluster:hyperv_synthetic_cpu_seconds_per_gigabyte:ratio_rate5m',
    case: 'only those that are on it count',
    series: [...mover(HV1, 1, 0, 1, 0.25), ...mover(HV2, 2, 1, 1, 0.25)],
    at: 30,
    samples: [{ labels: C1, value: 2 }],
  },
  {
    record: 'cluster:hyperv_vf_cpu_seconds_per_gigabyte:ratio_rate5m',
    case: 'by the counters of the NIC',
    series: [...mover(HV1, 1, 0, 1, 0.25), ...mover(HV2, 2, 1, 0.25, 0.25)],
    at: 30,
    samples: [{ labels: C1, value: 0.5 }],
  },
  {
    record: 'cluster:hyperv_vf_cpu_seconds_per_gigabyte:ratio_rate5m',
    case: 'where no NIC counts the bytes of its VFs',
    series: mover(HV1, 1, 0, 1, 0.25),
    at: 30,
    samples: [],
  },
];
