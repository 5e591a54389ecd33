import {
  after,
  ELSEWHERE,
  type Firing,
  flat,
  HV1,
  HV2,
  HV3,
  HV9,
  never,
  NIC,
  one,
  paused,
  ramp,
  type RuleTest,
  type Series,
  steps,
  type Target,
  until,
  type Values,
  vnic,
  vnicIds,
  vnicsByPath,
  vswitch,
} from './define.ts';

/*
 * Where a rule changes its result: values at a threshold and next to it, times just before and after a wait, and conditions that hold,
 * but of different objects. Mutants of the rules (`npm run mutate:rules`) showed that these were missing.
 */

/** A counter, by what it gains in each minute */
const counter = (gain: (minute: number) => number, minutes = 100): Values => {
  let value = 0;
  return [0, ...Array.from({ length: minutes }, (_, minute) => (value += gain(minute)))];
};
/** Five minutes of it, then five minutes of nothing, and so on */
const inBursts =
  (perSecond: number) =>
  (minute: number): number =>
    minute % 10 < 5 ? perSecond * 60 : 0;

/** Of another host, of a host of the same name at another site, and of another vSwitch of the same host */
const strangers = (values: Parameters<typeof vswitch>[1]): Series[] => [
  ...[HV9, ELSEWHERE].flatMap((of) => vswitch(of, values)),
  ...vswitch(HV1, values, 'vSwitch02'),
];

