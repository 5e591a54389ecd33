import { READ_BY } from '../../metrics/catalogue/collector.ts';

/** While an alert of `by` fires, Alertmanager sends no notification for alerts of `mutes` with the same labels. */
export interface Inhibition {
  readonly by: readonly string[];
  readonly byLabels?: Readonly<Record<string, string>>;
  readonly mutes: readonly string[];
  readonly mutesLabels?: Readonly<Record<string, string>>;
  /** Only labels that both alerts always have: Alertmanager treats a label that both lack as equal */
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
 * Which alert is the cause of which. The `for` of a cause is shorter than that of the alerts that it mutes, and its
 * `keep_firing_for` is at least as long, so that one notification goes out for both. An exhausted pool does not mute the
 * alerts of the virtual NICs that wait for a VF: they are in one group, so one notification names the cause and the VMs.
 * SriovExporterDown mutes nothing: when a target is down, the alerts that Prometheus derives from its series end, and
 * only those that the agent itself sends remain. The same holds for the hosts of a collector that is down.
 */
export const INHIBITIONS: readonly Inhibition[] = [
  {
    by: ['SriovCollectorDown'],
    mutes: ['SriovExporterDown'],
    mutesLabels: READ_BY,
    equal: [],
    why: 'A collector answers all scrapes of its hosts: they fail only where a collector is down.',
  },
  {
    by: ['SriovTargetUntrusted'],
    mutes: ['SriovTargetUnreachable'],
    equal: HOST,
    why: 'A host whose key is not trusted is not connected to.',
  },
  {
    by: ['SriovTargetUntrusted', 'SriovTargetUnreachable'],
    mutes: ['SriovPollStale', 'SriovCollectorFailing', 'SriovStateUnknown'],
    equal: HOST,
    why: 'The collector cannot read the host at all.',
  },
  {
    by: ['SriovClockSkew'],
    mutes: ['SriovPollStale'],
    equal: HOST,
    why: 'With a wrong clock, data looks older or newer than it is.',
  },
  {
    by: ['SriovPollStale'],
    mutes: ['SriovCollectorFailing'],
    equal: [...HOST, 'collector'],
    why: 'A collector whose data is stale is failing.',
  },
  {
    by: ['SriovPollStale', 'SriovCollectorFailing'],
    byLabels: { collector: 'inventory' },
    mutes: ['SriovStateUnknown'],
    equal: HOST,
    why: 'The collector that determines the paths of virtual NICs has no current data.',
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
    why: 'Without SR-IOV support of the platform, no virtual NIC of the host gets a VF.',
  },
  {
    by: ['SriovNicIovDisabled', 'SriovVswitchNotIov'],
    mutes: ['SriovVfPoolExhausted', ...OFF_VF],
    equal: VSWITCH,
    why: 'Virtual NICs of a vSwitch or NIC without SR-IOV get no VF.',
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
  ...[
    ['SriovHostIovUnsupported', 'IOV support'] as const,
    ['SriovVswitchNotIov', 'IOV'] as const,
    ['SriovNicIovDisabled', 'SR-IOV'] as const,
  ].map(([by, property]) => ({
    by: [by],
    mutes: ['SriovClusterDrift'],
    mutesLabels: { property },
    equal: HOST,
    why: 'Virtual NICs of the host are without a VF because of this setting now.',
  })),
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
    why: 'The loss in the cluster is the loss on this host. On several hosts the alert is critical and is not muted.',
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
    why: 'A pool that is nearly full now matters more than a prediction for tomorrow.',
  },
  {
    by: ['SriovVfFallback'],
    mutes: ['SriovVmqStarved'],
    equal: VNIC,
    why: 'Once the virtual NIC uses its VF, it needs no VM queue.',
  },
  {
    by: ['SriovDuplicateMac'],
    mutes: ['SriovDuplicateIp'],
    equal: CLUSTER,
    why: 'A cloned virtual machine causes both.',
  },
  {
    by: ['SriovClusterFallback'],
    mutes: ['SriovFailoverVfShort'],
    equal: CLUSTER,
    why: 'A current loss matters more than the possible effect of a failover.',
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

/** Labels that are equal in an alert of Prometheus and the agent's alert for the same condition. */
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
