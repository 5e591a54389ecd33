import { flat, HV1, never, one, ramp, type RuleTest, until, vnic, vnicIds } from './define.ts';

/** Packets per second that a virtual NIC receives. */
const receives = (number: number, perSecond: number, minutes = 100) =>
  one(HV1, 'hyperv_vnic_receive_packets_total', vnicIds(number), ramp(perSecond * 60, minutes));

interface Queues {
  readonly allocated?: number;
  readonly weight?: number;
  readonly packets?: number;
  readonly finding?: string;
  readonly minutes?: number;
}
/** A virtual NIC with heavy inbound traffic and no queue, on a vSwitch without SR-IOV whose queues are all taken. */
function starved({
  allocated = 0,
  weight = 100,
  packets = 60_000,
  finding = 'vmq_exhausted',
  minutes = 100,
}: Queues = {}) {
  return [
    ...vnic(HV1, 1, { requested: flat(0, minutes) }),
    receives(1, packets, minutes),
    one(HV1, 'hyperv_vnic_vmq_allocated', vnicIds(1), flat(allocated, minutes)),
    one(HV1, 'hyperv_vnic_vmq_weight', vnicIds(1), flat(weight, minutes)),
    one(HV1, 'hyperv_vswitch_finding', { vswitch: 'vSwitch01', finding, severity: 'warning' }, flat(1, minutes)),
  ].map((each) => ({ ...each, values: each.values.length > minutes ? each.values : flat(1, minutes) }));
}
const starving = {
  labels: { ...HV1, ...vnicIds(1), vswitch: 'vSwitch01', severity: 'warning' },
  annotations: {
    summary: 'A virtual NIC with heavy inbound traffic has no VM queue and none is free.',
    description:
      'The virtual NIC Network Adapter of sql01 on hv01:10182 (vSwitch vSwitch01) receives 60k packets per second through the default queue, because every VM queue is in use. Hyper-V allocates VM queues first come, first served.',
  },
};

const LONG = 200;
const holder = (packets: number) =>
  [
    ...vnic(HV1, 2, { requested: flat(0) }),
    receives(2, packets, LONG),
    one(HV1, 'hyperv_vnic_vmq_allocated', vnicIds(2), flat(1)),
  ].map((each) => ({ ...each, values: each.values.length > LONG ? each.values : flat(each.values[0] ?? 0, LONG) }));
const idle = {
  labels: { ...HV1, ...vnicIds(2), vswitch: 'vSwitch01', severity: 'info' },
  annotations: {
    summary: 'An idle virtual NIC holds a VM queue that a busy virtual NIC needs.',
    description:
      'The virtual NIC Network Adapter of sql02 on hv01:10182 (vSwitch vSwitch01) holds a VM queue but received at most 2 packets per second in the last 6 hours, while a busy virtual NIC has no VM queue. Set VmqWeight of the idle virtual NIC to 0.',
  },
};

/** A VM with two processors: so much of them busy, so many bytes per second each way. */
const loaded = (busy: number, bytesEachWay: number, active = 0) => {
  const vm = { vm: 'sql01', vm_id: 'vm-1' };
  return [
    ...vnic(HV1, 1, { assigned: flat(active), active: flat(active) }),
    one(HV1, 'hyperv_vm_processors', vm, flat(2)),
    one(HV1, 'hyperv_vm_cpu_seconds_total', { ...vm, state: 'guest' }, ramp(busy * 2 * 60)),
    one(HV1, 'hyperv_vm_cpu_seconds_total', { ...vm, state: 'hypervisor' }, ramp(6)),
    one(HV1, 'hyperv_vnic_receive_bytes_total', vnicIds(1), ramp(bytesEachWay * 60)),
    one(HV1, 'hyperv_vnic_transmit_bytes_total', vnicIds(1), ramp(bytesEachWay * 60)),
  ];
};
const burning = {
  labels: { ...HV1, vm: 'sql01', vm_id: 'vm-1', severity: 'warning' },
  annotations: {
    summary: 'A virtual machine that asks for a VF has high guest CPU on the synthetic path.',
    description:
      'The virtual machine sql01 on hv01:10182 uses 95% of its virtual processors, with heavy traffic over the synthetic path. The same traffic uses less CPU on the VF.',
  },
};

const not = (what: string, changed: Queues): RuleTest => ({
  alert: 'SriovVmqStarved',
  case: what,
  series: starved(changed),
  checks: never(25, 60),
});

export const loadTests: readonly RuleTest[] = [
  {
    alert: 'SriovVmqStarved',
    case: 'heavy inbound traffic, no queue, and none is free',
    series: starved(),
    checks: [...never(12), { at: 25, fires: [starving] }],
  },
  not('its vSwitch has queues left, or needs none: another finding about it', { finding: 'set_member_uneven' }),
  not('it has a queue', { allocated: 1 }),
  not('it does not ask for a queue', { weight: 0 }),
  not('little traffic', { packets: 40_000 }),
  {
    alert: 'SriovVmqStarved',
    case: 'the exporter is no longer scraped',
    series: until(30, starved()),
    checks: [{ at: 25, fires: [starving] }, ...never(40)],
  },
  {
    alert: 'SriovVmqHeldByIdleVm',
    case: 'it hardly receives anything while another is starved',
    series: [...starved({ minutes: LONG }), ...holder(2)],
    checks: [...never(50), { at: 100, fires: [idle] }],
  },
  {
    alert: 'SriovVmqHeldByIdleVm',
    case: 'it uses its queue',
    series: [...starved({ minutes: LONG }), ...holder(500)],
    checks: never(100, 180),
  },
  {
    alert: 'SriovVmqHeldByIdleVm',
    case: 'nobody is starved',
    series: [...starved({ minutes: LONG, packets: 100 }), ...holder(2)],
    checks: never(100, 180),
  },
  {
    alert: 'SriovGuestCpuHighOnSynthetic',
    case: 'CPU and traffic are high, and it waits for a VF',
    series: loaded(0.95, 100e6),
    checks: [...never(12), { at: 25, fires: [burning] }],
  },
  {
    alert: 'SriovGuestCpuHighOnSynthetic',
    case: 'a CPU hog without traffic',
    series: loaded(0.95, 10e6),
    checks: never(25, 60),
  },
  {
    alert: 'SriovGuestCpuHighOnSynthetic',
    case: 'traffic without load',
    series: loaded(0.5, 100e6),
    checks: never(25, 60),
  },
  {
    alert: 'SriovGuestCpuHighOnSynthetic',
    case: 'it is on its VF',
    series: loaded(0.95, 100e6, 1),
    checks: never(25, 60),
  },
  {
    alert: 'SriovGuestCpuHighOnSynthetic',
    case: 'the exporter is no longer scraped',
    series: until(30, loaded(0.95, 100e6)),
    checks: [{ at: 25, fires: [burning] }, ...never(42)],
  },
];