/** Cases of `tests`' alerts. What fires has the texts of the first case that fires, with these words changed. */
export function edgeTests(tests: readonly RuleTest[]): readonly RuleTest[] {
  const firing = (alert: string, ...changes: readonly (readonly [from: string, to: string])[]): Firing => {
    const first = tests
      .filter((test) => test.alert === alert)
      .flatMap(({ checks }) => checks.flatMap((check) => check.fires));
    const [found] = first;
    if (found === undefined) throw new Error(`no case of ${alert} fires`);
    let text = JSON.stringify(found.annotations);
    for (const [word, other] of changes) {
      if (!text.includes(word)) throw new Error(`${alert} does not say ${word}: ${text}`);
      text = text.replaceAll(word, other);
    }
    return { labels: found.labels, annotations: JSON.parse(text) as Firing['annotations'] };
  };
  const at = (minute: number, ...fires: readonly Firing[]) => ({ at: minute, fires });

  return [...pools(), ...predicted(), ...load(), ...addresses(), ...hosts(), ...exporter(), ...cluster()];

  function pools(): RuleTest[] {
    const near = 'SriovVfPoolNearExhaustion';
    const exhausted = 'SriovVfPoolExhausted';
    const pairs = 'SriovQueuePairsExhausted';
    return [
      {
        alert: near,
        case: 'two left, no more',
        series: vswitch(HV1, { vf_limit: 62, vf_in_use: 60 }),
        checks: [at(45, firing(near, ['has 1 VFs', 'has 2 VFs']))],
      },
      {
        alert: near,
        case: 'all four of a small NIC',
        series: vswitch(HV1, { vf_limit: 4, vf_in_use: 4 }),
        checks: [at(45, firing(near, ['has 1 VFs', 'has 0 VFs']))],
      },
      {
        alert: near,
        case: 'two left of ten: 80 %, no more',
        series: vswitch(HV1, { vf_limit: 10, vf_in_use: 8 }),
        checks: never(45, 90),
      },
      {
        alert: near,
        case: 'few are left here, and most are in use elsewhere',
        series: [...vswitch(HV1, { vf_limit: 8, vf_in_use: 6 }), ...strangers({ vf_limit: 62, vf_in_use: 55 })],
        checks: never(45, 90),
      },
      {
        alert: exhausted,
        case: 'one virtual NIC waits for the only VF',
        series: vswitch(HV1, { vf_limit: 1, vf_in_use: 1, vf_waiting: 1 }),
        checks: [at(22, firing(exhausted, ['5 virtual NICs', '1 virtual NICs']))],
      },
      {
        alert: exhausted,
        case: 'virtual NICs wait here, and all VFs are in use elsewhere',
        series: [
          ...vswitch(HV1, { vf_limit: 62, vf_in_use: 61, vf_waiting: 5 }),
          ...strangers({ vf_limit: 62, vf_in_use: 62, vf_waiting: 0 }),
        ],
        checks: never(22, 60),
      },
      {
        alert: pairs,
        case: 'one VF is left and one virtual NIC waits',
        series: vswitch(HV1, { vf_limit: 62, vf_in_use: 61, vf_usable: 0, vf_waiting: 1 }),
        checks: [at(27, firing(pairs))],
      },
      {
        alert: pairs,
        case: 'no queue pairs are left here, and virtual NICs wait elsewhere',
        series: [
          ...vswitch(HV1, { vf_limit: 62, vf_in_use: 40, vf_usable: 0, vf_waiting: 0 }),
          ...strangers({ vf_limit: 62, vf_in_use: 40, vf_usable: 3, vf_waiting: 5 }),
        ],
        checks: never(27, 60),
      },
      {
        alert: 'SriovVportNotActivated',
        case: 'beside another one of the NIC that is',
        series: (['1', '2'] as const).flatMap((number) => [
          one(HV1, 'hyperv_vport_info', { nic: NIC, vport: number === '1' ? '3' : '4', ...vnicOwner(number) }, flat(1)),
          one(
            HV1,
            'hyperv_vport_activated',
            { nic: NIC, vport: number === '1' ? '3' : '4' },
            flat(number === '1' ? 0 : 1),
          ),
        ]),
        checks: [at(22, firing('SriovVportNotActivated'))],
      },
    ];
  }

  function predicted(): RuleTest[] {
    const alert = 'SriovVfPoolPredictedFull';
    const pool = (inUse: Values, limit = 62): Series[] =>
      vswitch(HV1, { vf_limit: flat(limit, 600), vf_in_use: inUse });
    const elsewhere = (inUse: Values): Series[] => strangers({ vf_limit: flat(62, 600), vf_in_use: inUse });
    const rising = (first: number): Values =>
      steps(...[0, 1, 2, 3].map((step) => [first + 2 * step, 60] as const), [first + 8, 361]);
    return [
      {
        alert,
        case: '60 % are in use, no more; elsewhere more are, for long',
        series: [...pool(rising(28), 60), ...elsewhere(flat(50, 600))],
        checks: never(330, 430, 460),
      },
      {
        alert,
        case: 'it rises, but not so fast',
        series: pool(steps([40, 200], [41, 120], [42, 281])),
        checks: never(330, 430, 460),
      },
      {
        alert,
        case: 'one step; elsewhere there are many',
        series: [
          ...pool(steps([40, 200], [52, 401])),
          ...elsewhere(steps(...Array.from({ length: 60 }, (_, index) => [10 + (index % 2), 10] as const))),
        ],
        checks: never(430, 460, 500),
      },
      {
        alert,
        case: 'two steps',
        series: pool(steps([40, 200], [46, 100], [52, 301])),
        checks: [...never(330), at(460, firing(alert, ['need 99.5 VFs', 'need 119.3 VFs']))],
      },
      {
        alert,
        case: 'two steps, of which one is long ago',
        series: pool(steps([40, 60], [46, 400], [52, 141])),
        checks: never(480, 530, 590),
      },
      {
        alert,
        case: 'the only VF of a vSwitch',
        series: pool(steps([0, 100], [1, 100], [0, 20], [1, 381]), 1),
        checks: [...never(330), at(430, firing(alert, ['need 99.5 VFs', 'need 3.248 VFs']))],
      },
      {
        alert,
        case: 'a host that was not there six hours ago, beside others that were',
        series: after(200, pool(steps([0, 200], [40, 60], [46, 60], [52, 281]))),
        checks: never(430, 470, 530),
      },
    ];
  }

  function load(): RuleTest[] {
    const starved = 'SriovVmqStarved';
    const idle = 'SriovVmqHeldByIdleVm';
    const cpu = 'SriovGuestCpuHighOnSynthetic';
    const NO_VF = { requested: flat(0, 600), active: flat(0, 600), assigned: flat(0, 600) };
    const receives = (of: Target, number: number, packets: Values, allocated: number, weight = 100): Series[] => [
      ...vnic(of, number, NO_VF).map((each) => ({ ...each, values: flat(each.values[0] ?? 0, packets.length - 1) })),
      one(of, 'hyperv_vnic_receive_packets_total', vnicIds(number), packets),
      one(of, 'hyperv_vnic_vmq_allocated', vnicIds(number), flat(allocated, packets.length - 1)),
      one(of, 'hyperv_vnic_vmq_weight', vnicIds(number), flat(weight, packets.length - 1)),
    ];
    const noneLeft = (of: Target, name = 'vSwitch01', minutes = 100): Series =>
      one(
        of,
        'hyperv_vswitch_finding',
        { vswitch: name, finding: 'vmq_exhausted', severity: 'warning' },
        flat(1, minutes),
      );
    const packets = (perSecond: number, minutes = 100): Values => ramp(perSecond * 60, minutes);
    const queueTests: RuleTest[] = [
      {
        alert: starved,
        case: 'it ends: five minutes later it is over',
        series: [
          ...receives(
            HV1,
            1,
            counter((minute) => (minute < 40 ? 3_600_000 : 0)),
            0,
          ),
          noneLeft(HV1),
        ],
        checks: [at(39, firing(starved)), at(45, firing(starved)), ...never(49, 51)],
      },
      {
        alert: starved,
        case: 'packets on the threshold',
        series: [...receives(HV1, 1, packets(50_000), 0), noneLeft(HV1)],
        checks: never(25, 60),
      },
      {
        alert: starved,
        case: 'bursts of five minutes',
        series: [...receives(HV1, 1, counter(inBursts(110_000)), 0), noneLeft(HV1)],
        checks: never(25, 40, 60, 80),
      },
      {
        alert: starved,
        case: 'it has a queue; others have none, and receive little or have queues left',
        series: [
          ...receives(HV1, 1, packets(60_000), 1),
          ...receives(HV1, 2, packets(100), 0),
          ...receives(HV9, 1, packets(60_000), 0),
          noneLeft(HV1),
        ],
        checks: never(25, 60),
      },
      {
        alert: starved,
        case: 'the least weight that asks, beside a busy one of the same id on a host that has queues left',
        series: [...receives(HV1, 1, packets(60_000), 0, 1), ...receives(HV9, 1, packets(60_000), 0), noneLeft(HV1)],
        checks: [at(25, firing(starved))],
      },
      {
        alert: starved,
        case: 'queues are taken on another vSwitch, and on another host',
        series: [
          ...receives(HV1, 1, packets(60_000), 0),
          noneLeft(HV1, 'vSwitch02'),
          noneLeft(HV9),
          noneLeft(ELSEWHERE),
        ],
        checks: never(25, 60),
      },
    ];
    const LONG = 200;
    const lacking = (perSecond = 60_000, minutes = LONG): Series[] => [
      ...receives(HV1, 1, packets(perSecond, minutes), 0),
      noneLeft(HV1, 'vSwitch01', minutes),
    ];
    const onVswitch2 = (series: readonly Series[]): Series[] =>
      series.map((each) =>
        each.labels['vswitch'] === undefined ? each : { ...each, labels: { ...each.labels, vswitch: 'vSwitch02' } },
      );
    const holderTests: RuleTest[] = [
      {
        alert: idle,
        case: 'beside one of the same id on a host where none is starved',
        series: [...lacking(), ...receives(HV1, 2, packets(7, LONG), 1), ...receives(HV9, 2, packets(2, LONG), 1)],
        checks: [at(100, firing(idle, ['at most 2 packets', 'at most 7 packets']))],
      },
      ...[10, 15].map((perSecond) => ({
        alert: idle,
        case: `${perSecond} packets per second`,
        series: [...lacking(), ...receives(HV1, 2, packets(perSecond, LONG), 1)],
        checks: never(100, 180),
      })),
      ...[40_000, 50_000].map((perSecond) => ({
        alert: idle,
        case: `the other receives ${perSecond}`,
        series: [...lacking(perSecond), ...receives(HV1, 2, packets(2, LONG), 1)],
        checks: never(100, 180),
      })),
      {
        alert: idle,
        case: 'it is idle and has no queue',
        series: [...lacking(), ...receives(HV1, 2, packets(2, LONG), 0, 0), ...receives(HV9, 2, packets(90, LONG), 1)],
        checks: never(100, 180),
      },
      {
        alert: idle,
        case: 'it is on another vSwitch, or another host',
        series: [
          ...lacking(),
          ...onVswitch2(receives(HV1, 2, packets(2, LONG), 1)),
          ...receives(HV9, 3, packets(2, LONG), 1),
        ],
        checks: never(100, 180),
      },
      {
        alert: idle,
        case: 'one burst',
        series: [
          ...lacking(),
          ...receives(
            HV1,
            2,
            counter((minute) => (minute === 52 ? 4500 : 0), LONG),
            1,
          ),
        ],
        checks: never(120, 180),
      },
      {
        alert: idle,
        case: 'it was busy seven hours ago',
        series: [
          ...lacking(60_000, 600),
          ...receives(
            HV1,
            2,
            counter((minute) => (minute < 60 ? 30_000 : 120), 600),
            1,
          ),
        ],
        checks: [...never(400), at(560, firing(idle))],
      },
    ];

    /** A VM with two processors: so much of them busy */
    const guest = (of: Target, number: number, seconds: Values): Series[] => {
      const { vm, vm_id } = vnicIds(number);
      return [
        one(of, 'hyperv_vm_processors', { vm, vm_id }, flat(2)),
        one(of, 'hyperv_vm_cpu_seconds_total', { vm, vm_id, state: 'guest' }, seconds),
      ];
    };
    const busy = (share: number): Values => ramp(share * 2 * 60);
    const traffic = (of: Target, number: number, receive: Values, transmit: Values, active = 0): Series[] => [
      ...vnic(of, number, { assigned: flat(active), active: flat(active) }),
      one(of, 'hyperv_vnic_receive_bytes_total', vnicIds(number), receive),
      one(of, 'hyperv_vnic_transmit_bytes_total', vnicIds(number), transmit),
    ];
    /** A second virtual NIC of the first VM */
    const second = (series: readonly Series[]): Series[] =>
      series
        .filter(({ name }) => name !== 'hyperv_vm_running')
        .map((each) => ({ ...each, labels: { ...each.labels, vm: 'sql01', vm_id: 'vm-1' } }));
    const bytes = (perSecond: number): Values => ramp(perSecond * 60);
    const NONE = flat(0);
    const cpuTests: RuleTest[] = [
      ...(
        [
          ['receives', bytes(130e6), NONE],
          ['sends', NONE, bytes(130e6)],
        ] as const
      ).map(([what, receive, transmit]) => ({
        alert: cpu,
        case: `it only ${what}`,
        series: [...guest(HV1, 1, busy(0.95)), ...traffic(HV1, 1, receive, transmit)],
        checks: [at(25, firing(cpu))],
      })),
      ...(
        [
          ['traffic below it', busy(0.95), bytes(50e6), bytes(50e6)],
          ['receives in bursts of five minutes', busy(0.95), counter(inBursts(400e6)), NONE],
          ['sends in bursts of five minutes', busy(0.95), NONE, counter(inBursts(400e6))],
          [
            'CPU rests for a minute of ten',
            counter((minute) => (minute % 10 === 9 ? 0 : 120)),
            bytes(100e6),
            bytes(100e6),
          ],
        ] as const
      ).map(([what, seconds, receive, transmit]) => ({
        alert: cpu,
        case: what,
        series: [...guest(HV1, 1, seconds), ...traffic(HV1, 1, receive, transmit)],
        checks: never(25, 40, 60, 80),
      })),
      {
        alert: cpu,
        case: 'the traffic is that of its other virtual NIC, which is on its VF',
        series: [
          ...guest(HV1, 1, busy(0.95)),
          ...traffic(HV1, 1, bytes(10e6), bytes(10e6)),
          ...second(traffic(HV1, 11, bytes(200e6), bytes(200e6), 1)),
          // On another host that one waits for a VF.
          ...second(traffic(HV9, 11, NONE, NONE)),
        ],
        checks: never(25, 60),
      },
      {
        alert: cpu,
        case: 'two virtual NICs together, beside another VM and another host',
        series: [
          ...guest(HV1, 1, busy(0.95)),
          ...traffic(HV1, 1, bytes(35e6), bytes(35e6)),
          ...second(traffic(HV1, 11, bytes(35e6), bytes(35e6))),
          ...guest(HV1, 2, busy(0.1)),
          ...traffic(HV1, 2, bytes(1e6), bytes(1e6)),
          ...guest(HV9, 1, busy(0.1)),
          ...traffic(HV9, 1, bytes(1e6), bytes(1e6)),
        ],
        checks: [at(25, firing(cpu))],
      },
      {
        alert: cpu,
        case: 'one VM has the load, and another one, here and on another host, the traffic',
        series: [
          ...guest(HV1, 1, busy(0.95)),
          ...traffic(HV1, 1, bytes(1e6), bytes(1e6)),
          ...guest(HV1, 2, busy(0.1)),
          ...traffic(HV1, 2, bytes(200e6), bytes(200e6)),
          ...guest(HV9, 1, busy(0.1)),
          ...traffic(HV9, 1, bytes(200e6), bytes(200e6)),
        ],
        checks: never(25, 60),
      },
      {
        alert: cpu,
        case: 'the traffic ends: five minutes later it is over',
        series: [
          ...guest(HV1, 1, busy(0.95)),
          ...traffic(
            HV1,
            1,
            counter((minute) => (minute < 40 ? 6e9 : 0)),
            counter((minute) => (minute < 40 ? 6e9 : 0)),
          ),
        ],
        checks: [at(39, firing(cpu)), at(45, firing(cpu)), ...never(49, 51)],
      },
    ];
    return [...queueTests, ...holderTests, ...cpuTests];
  }

  function addresses(): RuleTest[] {
    const mac = '00:15:5D:00:00:AA';
    return [
      {
        alert: 'SriovDuplicateMac',
        case: 'addresses that are not known',
        series: [...vnic(HV1, 1, { mac: '' }), ...vnic(HV1, 2, { mac: '' })],
        checks: never(13, 60),
      },
      {
        alert: 'SriovDuplicateMac',
        case: 'the copy does not run; others do on its host, and it does on another one',
        series: [
          ...vnic(HV1, 1, { mac }),
          one(HV2, 'hyperv_vnic_info', { ...vnicIds(2), mac, kind: 'synthetic' }, flat(1)),
          one(HV2, 'hyperv_vm_running', { vm: 'sql02', vm_id: 'vm-2' }, flat(0)),
          one(HV2, 'hyperv_vm_running', { vm: 'sql05', vm_id: 'vm-5' }, flat(1)),
          one(HV3, 'hyperv_vm_running', { vm: 'sql02', vm_id: 'vm-2' }, flat(1)),
        ],
        checks: never(13, 60),
      },
    ];
  }

  function hosts(): RuleTest[] {
    const mass = 'SriovHostMassFallback';
    const lostAt20 = steps([1, 20], [0, 90]);
    const losing = (of: Target, ...numbers: readonly number[]): Series[] =>
      numbers.flatMap((number) => vnic(of, number, { assigned: lostAt20, active: lostAt20 }));
    return [
      {
        alert: 'SriovHostIovUnsupported',
        case: 'two minutes are enough',
        series: [
          one(HV1, 'hyperv_host_iov_supported', {}, steps([1, 10], [0, 90])),
          ...vswitch(HV1, { vf_requested: 1 }),
        ],
        checks: [...never(11), at(13, firing('SriovHostIovUnsupported'))],
      },
      {
        alert: mass,
        case: 'three are lost here, which is no majority, and a majority elsewhere, which is one',
        series: [...vnicsByPath(HV1, 8), ...losing(HV1, 1, 2, 3), ...vnicsByPath(HV9, 1), ...losing(HV9, 1)],
        checks: never(24, 40),
      },
      {
        alert: mass,
        case: 'another node is paused',
        series: [...vnicsByPath(HV1, 4), ...losing(HV1, 1, 2, 3), ...paused(HV9)],
        checks: [at(27, firing(mass))],
      },
      {
        alert: mass,
        case: 'no majority of all vSwitches together',
        series: [...vnicsByPath(HV1, 3), ...vswitch(HV1, { vf_requested: 4 }, 'vSwitch02'), ...losing(HV1, 1, 2, 3)],
        checks: never(24, 40),
      },
      {
        alert: mass,
        case: 'no majority where two virtual NICs of each vSwitch are unknown',
        series: [
          ...vnicsByPath(HV1, 3, 2),
          one(HV1, 'hyperv_vswitch_vnics', { vswitch: 'vSwitch02', path: 'unknown' }, flat(2)),
          ...losing(HV1, 1, 2, 3),
        ],
        checks: never(24, 40),
      },
    ];
  }

  function exporter(): RuleTest[] {
    const stale = 'SriovPollStale';
    const failing = 'SriovCollectorFailing';
    const push = 'SriovAgentPushFailing';
    const SOURCE = { collector: 'inventory', source: 'vm_switch' };
    const read = (of: Target, ids: Readonly<Record<string, string>>, last: Values, interval = 60): Series[] => [
      one(of, 'hyperv_exporter_source_last_success_timestamp_seconds', ids, last),
      one(of, 'hyperv_exporter_source_available', ids, flat(1)),
      ...(interval === 0
        ? []
        : [one(of, 'hyperv_exporter_poll_interval_seconds', { collector: ids['collector'] ?? '' }, flat(interval))]),
    ];
    const missing = (of: Target, ids: Readonly<Record<string, string>>): Series =>
      one(of, 'hyperv_exporter_source_available', ids, flat(0));
    const unavailableElsewhere = [
      missing(HV1, { ...SOURCE, source: 'cluster_node' }),
      missing(HV1, { ...SOURCE, collector: 'config' }),
      missing(HV9, SOURCE),
    ];
    const fails = (of: Target, collector: string, values: Values): Series =>
      one(of, 'hyperv_exporter_collector_success', { collector }, values);
    const wholly = (of: Target, collector: string): Firing => {
      const { labels, annotations } = firing(
        failing,
        ['hv01', of.host],
        ['collector inventory', `collector ${collector}`],
      );
      return { labels: { ...labels, ...of, collector }, annotations };
    };
    return [
      {
        alert: stale,
        case: 'three minutes old, no more',
        series: read(HV1, SOURCE, ramp(60, 100, -180)),
        checks: never(10, 30, 60),
      },
      {
        alert: stale,
        case: 'polls are frequent: two minutes are not long',
        series: read(HV1, SOURCE, ramp(60, 100, -120), 15),
        checks: never(10, 30, 60),
      },
      {
        alert: stale,
        case: 'it is over at once',
        series: read(HV1, SOURCE, [...flat(0, 29), ...ramp(60, 70, 30 * 60)]),
        checks: [at(29, firing(stale, ['11m 0s', '29m 0s'])), ...never(32, 40)],
      },
      {
        alert: stale,
        case: 'one source of a collector; others, of other collectors and hosts, are read or are not there',
        series: [
          ...read(HV1, SOURCE, flat(0)),
          ...read(HV1, { ...SOURCE, source: 'vm' }, ramp(60), 0),
          ...read(HV1, { collector: 'slow', source: 'vm' }, ramp(60), 3600),
          ...unavailableElsewhere,
        ],
        checks: [at(11, firing(stale))],
      },
      {
        alert: failing,
        case: 'one source; others, of other collectors and hosts, are not there',
        series: [
          fails(HV1, 'inventory', flat(1)),
          one(HV1, 'hyperv_exporter_source_success', SOURCE, flat(0)),
          one(HV1, 'hyperv_exporter_source_available', SOURCE, flat(1)),
          fails(HV1, 'cluster', flat(0)),
          fails(HV9, 'inventory', flat(0)),
          ...unavailableElsewhere,
        ],
        checks: [
          at(22, wholly(HV1, 'cluster'), wholly(HV9, 'inventory'), {
            labels: { ...firing(failing).labels, collector_source: 'vm_switch' },
            annotations: firing(failing, ['collector inventory', 'collector inventory, source vm_switch,']).annotations,
          }),
        ],
      },
      {
        alert: 'SriovStateUnknown',
        case: 'a fifth, no more',
        series: vnicsByPath(HV1, 16, 4),
        checks: never(27, 60),
      },
      {
        alert: 'SriovStateUnknown',
        case: 'a fourth, one half on each of two vSwitches',
        series: [
          ...vnicsByPath(HV1, 15, 3),
          one(HV1, 'hyperv_vswitch_vnics', { vswitch: 'vSwitch02', path: 'unknown' }, flat(3)),
        ],
        checks: [at(27, firing('SriovStateUnknown', ['25%', '28.57%']))],
      },
      {
        alert: 'SriovClockSkew',
        case: 'a minute, no more',
        series: [one(HV1, 'hyperv_exporter_clock_timestamp_seconds', {}, ramp(60, 100, 60))],
        checks: never(10, 60),
      },
      {
        alert: 'SriovCertificateExpires',
        case: 'two weeks are left, as always',
        series: [
          one(HV1, 'hyperv_exporter_tls_certificate_expiry_timestamp_seconds', {}, ramp(60, 100, 14 * 24 * 3600)),
        ],
        checks: never(70, 95),
      },
      {
        alert: 'SriovExportersAbsent',
        case: 'they are back after twenty minutes',
        series: [one(HV1, 'up', {}, steps([1, 10], [undefined, 22], [1, 60]))],
        checks: [...never(23), at(28, firing('SriovExportersAbsent')), ...never(34)],
      },
      {
        alert: push,
        case: 'one was sent twenty-five minutes ago',
        series: [
          one(HV1, 'hyperv_exporter_notifications_errors_total', { alertmanager: 'http://am01:9093' }, ramp(4)),
          one(
            HV1,
            'hyperv_exporter_notifications_sent_total',
            { alertmanager: 'http://am01:9093' },
            steps([0, 15], [1, 86]),
          ),
        ],
        checks: [...never(20), at(40, firing(push, ['(120 errors)', '(60 errors)']))],
      },
    ];
  }

  function cluster(): RuleTest[] {
    const alert = 'SriovClusterFallback';
    const short = 'SriovFailoverVfShort';
    const lostFor = (start: number, minutes = 101 - start): Values =>
      steps([1, start], [0, minutes], [1, 101 - start - minutes]);
    /** So many that ask, of which the first `gone` are off their VF for a while */
    const vnics = (of: Target, first: number, size: number, gone = 0, active: Values = flat(1)): Series[] =>
      Array.from({ length: size }, (_, index) => {
        const path = index < gone ? active : flat(1);
        return vnic(of, first + index, { assigned: path, active: path });
      }).flat();
    const fires = (severity: 'warning' | 'critical', count: number): Firing => {
      const found = tests
        .filter((test) => test.alert === alert)
        .flatMap(({ checks }) => checks.flatMap((check) => check.fires))
        .find(({ labels }) => labels['severity'] === severity);
      if (found === undefined) throw new Error(`no case of ${alert} is ${severity}`);
      const { description = '' } = found.annotations;
      return {
        ...found,
        annotations: {
          ...found.annotations,
          description: description.replace(/\d+ virtual NICs/, `${count} virtual NICs`),
        },
      };
    };
    const both = (minute: number, count: number) => at(minute, fires('warning', count), fires('critical', count));
    const host = (of: Target, limit: number, inUse: number, requested: number, name = 'vSwitch01'): Series[] =>
      vswitch(of, { vf_limit: limit, vf_in_use: inUse, vf_requested: requested }, name);
    return [
      {
        alert,
        case: 'a tenth of twenty, on two hosts; after half an hour they are back',
        series: [...vnics(HV1, 1, 10, 1, lostFor(20, 30)), ...vnics(HV2, 11, 10, 1, lostFor(20, 30))],
        checks: [...never(19), both(35, 2), both(55, 2), ...never(63)],
      },
      {
        alert,
        case: 'less than a tenth, on two hosts',
        series: [...vnics(HV1, 1, 11, 1, lostFor(20)), ...vnics(HV2, 12, 10, 1, lostFor(20))],
        checks: never(27, 35, 60),
      },
      {
        alert,
        case: 'ten ask, no more',
        series: [...vnics(HV1, 1, 5, 2, lostFor(20)), ...vnics(HV2, 6, 5, 1, lostFor(20))],
        checks: [both(35, 3)],
      },
      {
        alert,
        case: 'many more asked an hour ago: it counts who asks now',
        series: [
          ...vnics(HV1, 1, 6, 1, lostFor(75)),
          ...vnics(HV2, 7, 6, 1, lostFor(75)),
          ...until(5, vnics(HV3, 21, 30)),
        ],
        checks: [both(90, 2)],
      },
      {
        alert,
        case: 'ten asked an hour ago, and nine do now',
        series: [
          ...vnics(HV1, 1, 5, 1, lostFor(75)),
          ...vnics(HV2, 6, 4, 1, lostFor(75)),
          ...until(5, vnics(HV3, 21, 3)),
        ],
        checks: never(82, 90, 98),
      },
      {
        alert: short,
        case: 'one too few; another job is down, and another source cannot be read',
        series: [
          ...host(HV1, 8, 4, 5),
          ...host(HV2, 8, 4, 4),
          ...[HV1, HV2].flatMap((of) => [
            one(of, 'up', {}, flat(1)),
            one(of, 'hyperv_exporter_source_success', { collector: 'inventory', source: 'vm_switch' }, flat(1)),
          ]),
          one({ ...HV1, job: 'windows' }, 'up', {}, flat(0)),
          one(HV1, 'hyperv_exporter_source_success', { collector: 'config', source: 'vm_host' }, flat(0)),
        ],
        checks: [at(45, firing(short, ['leave up to 4 virtual NICs', 'leave up to 1 virtual NICs']))],
      },
      {
        alert: short,
        case: 'the vSwitch is on one host alone, others are on both',
        series: [...host(HV1, 8, 6, 6), ...[HV1, HV2].flatMap((of) => host(of, 60, 1, 1, 'vSwitch02'))],
        checks: never(45, 90),
      },
    ];
  }
}

const vnicOwner = (number: '1' | '2') => ({
  vf: number === '1' ? '2' : '3',
  vm: `sql0${number}`,
  vm_id: `vm-${number}`,
  vnic_id: `vnic-${number}`,
});
