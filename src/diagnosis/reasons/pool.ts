import type { Nic } from '../../host/model.ts';
import { vfLimits } from '../capacity.ts';
import { candidates, type VnicFacts, type VSwitchFacts } from '../facts.ts';
import { nicsCommand, vnicCommand } from '../commands.ts';
import { offerAllVfs, reassignVf } from '../plans.ts';
import { all, any, not, when, type Tristate } from '../../tristate.ts';
import { IMPACT } from '../impact.ts';
import { FIRMWARE_GIVES } from './nic.ts';
import { SOURCE, type VnicReason, type VSwitchReason } from './reason.ts';
import { vnicName } from './state.ts';
import { vnicReasons } from './reason.ts';

const reason = vnicReasons({ topic: 'pool', step: 'vf', kind: 'reason' });

/** The NICs that could provide the VF and have SR-IOV enabled. */
const eligible = (facts: VnicFacts) =>
  candidates(facts)
    ?.map(({ nic }) => nic)
    .filter((nic) => nic.sriovEnabled !== false);

/**
 * Whether each NIC that could provide the VF has exhausted a pool. The member that the vNIC is pinned to is part of the
 * settings. While the settings are not read and the members differ, the answer is unknown.
 */
function onEach(facts: VnicFacts, exhausted: (nic: Nic) => Tristate): Tristate {
  const results = eligible(facts)?.map(exhausted);
  if (results === undefined) return undefined;
  if (results.length === 0) return false;
  if (facts.vnic.settings === undefined && results.includes(true) && results.includes(false)) return undefined;
  return all(...results);
}

const used = (limit: number | undefined, taken: number | undefined): Tristate =>
  when(limit, (most) => when(taken, (count) => most > 0 && count >= most));

/** Whether no VF is left on the vSwitch, or on each NIC that could provide one. */
export function vfsExhausted(facts: VnicFacts): Tristate {
  const { vswitch } = facts;
  const onSwitch = all(
    vswitch?.vswitch.iovEnabled,
    when(vswitch?.vswitch.vfLimit, (limit) => limit > 0),
    when(vswitch?.capacity?.vfsLeft, (left) => left === 0),
  );
  const onNics = onEach(facts, (nic) => any(...vfLimits(nic).map((limit) => used(limit, nic.vfAllocated))));
  return any(onSwitch, onNics);
}

const free = (facts: VnicFacts) => not(vfsExhausted(facts));

const vportsExhausted = (facts: VnicFacts): Tristate => onEach(facts, (nic) => used(nic.vportLimit, nic.vportActive));

function queuePairsExhausted({ vnic, vswitch }: VnicFacts): Tristate {
  // A limit of 0 means that the vSwitch does not count queue pairs.
  if (vswitch?.vswitch.queuePairLimit === 0) return false;
  return when(vswitch?.capacity?.queuePairsLeft, (left) =>
    left < 1 ? true : when(vnic.offload?.queuePairsRequested, (pairs) => left < pairs),
  );
}

/** How to raise the number of VFs in a pool. */
export const MORE_VFS = `Raise NumVFs of the NIC up to MaxNumVFs, the limit of its hardware. If NumVFs is already at that limit, ${FIRMWARE_GIVES}.`;

function poolText({ vswitch }: VnicFacts): string {
  const pool = vswitch?.vswitch;
  return `pool of ${pool?.name ?? 'the vSwitch'}: ${pool?.vfInUse ?? '?'} of ${pool?.vfLimit ?? '?'} VFs in use`;
}

/** Says that the hardware limits the pool; '' if NumVFs can still be raised or the limit is unknown. */
function limitText(facts: VnicFacts): string {
  const nics = eligible(facts) ?? [];
  const limited = nics.filter(
    ({ vfLimit, vfHardwareLimit }) =>
      vfLimit !== undefined && vfHardwareLimit !== undefined && vfLimit >= vfHardwareLimit,
  );
  if (limited.length === 0 || limited.length < nics.length) return '';
  const each = limited.map((nic) => `${nic.vfHardwareLimit ?? ''} on ${nic.friendlyName ?? nic.description}`);
  return ` NumVFs is at the limit of the hardware (MaxNumVFs): ${each.join(', ')}. Only the firmware of the NIC can provide more.`;
}

