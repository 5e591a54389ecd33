import {
  flat,
  HV1,
  never,
  NIC,
  one,
  type RuleTest,
  steps,
  until,
  type Values,
  vnic,
  vnicIds,
  vswitch,
} from './define.ts';

const pool = (limit: number, inUse: Values | number, more: Readonly<Record<string, Values | number>> = {}) =>
  vswitch(HV1, { vf_limit: limit, vf_in_use: inUse, ...more });
const ofVswitch = (severity: string) => ({ ...HV1, vswitch: 'vSwitch01', severity });

const near = (left: number) => ({
  labels: ofVswitch('info'),
  annotations: {
    summary: 'A vSwitch has few VFs left.',
    description: `The vSwitch vSwitch01 on hv01:10182 has ${left} VFs left. The next virtual machines that start will run on the synthetic path.`,
  },
});
const exhausted = {
  labels: ofVswitch('warning'),
  annotations: {
    summary: 'A vSwitch has no VF left and virtual NICs wait for one.',
    description:
      'All VFs of the vSwitch vSwitch01 on hv01:10182 are in use, and 5 virtual NICs that ask for one are on the synthetic path. Set IovWeight to 0 on a virtual machine that does not need its VF, raise NumVFs (at the hardware limit, raise the number of VFs in the firmware of the NIC), or move a virtual machine to another host.',
  },
};
const predicted = (number: string) => ({
  labels: ofVswitch('info'),
  annotations: {
    summary: 'The VF pool of a vSwitch is predicted to be full within a day.',
    description: `At the rate of the last 6 hours, the vSwitch vSwitch01 on hv01:10182 will need ${number} VFs in a day, which is more than it has.`,
  },
});

const PAIRS_SUMMARY = 'A vSwitch has VFs left, but too few queue pairs or vPorts for them.';
const noPairs = {
  labels: ofVswitch('warning'),
  annotations: {
    summary: PAIRS_SUMMARY,
    description:
      'On hv01:10182, vSwitch vSwitch01, VFs are left but no queue pairs or vPorts for them, and virtual NICs wait for a VF. Check IovQueuePairsRequested of the virtual NICs.',
  },
};
const fewerPairs = {
  labels: { ...ofVswitch('warning'), ...vnicIds(1) },
  annotations: {
    summary: PAIRS_SUMMARY,
    description:
      'On hv01:10182, vSwitch vSwitch01, the virtual NIC Network Adapter of sql01 got 1 queue pairs, fewer than it asked for. Check IovQueuePairsRequested of the virtual NICs.',
  },
};
const pairs = (assigned: number, finding: string) => [
  ...vnic(HV1, 1, { assigned: flat(1), active: flat(1) }),
  one(HV1, 'hyperv_vnic_queue_pairs_assigned', vnicIds(1), flat(assigned)),
  one(HV1, 'hyperv_vnic_finding', { ...vnicIds(1), finding, severity: 'info' }, flat(1)),
];

const vport = (number: string, activated: Values, owner: Readonly<Record<string, string>>) => [
  one(HV1, 'hyperv_vport_info', { nic: NIC, vport: number, ...owner }, flat(1)),
  one(HV1, 'hyperv_vport_activated', { nic: NIC, vport: number }, activated),
];
const OWNER = { vf: '2', vm: 'sql01', vm_id: 'vm-1', vnic_id: 'vnic-1' };
const notActivated = {
  labels: { ...HV1, nic: NIC, vport: '3', vm: 'sql01', vm_id: 'vm-1', vnic_id: 'vnic-1', severity: 'warning' },
  annotations: {
    summary: 'The vPort of a virtual machine is not activated.',
    description: `On hv01:10182, the vPort 3 of the NIC ${NIC} for sql01 has not been activated for 10 minutes. The virtual machine cannot send traffic through it.`,
  },
};

