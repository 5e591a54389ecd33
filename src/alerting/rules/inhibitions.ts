/** While an alert of `by` fires, those of `mutes` with equal labels notify nobody: they say the same, later. */
export interface Inhibition {
  readonly by: readonly string[];
  readonly byLabels?: Readonly<Record<string, string>>;
  readonly mutes: readonly string[];
  readonly mutesLabels?: Readonly<Record<string, string>>;
  /** Only labels that both sides surely carry: one that both lack counts as equal */
  readonly equal: readonly string[];
  readonly why: string;
}

const HOST = ['cluster', 'instance'];
const VSWITCH = [...HOST, 'vswitch'];
const NIC = [...HOST, 'nic'];
const VNIC = [...HOST, 'vnic_id'];

const OFF_VF = ['SriovVfFallback', 'SriovVfNotUsedByGuest'];

/** Which alert explains which. A full pool mutes no victim: both are in one group, and one message tells cause and victims. */
export const INHIBITIONS: readonly Inhibition[] = [
  {
    by: ['SriovExporterDown'],
    mutes: ['SriovPollStale', 'SriovStateUnknown', 'SriovHostMassFallback', ...OFF_VF],
    equal: HOST,
    why: 'Nothing is known of the host: what still fires of it is old.',
  },
  {
    by: ['SriovPollStale'],
    mutes: ['SriovCollectorFailing'],
    equal: [...HOST, 'collector'],
    why: 'A collector whose data is stale fails, too.',
  },
  {
    by: ['SriovPollStale', 'SriovCollectorFailing'],
    byLabels: { collector: 'inventory' },
    mutes: ['SriovStateUnknown', 'SriovHostIovUnsupported', ...OFF_VF],
    equal: HOST,
    why: 'The collector that decides paths is blind.',
  },
  {
    by: ['SriovPollStale'],
    byLabels: { collector: 'inventory' },
    mutes: ['SriovHostMassFallback'],
    equal: HOST,
    why: 'Stale data proves no loss.',
  },
  {
    by: ['SriovHostIovUnsupported'],
    mutes: [
      'SriovNicIovDisabled',
      'SriovVswitchNotIov',
      'SriovHostMassFallback',
      'SriovVfPoolExhausted',
      'SriovVportNotActivated',
      ...OFF_VF,
    ],
    equal: HOST,
    why: 'Where the platform can do no SR-IOV, nothing above it can.',
  },
  {
    by: ['SriovNicIovDisabled', 'SriovVswitchNotIov'],
    mutes: ['SriovVfPoolExhausted', ...OFF_VF],
    equal: VSWITCH,
    why: 'A vSwitch or NIC without SR-IOV is why its virtual NICs have no VF.',
  },
  {
    by: ['SriovNicIovDisabled', 'SriovVswitchNotIov'],
    mutes: ['SriovHostMassFallback'],
    equal: HOST,
    why: 'The cause has an alert of its own.',
  },
  {
    by: ['SriovNicIovDisabled'],
    mutes: ['SriovVportNotActivated'],
    equal: NIC,
    why: 'Without SR-IOV on the NIC no vPort becomes active.',
  },
  {
    by: ['SriovHostMassFallback'],
    mutes: ['SriovVfPathFlapping', 'SriovGuestCpuHighOnSynthetic', ...OFF_VF],
    equal: HOST,
    why: 'One page for the host instead of one message a virtual machine.',
  },
  {
    by: ['SriovVfPoolExhausted'],
    mutes: ['SriovVfPoolNearExhaustion', 'SriovVfPoolPredictedFull', 'SriovQueuePairsExhausted'],
    equal: VSWITCH,
    why: 'The pool is at its end already.',
  },
  {
    by: ['SriovVfPoolNearExhaustion'],
    mutes: ['SriovVfPoolPredictedFull'],
    equal: VSWITCH,
    why: 'Nearly full now says more than full tomorrow.',
  },
  {
    by: ['SriovVfFallback'],
    mutes: ['SriovVmqStarved'],
    equal: VNIC,
    why: 'On its VF the virtual NIC needs no VM queue.',
  },
  {
    by: ['SriovDuplicateMac'],
    mutes: ['SriovDuplicateIp'],
    equal: ['cluster'],
    why: 'A cloned virtual machine has both.',
  },
  {
    by: ['SriovClusterFallback'],
    mutes: ['SriovFailoverVfShort'],
    equal: ['cluster'],
    why: 'What is wrong now comes before what a failover would bring.',
  },
  {
    by: ['SriovClusterFallback'],
    byLabels: { severity: 'critical' },
    mutes: ['SriovClusterFallback'],
    mutesLabels: { severity: 'warning' },
    equal: ['cluster'],
    why: 'The same alert at its higher severity.',
  },
  {
    by: ['SriovExportersAbsent'],
    byLabels: { severity: 'critical' },
    mutes: ['SriovClusterFallback'],
    equal: [],
    why: 'No exporter is scraped at all: what still fires is old. With several Prometheus servers, add the external label that tells them apart.',
  },
];

/** Labels that Prometheus' alert and the agent's own of the same thing have alike. */
export const AGENT_COPY_EQUAL = [
  'alertname',
  'cluster',
  'instance',
  'vm_id',
  'vnic_id',
  'vswitch',
  'nic',
  'collector',
] as const;
