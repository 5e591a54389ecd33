import {
  up,
  after,
  ELSEWHERE,
  flat,
  from,
  HV1,
  HV2,
  never,
  one,
  paused,
  ramp,
  type RuleTest,
  type Series,
  remedyIn,
  steps,
  type Target,
  until,
  type Values,
  vnic,
  vnicIds,
  vnicsByPath,
} from './define.ts';

const fallback = (of: Target, number: number) => ({
  labels: { ...of, ...vnicIds(number), vswitch: 'vSwitch01', severity: 'warning' },
  annotations: {
    summary: 'A virtual NIC that asks for a VF is on the synthetic path.',
    description: `The virtual NIC Network Adapter of sql0${number} on ${of.instance} (vSwitch vSwitch01) has had no VF for 10 minutes. It works, but it is slower and uses host CPU.`,
    remedy: remedyIn(of),
  },
});
const notUsed = (of: Target) => ({
  labels: { ...of, ...vnicIds(1), vswitch: 'vSwitch01', severity: 'warning' },
  annotations: {
    summary: 'A virtual NIC has a VF that its guest does not use.',
    description: `The host has assigned a VF to the virtual NIC Network Adapter of sql01 on ${of.instance} (vSwitch vSwitch01), but the guest has not used it for 15 minutes. Check the VF driver in the guest, then the NIC driver of the host.`,
    remedy: remedyIn(of),
  },
});

/** On its VF for so many minutes, and then off it. */
const lostAt = (minute: number): Values => steps([1, minute], [0, 90]);
/** vm-1 to vm-N, of which the first `gone` lose their VF at that minute. */
const fleet = (size: number, gone: number, minute: number, settling?: readonly [string, Values]) => [
  ...up(HV1),
  ...vnicsByPath(HV1, size),
  ...Array.from({ length: size }, (_, index) => {
    const loses = index < gone;
    const active = loses ? lostAt(minute) : flat(1);
    return vnic(HV1, index + 1, { assigned: active, active, ...(loses && settling ? { settling } : {}) });
  }).flat(),
];
/** Virtual NICs whose NIC restarts at minute 20. */
const restarted = (
  state: Parameters<typeof vnic>[2],
  numbers: readonly number[] = [1, 2, 3],
  asking: Values | number = numbers.length,
) => [
  ...vnicsByPath(HV1, asking),
  ...numbers.flatMap((number) =>
    vnic(HV1, number, { assigned: flat(1), ...state, settling: ['nic_restart', from(20, flat(1))] }),
  ),
];
const mass = (count: number) => ({
  labels: { ...HV1, severity: 'critical' },
  annotations: {
    summary: 'Most virtual NICs of a Hyper-V host have lost their VF within the hour.',
    description: `On hv01:10182, ${count} virtual NICs that used their VF within the last hour no longer do. They are most of the virtual NICs that ask for a VF.`,
  },
});

const isFallback = ({ name }: Series): boolean => name === 'hyperv_vnic_fallback';

const transitions = (toVf: Values, toSynthetic: Values) => [
  one(HV1, 'hyperv_vnic_path_transitions_total', { ...vnicIds(1), to: 'vf' }, toVf),
  one(HV1, 'hyperv_vnic_path_transitions_total', { ...vnicIds(1), to: 'synthetic' }, toSynthetic),
];
const flapping = (times: string) => ({
  labels: { ...HV1, ...vnicIds(1), severity: 'warning' },
  annotations: {
    summary: 'A virtual NIC keeps switching between its VF and the synthetic path.',
    description: `The virtual NIC Network Adapter of sql01 on hv01:10182 changed its path ${times} times in 30 minutes. Two or three changes at a boot and one at a live migration are normal.`,
  },
});

