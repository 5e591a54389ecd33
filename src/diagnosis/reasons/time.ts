import type { HostFacts, VnicFacts } from '../facts.ts';
import { all, when } from '../../tristate.ts';
import { MORE_VFS, vfsExhausted } from './pool.ts';
import { IMPACT } from '../impact.ts';
import { type HostReason, SOURCE, type VnicReason } from './reason.ts';
import { vnicName } from './state.ts';
import { vnicReasons } from './reason.ts';

const reason = vnicReasons({ topic: 'time', step: 'vf', kind: 'finding' });

const HOUR = 3_600_000;
/** Two or three path changes when a VM starts are normal. */
const FLAPPING = 6;
function changesInHour({ tracked, now }: VnicFacts): number {
  let changes = 0;
  for (const at of tracked?.recentChanges ?? []) if (at > now - HOUR && at <= now) changes += 1;
  return changes;
}

const CAUSE = {
  migration: 'its VM migrates or moves storage',
  vm_start: 'its VM has just started',
  nic_restart: 'its NIC has just restarted',
} as const;

/** Reasons and findings that need the history of the vNIC. */
export const timeFindings: readonly VnicReason[] = [
  reason({
    id: 'vf_transition',
    meaning:
      'The vNIC may be changing its path. During a migration, after a VM start and after a NIC restart, traffic uses the synthetic path for a while.',
    condition:
      'the vNIC asks for a VF and is not on it, and its VM migrates or the VM or NIC started within the last 5 min',
    remedy: 'Wait.',
    impact: IMPACT.none,
    source: SOURCE.failover,
    holds: ({ tracked, requested, path }) => all(tracked?.settling !== undefined, requested, path !== 'vf'),
    detail: (facts) => `${vnicName(facts)} is settling: ${CAUSE[facts.tracked?.settling ?? 'vm_start']}.`,
  }),
  reason({
    id: 'vf_flapping',
    alert: 'SriovVfPathFlapping',
    meaning: 'The vNIC changes its path repeatedly. Each change can lose packets.',
    condition: 'more than 6 known changes of path within an hour',
    remedy:
      'Update the driver and firmware of the NIC, and the VF driver in the guest. Check the event logs of host and guest.',
    impact: IMPACT.nicRestart,
    source: SOURCE.accelnet,
    holds: (facts) => changesInHour(facts) > FLAPPING,
    detail: (facts) => `${vnicName(facts)} changed its path ${changesInHour(facts)} times within an hour.`,
  }),
  reason({
    id: 'vf_revoked',
    follows: ['vf_pool_exhausted'],
    alert: 'SriovVfPoolExhausted',
    meaning: 'The vNIC lost its VF within the last hour and no VF is left: another VM may have it now.',
    condition:
      'the vNIC was on its VF within the last hour, is on the synthetic path now, is not settling, and all VFs are in use',
    remedy: `${MORE_VFS} You can also move a VM to another host.`,
    impact: { ...IMPACT.nicRestart, detail: `Raising NumVFs: ${IMPACT.nicRestart.detail}` },
    source: SOURCE.synthetic,
    holds: (facts) =>
      all(
        facts.path === 'synthetic',
        facts.requested,
        facts.tracked?.lastOnVf !== undefined && facts.tracked.settling === undefined,
        vfsExhausted(facts),
      ),
    detail: (facts) => `${vnicName(facts)} was on its VF within the last hour, and no VF is left now.`,
  }),
  reason({
    id: 'state_contradictory',
    runbook: 'SriovStateUnknown',
    meaning:
      'Hyper-V says that the vNIC uses no VF, but the NIC lists a VF for it. The state of the vNIC counts as unknown.',
    condition: 'IovUsage is 0 and Get-NetAdapterSriovVf has a VF of this vNIC',
    remedy: 'Wait for the next poll. If the contradiction remains, record the host for a support case.',
    impact: IMPACT.none,
    source: SOURCE.portOffload,
    holds: ({ vnic }) => when(vnic.unknownCause, (cause) => cause === 'contradiction') ?? false,
    detail: (facts) => `IovUsage of ${vnicName(facts)} is 0, but its NIC lists a VF for it.`,
  }),
];

/** As the alert counts them: a virtual NIC whose path is unknown counts as if it asked for a VF. */
function massFallback({ vnics }: Pick<HostFacts, 'vnics'>): { readonly lost: number; readonly asking: number } {
  const running = vnics.filter(({ vnic }) => vnic.pathApplies === true);
  const lost = running.filter(
    ({ path, requested, tracked }) =>
      (path === 'synthetic' || path === 'assigned') &&
      requested === true &&
      tracked?.lastOnVf !== undefined &&
      (tracked.settling === undefined || tracked.settling === 'nic_restart'),
  );
  const asking = running.filter(({ path, requested }) => path === 'unknown' || requested === true);
  return { lost: lost.length, asking: asking.length };
}

/** Changes of path that concern the whole host. */
export const timeHostFindings: readonly HostReason[] = [
  {
    subject: 'host',
    kind: 'finding',
    step: 'host',
    id: 'host_mass_fallback',
    topic: 'time',
    alert: 'SriovHostMassFallback',
    meaning: 'Most virtual NICs of this host that ask for a VF have lost theirs within the last hour.',
    condition:
      'vNICs that ask for a VF, are off it, were on it within the hour and are not settling (unless their NIC restarts): as many as the threshold mass_fallback_min_vnics, and more than mass_fallback_ratio of those that ask or whose path is unknown; the cluster node is not paused',
    remedy:
      'Look for what they have in common, most often one NIC or one vSwitch: the reason of each vNIC names it. Fix that first. Moving VMs to other hosts helps only as far as those have free VFs.',
    impact: IMPACT.none,
    source: SOURCE.synthetic,
    holds: ({ host, ...facts }) => {
      const { lost, asking } = massFallback(facts);
      const { minVnics, ratio } = facts.policy.massFallback;
      return all(host.cluster?.state !== 'paused', lost >= minVnics && lost > ratio * asking);
    },
    detail: (facts) => {
      const { lost, asking } = massFallback(facts);
      return `${lost} of ${asking} virtual NICs that ask for a VF were on it within the last hour and are off it now.`;
    },
  },
];