/** The pools that a VF needs. An empty pool is the reason, before any suspected cause. */
export const poolReasons: readonly VnicReason[] = [
  reason({
    id: 'vf_pool_exhausted',
    alert: 'SriovVfPoolExhausted',
    meaning: 'All VFs are assigned to other vNICs.',
    condition: 'the vSwitch has IOV and no VF left, or each NIC that could provide one has none left',
    remedy: `${MORE_VFS} You can also move a VM to another host, or set IovWeight to 0 on a vNIC that has a VF and needs it less (Get-NetAdapterSriovVf lists them).`,
    impact: {
      class: 'nic_or_vswitch',
      detail:
        'Raising NumVFs restarts the NIC: its vNICs lose the network for some seconds. Drain the host first. IovWeight 0 moves that vNIC to the synthetic path.',
    },
    source: SOURCE.synthetic,
    holds: vfsExhausted,
    detail: (facts) => `${vnicName(facts)} needs a VF, but none is left; ${poolText(facts)}.${limitText(facts)}`,
    command: (facts) => {
      const more = eligible(facts)?.flatMap((nic) => offerAllVfs({ nic, names: facts.names }) ?? [])[0];
      return more ?? nicsCommand(eligible(facts) ?? [], facts.names, 'Get-NetAdapterSriovVf');
    },
  }),
  reason({
    id: 'vport_pool_exhausted',
    alert: 'SriovQueuePairsExhausted',
    meaning: 'VFs are left, but no vPort is left to attach one to. VM queues and VFs may share one pool of vPorts.',
    condition: 'VFs are left, and each NIC that could provide one has all its vPorts active',
    remedy: 'To free vPorts, set VmqWeight to 0 on vNICs that receive little traffic, or use fewer VMMQ queue pairs.',
    impact: IMPACT.defaultQueue,
    source: SOURCE.vportPool,
    holds: (facts) => all(free(facts), vportsExhausted(facts)),
    detail: (facts) =>
      `${vnicName(facts)} needs a vPort, but none is left on ${facts.vswitch?.vswitch.name ?? 'its vSwitch'}.`,
    command: (facts) => nicsCommand(eligible(facts) ?? [], facts.names, 'Get-NetAdapterVPort'),
  }),
  reason({
    id: 'queue_pairs_exhausted',
    alert: 'SriovQueuePairsExhausted',
    meaning: 'VFs are left, but the vNIC asks for more queue pairs than are left.',
    condition: 'VFs are left and the queue pairs left on the vSwitch are fewer than IovQueuePairsRequested',
    remedy: 'Request fewer queue pairs on this vNIC, or on other vNICs that have many.',
    impact: { class: 'vnic', detail: 'A VF with one queue pair serves the guest on one processor only (no RSS).' },
    source: SOURCE.queuePairs,
    holds: (facts) => all(free(facts), queuePairsExhausted(facts)),
    detail: (facts) =>
      `${vnicName(facts)} asks for ${facts.vnic.offload?.queuePairsRequested ?? '?'} queue pairs; ` +
      `${facts.vswitch?.capacity?.queuePairsLeft ?? '?'} of ${facts.vswitch?.vswitch.queuePairLimit ?? '?'} are left on ${facts.vswitch?.vswitch.name ?? ''}.`,
    command: (facts) => {
      const left = facts.vswitch?.capacity?.queuePairsLeft;
      // If no queue pair is left, requesting fewer does not help.
      return left === undefined || left === 0
        ? undefined
        : vnicCommand(facts, 'Set-VMNetworkAdapter', { IovQueuePairsRequested: left });
    },
  }),
];