export const fallbackTests: readonly RuleTest[] = [
  {
    alert: 'SriovVfFallback',
    case: 'it loses its VF, and gets it back at minute 40',
    series: vnic(HV1, 1, { active: steps([1, 10], [0, 30], [1, 50]), reason: 'vf_pool_exhausted' }),
    checks: [
      ...never(9, 18),
      { at: 22, fires: [fallback(HV1, 1)] },
      // It goes on firing for five minutes: one good poll is no recovery.
      { at: 43, fires: [fallback(HV1, 1)] },
      ...never(47),
    ],
  },
  {
    alert: 'SriovVfFallback',
    case: 'the same virtual machine at two sites, and another one',
    series: [...vnic(HV1, 1), ...vnic(ELSEWHERE, 1), ...vnic(HV2, 2)],
    checks: [{ at: 13, fires: [fallback(HV1, 1), fallback(ELSEWHERE, 1), fallback(HV2, 2)] }],
  },
  {
    alert: 'SriovVfFallback',
    case: 'the reason changes: it goes on',
    series: [
      ...until(8, vnic(HV1, 1, { reason: 'vf_pool_exhausted' })).filter(isFallback),
      ...after(8, vnic(HV1, 1, { reason: 'switch_iov_off' })).filter(isFallback),
      ...vnic(HV1, 1).filter((series) => !isFallback(series)),
    ],
    checks: [...never(8), { at: 13, fires: [fallback(HV1, 1)] }],
  },
  {
    alert: 'SriovVfFallback',
    case: 'it does not ask for a VF',
    series: vnic(HV1, 1, { requested: flat(0) }),
    checks: never(13, 60),
  },
  {
    alert: 'SriovVfFallback',
    case: 'it is on its VF',
    series: vnic(HV1, 1, { assigned: flat(1), active: flat(1) }),
    checks: never(13, 60),
  },
  {
    alert: 'SriovVfFallback',
    case: 'it has a VF that its guest does not use: another alert',
    series: vnic(HV1, 1, { assigned: flat(1) }),
    checks: never(13, 60),
  },
  ...['migration', 'vm_start', 'nic_restart'].map((cause) => ({
    alert: 'SriovVfFallback',
    case: `it settles (${cause})`,
    series: vnic(HV1, 1, { settling: [cause, flat(1)] }),
    checks: never(13, 60),
  })),
  {
    alert: 'SriovVfFallback',
    case: 'just booted: ten minutes count from when it has settled',
    series: vnic(HV1, 1, { settling: ['vm_start', steps([1, 5], [undefined, 60])] }),
    checks: [...never(12), { at: 17, fires: [fallback(HV1, 1)] }],
  },
  {
    alert: 'SriovVfFallback',
    case: 'a live migration: `for` starts again on the new host',
    series: [...until(20, vnic(HV1, 1)), ...after(20, vnic(HV2, 1))],
    checks: [{ at: 13, fires: [fallback(HV1, 1)] }, ...never(28), { at: 32, fires: [fallback(HV2, 1)] }],
  },
  {
    alert: 'SriovVfFallback',
    case: 'the state becomes unknown: `for` starts again when it is known again',
    series: vnic(HV1, 1, { active: steps([0, 8], [undefined, 3], [0, 60]) }),
    checks: [...never(9, 13, 19), { at: 23, fires: [fallback(HV1, 1)] }],
  },
  {
    alert: 'SriovVfFallback',
    case: 'the exporter is no longer scraped',
    series: until(20, vnic(HV1, 1)),
    checks: [{ at: 13, fires: [fallback(HV1, 1)] }, { at: 23, fires: [fallback(HV1, 1)] }, ...never(27, 60)],
  },
  {
    alert: 'SriovVfNotUsedByGuest',
    case: 'the guest lost its driver',
    series: vnic(HV1, 1, { assigned: flat(1), active: lostAt(10), reason: 'guest_vf_driver_inactive' }),
    checks: [...never(9, 23), { at: 27, fires: [notUsed(HV1)] }],
  },
  {
    alert: 'SriovVfNotUsedByGuest',
    case: 'no VF was assigned: another alert',
    series: vnic(HV1, 1),
    checks: never(27, 60),
  },
  {
    alert: 'SriovVfNotUsedByGuest',
    case: 'weight 0, the VF is about to be taken away',
    series: vnic(HV1, 1, { requested: flat(0), assigned: flat(1) }),
    checks: never(27, 60),
  },
  {
    alert: 'SriovVfNotUsedByGuest',
    case: 'it settles',
    series: vnic(HV1, 1, { assigned: flat(1), settling: ['vm_start', flat(1)] }),
    checks: never(27, 60),
  },
  {
    alert: 'SriovVfNotUsedByGuest',
    case: 'a live migration: `for` starts again on the new host',
    series: [
      ...until(10, vnic(HV1, 1, { assigned: flat(1) })),
      ...after(10, vnic(HV2, 1, { assigned: flat(1), reason: 'guest_vf_driver_inactive' })),
    ],
    checks: [...never(17, 23), { at: 27, fires: [notUsed(HV2)] }],
  },
  {
    alert: 'SriovVfNotUsedByGuest',
    case: 'the exporter is no longer scraped',
    series: until(20, vnic(HV1, 1, { assigned: flat(1), reason: 'guest_vf_driver_inactive' })),
    checks: [{ at: 18, fires: [notUsed(HV1)] }, ...never(22)],
  },
  {
    alert: 'SriovVfPathFlapping',
    case: 'six changes in half an hour, which pass',
    series: transitions(steps([0, 8], [1, 8], [2, 8], [3, 70]), steps([0, 4], [1, 8], [2, 8], [3, 70])),
    checks: [...never(3, 24), { at: 32, fires: [flapping('6')] }, { at: 42, fires: [flapping('6')] }, ...never(60)],
  },
  {
    alert: 'SriovVfPathFlapping',
    case: 'five changes, which increase() makes more than five of',
    series: transitions(steps([0, 12], [1, 8], [2, 80]), steps([0, 8], [1, 8], [2, 8], [3, 70])),
    checks: never(18, 30, 32, 60),
  },
  {
    alert: 'SriovVfPathFlapping',
    case: 'a live migration: one change',
    series: transitions(steps([0, 30], [1, 60]), steps([0, 30], [1, 60])),
    checks: never(31, 45),
  },
  {
    alert: 'SriovVfPathFlapping',
    case: 'the agent restarts and counts from 0',
    series: transitions(steps([40, 30], [0, 60]), steps([41, 30], [0, 60])),
    checks: never(31, 45, 70),
  },
  {
    alert: 'SriovVfPathFlapping',
    case: 'the exporter is no longer scraped',
    series: until(40, transitions(ramp(1), ramp(1))),
    checks: [{ at: 39, fires: [flapping('60')] }, ...never(99)],
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'three of four lose their VF',
    series: fleet(4, 3, 20),
    // After an hour it is no loss any more, but a state that has alerts of its own.
    checks: [...never(19, 23), { at: 27, fires: [mass(3)] }, { at: 92, fires: [mass(3)] }, ...never(99)],
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'a NIC restart does not mute it: that is what it is for',
    series: fleet(4, 3, 20, ['nic_restart', from(20, flat(1))]),
    checks: [...never(19), { at: 27, fires: [mass(3)] }],
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'a NIC restarts, and they are back on their VF at once',
    series: restarted({ active: flat(1) }),
    checks: never(24, 40, 70),
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'a NIC restarts, and they no longer ask for a VF',
    series: restarted({ active: lostAt(20), requested: lostAt(20) }, [1, 2, 3], steps([3, 20], [0, 90])),
    checks: never(24, 40, 70),
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'of three virtual NICs whose NIC restarts one loses its VF: not all three',
    series: [
      ...restarted({ active: flat(1) }, [1, 2]),
      ...vnic(HV1, 3, { active: lostAt(20), settling: ['nic_restart', from(20, flat(1))] }),
    ],
    checks: never(24, 40, 70),
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'they lose a VF that their guests did not use',
    series: [...vnicsByPath(HV1, 3), ...[1, 2, 3].flatMap((number) => vnic(HV1, number, { assigned: lostAt(20) }))],
    checks: never(24, 40, 70),
  },
  ...['vm_start', 'migration'].map((cause) => ({
    alert: 'SriovHostMassFallback',
    case: `they settle (${cause}): a patch reboot, an evacuation`,
    series: fleet(4, 3, 20, [cause, from(20, flat(1))]),
    checks: never(24, 40, 70),
  })),
  {
    alert: 'SriovHostMassFallback',
    case: 'the node is paused for maintenance',
    series: [...fleet(4, 3, 20).filter(({ name }) => name !== 'hyperv_cluster_node_state'), ...paused(HV1)],
    checks: never(24, 40, 70),
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'they never had a VF: a state that was always so does not page',
    series: [...vnicsByPath(HV1, 4), ...[1, 2, 3, 4].flatMap((number) => vnic(HV1, number))],
    checks: never(10, 24, 70),
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'half of them, not more',
    series: fleet(6, 3, 20),
    checks: never(24, 40),
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'most virtual NICs become unknown: those that lost their VF before are no majority',
    series: [
      ...fleet(8, 3, 20).filter(({ name }) => !name.startsWith('hyperv_vswitch_')),
      ...vnicsByPath(HV1, steps([8, 25], [3, 80]), steps([0, 25], [5, 80])),
    ].map((series) =>
      /vnic-[4-8]/.test(series.labels['vnic_id'] ?? '') && /_vf_/.test(series.name)
        ? { ...series, values: series.values.map((value, minute) => (minute < 25 ? value : undefined)) }
        : series,
    ),
    checks: never(24, 32, 60),
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'two of two: too few to be the host',
    series: fleet(2, 2, 20),
    checks: never(24, 40),
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'they lost it on a host of that name at another site',
    series: [...fleet(4, 1, 20), ...[1, 2, 3].flatMap((number) => vnic(ELSEWHERE, number))],
    checks: never(24, 40),
  },
  {
    alert: 'SriovHostMassFallback',
    case: 'the exporter is no longer scraped',
    series: until(30, fleet(4, 3, 20)),
    checks: [{ at: 28, fires: [mass(3)] }, { at: 43, fires: [mass(3)] }, ...never(49)],
  },
];