export const poolTests: readonly RuleTest[] = [
  {
    alert: 'SriovVfPoolNearExhaustion',
    case: 'one VF left of 62',
    series: pool(62, steps([40, 10], [61, 60])),
    checks: [...never(9, 35), { at: 45, fires: [near(1)] }],
  },
  {
    alert: 'SriovVfPoolNearExhaustion',
    case: 'three left',
    series: pool(62, 59),
    checks: never(45, 90),
  },
  {
    alert: 'SriovVfPoolNearExhaustion',
    case: 'a NIC that has no more than two',
    series: pool(2, 2),
    checks: never(45, 90),
  },
  {
    alert: 'SriovVfPoolNearExhaustion',
    case: 'two left of eight: a quarter of it',
    series: pool(8, 6),
    checks: never(45, 90),
  },
  {
    alert: 'SriovVfPoolNearExhaustion',
    case: 'the exporter is no longer scraped',
    series: until(50, pool(62, 61)),
    checks: [{ at: 45, fires: [near(1)] }, ...never(52)],
  },
  {
    alert: 'SriovVfPoolExhausted',
    case: 'all are in use, and five virtual NICs wait',
    series: pool(62, 62, { vf_waiting: steps([0, 10], [5, 60]) }),
    checks: [...never(9, 18), { at: 22, fires: [exhausted] }],
  },
  {
    alert: 'SriovVfPoolExhausted',
    case: 'nobody waits: a full pool harms nobody',
    series: pool(62, 62, { vf_waiting: 0 }),
    checks: never(22, 60),
  },
  {
    alert: 'SriovVfPoolExhausted',
    case: 'one is free',
    series: pool(62, 61, { vf_waiting: 5 }),
    checks: never(22, 60),
  },
  {
    alert: 'SriovVfPoolExhausted',
    case: 'a vSwitch that has none to give',
    series: pool(0, 0, { vf_waiting: 5 }),
    checks: never(22, 60),
  },
  {
    alert: 'SriovVfPoolExhausted',
    case: 'the exporter is no longer scraped',
    series: until(30, pool(62, 62, { vf_waiting: 5 })),
    checks: [{ at: 22, fires: [exhausted] }, ...never(32)],
  },
  {
    alert: 'SriovVfPoolPredictedFull',
    case: 'a slow staircase',
    series: pool(62, steps([40, 60], [42, 60], [44, 60], [46, 60], [48, 60], [50, 60], [52, 120]), {
      vf_limit: flat(62, 480),
    }),
    // Six hours of history come first, and then the hour.
    checks: [...never(100, 330, 410), { at: 430, fires: [predicted('99.5')] }],
  },
  {
    alert: 'SriovVfPoolPredictedFull',
    case: 'one step only',
    series: pool(62, steps([40, 120], [50, 300]), { vf_limit: flat(62, 420) }),
    checks: never(130, 190, 240, 330),
  },
  {
    alert: 'SriovVfPoolPredictedFull',
    case: 'half of it is free: too early to say',
    series: pool(62, steps([28, 60], [30, 60], [32, 60], [34, 60], [36, 120]), { vf_limit: flat(62, 360) }),
    checks: never(200, 330),
  },
  {
    alert: 'SriovQueuePairsExhausted',
    case: 'VFs are left, queue pairs are not, and virtual NICs wait',
    series: pool(62, 40, { vf_usable: steps([3, 10], [0, 60]), vf_waiting: 2 }),
    checks: [...never(9, 23), { at: 27, fires: [noPairs] }],
  },
  {
    alert: 'SriovQueuePairsExhausted',
    case: 'a virtual NIC got fewer than it asked for',
    series: pairs(1, 'queue_pairs_clamped'),
    checks: [...never(12), { at: 18, fires: [fewerPairs] }],
  },
  {
    alert: 'SriovQueuePairsExhausted',
    case: 'nobody waits',
    series: pool(62, 40, { vf_usable: 0, vf_waiting: 0 }),
    checks: never(27, 60),
  },
  {
    alert: 'SriovQueuePairsExhausted',
    case: 'no VF is left either: another alert',
    series: pool(62, 62, { vf_usable: 0, vf_waiting: 5 }),
    checks: never(27, 60),
  },
  {
    alert: 'SriovQueuePairsExhausted',
    case: 'it got what it asked for: another finding about it',
    series: pairs(4, 'policy_not_enforced_on_vf'),
    checks: never(27, 60),
  },
  {
    alert: 'SriovVportNotActivated',
    case: 'the vPort of a virtual machine stays off',
    series: vport('3', steps([1, 10], [0, 60]), OWNER),
    checks: [...never(9, 18), { at: 22, fires: [notActivated] }],
  },
  {
    alert: 'SriovVportNotActivated',
    case: 'a vPort without an owner, as the default one',
    series: vport('0', flat(0), {}),
    checks: never(22, 60),
  },
  {
    alert: 'SriovVportNotActivated',
    case: 'while it is made',
    series: vport('3', steps([0, 5], [1, 60]), OWNER),
    checks: never(4, 12, 22),
  },
];