/** What a vNIC takes from a pool without need. */
export const poolVnicFindings: readonly VnicReason[] = [
  reason({
    id: 'queue_pairs_clamped',
    kind: 'finding',
    alert: 'SriovQueuePairsExhausted',
    meaning: 'The VF has fewer queue pairs than the vNIC asks for.',
    condition: 'a VF is assigned and IovQueuePairsAssigned is below IovQueuePairsRequested',
    remedy: 'Request the number that it has, or free queue pairs and restart the VM.',
    impact: IMPACT.vfReassigned,
    source: SOURCE.queuePairs,
    holds: ({ path, vnic }) =>
      all(
        path === 'vf' || path === 'assigned',
        when(vnic.offload?.queuePairsAssigned, (got) =>
          when(vnic.offload?.queuePairsRequested, (asked) => got > 0 && got < asked),
        ),
      ),
    detail: (facts) =>
      `${vnicName(facts)} has ${facts.vnic.offload?.queuePairsAssigned ?? ''} of ${facts.vnic.offload?.queuePairsRequested ?? ''} queue pairs.`,
    command: (facts) => {
      const got = facts.vnic.offload?.queuePairsAssigned;
      return got === undefined || got === 0
        ? undefined
        : vnicCommand(facts, 'Set-VMNetworkAdapter', { IovQueuePairsRequested: got });
    },
  }),
  reason({
    id: 'vport_not_activated',
    kind: 'finding',
    alert: 'SriovVportNotActivated',
    meaning: 'The vNIC has a vPort on the NIC, but the vPort is not activated.',
    condition: 'VPortState of a vPort of the vNIC is not Activated',
    remedy: 'Ask for the VF again. If that does not help, check the driver and firmware of the NIC.',
    impact: IMPACT.vfReassigned,
    source: SOURCE.vports,
    holds: ({ vports }) => any(...vports.map(({ activated }) => not(activated))) ?? false,
    detail: (facts) =>
      `A vPort of ${vnicName(facts)} on ${facts.vports.find(({ activated }) => activated === false)?.nic ?? ''} is not activated.`,
    plan: reassignVf,
  }),
];

const vswitchReason = (rest: Omit<VSwitchReason, 'subject' | 'kind' | 'topic' | 'step'>): VSwitchReason => ({
  subject: 'vswitch',
  kind: 'finding',
  topic: 'pool',
  step: 'vf',
  ...rest,
});

const leftOf = ({ vswitch, capacity }: VSwitchFacts) => `${capacity?.vfsLeft ?? ''} of ${vswitch.vfLimit ?? ''} VFs`;

/** Pools that are full, nearly full or oversubscribed. */
export const poolVSwitchFindings: readonly VSwitchReason[] = [
  vswitchReason({
    id: 'vf_pool_low',
    follows: ['vf_pool_exhausted'],
    alert: 'SriovVfPoolNearExhaustion',
    meaning: 'Few VFs are left.',
    condition:
      'the vSwitch has IOV, few of its VFs are left and most are in use (thresholds vf_pool_left and vf_pool_ratio, as in the alert)',
    remedy: `${MORE_VFS} You can also set IovWeight to 0 on vNICs that do not need a VF.`,
    impact: { ...IMPACT.nicRestart, detail: `Raising NumVFs: ${IMPACT.nicRestart.detail}` },
    source: SOURCE.switchOffload,
    holds: ({ vfPool }) => vfPool.near,
    detail: (facts) => `${leftOf(facts)} are left on ${facts.vswitch.name}.`,
  }),
  vswitchReason({
    id: 'vf_oversubscribed',
    follows: ['vf_pool_exhausted'],
    runbook: 'SriovVfPoolExhausted',
    meaning: 'More running vNICs ask for a VF than there are VFs.',
    condition: 'more running vNICs ask for a VF than IovVirtualFunctionCount, which is above 0',
    remedy: `${MORE_VFS} You can also set IovWeight to 0 on vNICs that do not need a VF.`,
    impact: { ...IMPACT.nicRestart, detail: `Raising NumVFs: ${IMPACT.nicRestart.detail}` },
    source: SOURCE.synthetic,
    holds: ({ vswitch, capacity }) =>
      all(
        when(vswitch.vfLimit, (limit) => limit > 0),
        when(capacity?.oversubscribedBy, (by) => by > 0),
      ),
    detail: ({ vswitch, capacity }) =>
      `${capacity?.requested ?? ''} vNICs of ${vswitch.name} ask for a VF, and it has ${vswitch.vfLimit ?? ''} VFs.`,
  }),
];
