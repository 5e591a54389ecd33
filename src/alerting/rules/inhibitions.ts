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

const CLUSTER = ['cluster'];
const HOST = [...CLUSTER, 'instance'];
const VSWITCH = [...HOST, 'vswitch'];
const NIC = [...HOST, 'nic'];
const VNIC = [...HOST, 'vnic_id'];

const OFF_VF = ['SriovVfFallback', 'SriovVfNotUsedByGuest'];

/**
 * Which alert explains which. A cause waits less long than what it mutes and fires at least as long after it has ended, so
 * that one message goes out for both. A full pool mutes none of those that wait: one message tells cause and victims,
 * since they are in one group. SriovExporterDown mutes nothing: the alerts of a target end with its series, and those
 * that the agent itself sends are all that is left.
 */
export const INHIBITIONS: readonly Inhibition[] = [
  {
    by: ['SriovClockSkew'],
    mutes: ['SriovPollStale'],
    equal: HOST,
    why: 'By a wrong clock data looks older, or newer, than it is.',
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
    mutes: ['SriovStateUnknown'],
    equal: HOST,
    why: 'The collector that decides paths is blind.',
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
    why: 'A platform without SR-IOV keeps every VF of the host away.',
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
    why: 'One page for the host instead of one message for each virtual machine.',
  },
  {
    by: ['SriovHostMassFallback'],
    mutes: ['SriovClusterFallback'],
    mutesLabels: { severity: 'warning' },
    equal: CLUSTER,
    why: 'The loss of the cluster is that of the host; on several hosts it is critical.',
  },
  {
    by: ['SriovVfPoolExhausted'],
    mutes: ['SriovVfPoolNearExhaustion', 'SriovVfPoolPredictedFull', 'SriovQueuePairsExhausted'],
    equal: VSWITCH,
    why: 'The pool is exhausted already.',
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
    equal: CLUSTER,
    why: 'A cloned virtual machine has both.',
  },
  {
    by: ['SriovClusterFallback'],
    mutes: ['SriovFailoverVfShort'],
    equal: CLUSTER,
    why: 'What is wrong now comes before what a failover would bring.',
  },
  {
    by: ['SriovClusterFallback'],
    byLabels: { severity: 'critical' },
    mutes: ['SriovClusterFallback'],
    mutesLabels: { severity: 'warning' },
    equal: CLUSTER,
    why: 'The same alert at its higher severity.',
  },
  {
    by: ['SriovAgentPushFailing'],
    mutes: ['SriovAgentNotificationsDropped'],
    equal: HOST,
    why: 'What cannot be sent is dropped once the queue is full.',
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
