import type { Nic } from '../../host/model.ts';
import { vfLimits } from '../capacity.ts';
import { candidates, type VnicFacts, type VSwitchFacts } from '../facts.ts';
import { nicsCommand, vnicCommand } from '../commands.ts';
import { offerAllVfs, reassignVf } from '../plans.ts';
import { all, any, not, when, type Tristate } from '../../tristate.ts';
import { IMPACT } from '../impact.ts';
import { FIRMWARE_GIVES } from './nic.ts';
import { SOURCE, type VnicReason, type VSwitchReason } from './row.ts';
import { vnicName } from './state.ts';
import { vnicRows } from './vnic-row.ts';

const row = vnicRows({ topic: 'pool', step: 'vf', kind: 'reason' });

/** Of the NICs that its VF could be on, those with SR-IOV on. */
const eligible = (facts: VnicFacts) =>
  candidates(facts)
    ?.map(({ nic }) => nic)
    .filter((nic) => nic.sriovEnabled !== false);

/**
 * Each NIC that could give it a VF is out of something. Which member it is pinned to comes with the settings: while
 * they are not read and members differ, that is not known.
 */
function onEach(facts: VnicFacts, exhausted: (nic: Nic) => Tristate): Tristate {
  const results = eligible(facts)?.map(exhausted);
  if (results === undefined) return undefined;
  if (results.length === 0) return false;
  if (facts.vnic.settings === undefined && results.includes(true) && results.includes(false)) return undefined;
  return all(...results);
}

const used = (limit: number | undefined, taken: number | undefined): Tristate =>
  when(limit, (of) => when(taken, (count) => of > 0 && count >= of));

/** None left on the vSwitch, or on each NIC that could give one. */
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
  // A limit of 0 is that of a vSwitch that does not count them.
  if (vswitch?.vswitch.queuePairLimit === 0) return false;
  return when(vswitch?.capacity?.queuePairsLeft, (left) =>
    left < 1 ? true : when(vnic.offload?.queuePairsRequested, (pairs) => left < pairs),
  );
}

/** How a pool gets more VFs. */
export const MORE_VFS = `Raise NumVFs of the NIC up to MaxNumVFs, the limit of its hardware. Where that is reached, ${FIRMWARE_GIVES}.`;

function poolText({ vswitch }: VnicFacts): string {
  const of = vswitch?.vswitch;
  return `pool of ${of?.name ?? 'the vSwitch'}: ${of?.vfInUse ?? '?'} of ${of?.vfLimit ?? '?'} VFs in use`;
}

/** Whether NumVFs can still be raised, or the hardware limits the pool; '' where that is not known. */
function limitText(facts: VnicFacts): string {
  const nics = eligible(facts) ?? [];
  const limited = nics.filter(
    ({ vfLimit, vfHardwareLimit }) =>
      vfLimit !== undefined && vfHardwareLimit !== undefined && vfLimit >= vfHardwareLimit,
  );
  if (limited.length === 0 || limited.length < nics.length) return '';
  const each = limited.map((nic) => `${nic.vfHardwareLimit ?? ''} on ${nic.friendlyName ?? nic.description}`);
  return ` NumVFs is at the limit of the hardware (MaxNumVFs): ${each.join(', ')}. Only the NIC's firmware gives more.`;
}

/** Pools that a VF is taken from. One that is empty is the reason, whatever else is suspected. */
export const poolReasons: readonly VnicReason[] = [
  row({
    id: 'vf_pool_exhausted',
    severity: 'critical',
    alert: 'SriovVfPoolExhausted',
    meaning: 'All VFs are assigned to other vNICs.',
    condition: 'the vSwitch has IOV and no VF left, or each NIC that could give one has none left',
    remedy: `${MORE_VFS} Or move a VM to another host, or set IovWeight to 0 on a vNIC that has a VF and needs it less (Get-NetAdapterSriovVf lists them).`,
    impact: {
      class: 'nic_or_vswitch',
      detail:
        'More VFs: the NIC restarts and its vNICs lose the network for some seconds. Weight 0: that vNIC goes to the synthetic path.',
    },
    source: SOURCE.synthetic,
    holds: vfsExhausted,
    detail: (facts) => `${vnicName(facts)} found no VF left; ${poolText(facts)}.${limitText(facts)}`,
    command: (facts) => {
      const more = eligible(facts)?.flatMap((nic) => offerAllVfs({ nic, names: facts.names }) ?? [])[0];
      return more ?? nicsCommand(eligible(facts) ?? [], facts.names, 'Get-NetAdapterSriovVf');
    },
  }),
  row({
    id: 'vport_pool_exhausted',
    severity: 'critical',
    alert: 'SriovQueuePairsExhausted',
    meaning: 'VFs are left, but no vPort to attach one to: VM queues and VFs may share one pool of vPorts.',
    condition: 'VFs are left and each NIC that could give one has all its vPorts active',
    remedy: 'Free vPorts: set VmqWeight to 0 on vNICs that receive little, or use fewer VMMQ queue pairs.',
    impact: IMPACT.defaultQueue,
    source: SOURCE.vportPool,
    holds: (facts) => all(free(facts), vportsExhausted(facts)),
    detail: (facts) => `${vnicName(facts)} found no vPort left on ${facts.vswitch?.vswitch.name ?? 'its vSwitch'}.`,
    command: (facts) => nicsCommand(eligible(facts) ?? [], facts.names, 'Get-NetAdapterVPort'),
  }),
  row({
    id: 'queue_pairs_exhausted',
    severity: 'critical',
    alert: 'SriovQueuePairsExhausted',
    meaning: 'VFs are left, but fewer queue pairs than the vNIC asks for.',
    condition: 'VFs are left and the queue pairs left on the vSwitch are fewer than IovQueuePairsRequested',
    remedy: 'Request fewer queue pairs on this vNIC, or on those that have many.',
    impact: { class: 'vnic', detail: 'A VF with one queue pair serves the guest on one processor only (no RSS).' },
    source: SOURCE.queuePairs,
    holds: (facts) => all(free(facts), queuePairsExhausted(facts)),
    detail: (facts) =>
      `${vnicName(facts)} asks for ${facts.vnic.offload?.queuePairsRequested ?? '?'} queue pairs; ` +
      `${facts.vswitch?.capacity?.queuePairsLeft ?? '?'} of ${facts.vswitch?.vswitch.queuePairLimit ?? '?'} are left on ${facts.vswitch?.vswitch.name ?? ''}.`,
    command: (facts) => {
      const left = facts.vswitch?.capacity?.queuePairsLeft;
      // With none left asking for fewer does not help.
      return left === undefined || left === 0
        ? undefined
        : vnicCommand(facts, 'Set-VMNetworkAdapter', { IovQueuePairsRequested: left });
    },
  }),
];

export const poolVnicFindings: readonly VnicReason[] = [
  row({
    id: 'queue_pairs_clamped',
    kind: 'finding',
    severity: 'info',
    alert: 'SriovQueuePairsExhausted',
    meaning: 'The VF has fewer queue pairs than the vNIC asks for.',
    condition: 'a VF is assigned and IovQueuePairsAssigned is below IovQueuePairsRequested',
    remedy: 'Request as many as it has, or free queue pairs and restart the VM.',
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
  row({
    id: 'vport_not_activated',
    kind: 'finding',
    severity: 'warning',
    alert: 'SriovVportNotActivated',
    meaning: 'The vPort of the vNIC exists on the NIC but is not activated.',
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

const switchRow = (rest: Omit<VSwitchReason, 'subject' | 'kind' | 'topic' | 'step'>): VSwitchReason => ({
  subject: 'vswitch',
  kind: 'finding',
  topic: 'pool',
  step: 'vf',
  ...rest,
});

const leftOf = ({ vswitch, capacity }: VSwitchFacts) => `${capacity?.vfsLeft ?? ''} of ${vswitch.vfLimit ?? ''} VFs`;

export const poolVSwitchFindings: readonly VSwitchReason[] = [
  switchRow({
    id: 'vf_pool_low',
    severity: 'warning',
    alert: 'SriovVfPoolNearExhaustion',
    meaning: 'Few VFs are left.',
    condition:
      'the vSwitch has IOV, few of its VFs are left and most are in use: the thresholds vf_pool_left and vf_pool_ratio, as in the alert',
    remedy: `${MORE_VFS} Or let fewer VMs ask for one.`,
    impact: { ...IMPACT.nicRestart, detail: `More VFs: ${IMPACT.nicRestart.detail}` },
    source: SOURCE.switchOffload,
    holds: ({ vfPool }) => vfPool.near,
    detail: (facts) => `${leftOf(facts)} are left on ${facts.vswitch.name}.`,
  }),
  switchRow({
    id: 'vf_oversubscribed',
    severity: 'info',
    alert: 'SriovVfPoolExhausted',
    meaning: 'More running vNICs ask for a VF than there are VFs.',
    condition: 'running vNICs known to ask for a VF outnumber IovVirtualFunctionCount, which is not 0',
    remedy: `${MORE_VFS} Or set IovWeight to 0 where a VF is not needed.`,
    impact: { ...IMPACT.nicRestart, detail: `More VFs: ${IMPACT.nicRestart.detail}` },
    source: SOURCE.synthetic,
    holds: ({ vswitch, capacity }) =>
      all(
        when(vswitch.vfLimit, (limit) => limit > 0),
        when(capacity?.oversubscribedBy, (by) => by > 0),
      ),
    detail: ({ vswitch, capacity }) =>
      `${capacity?.requested ?? ''} vNICs of ${vswitch.name} ask for one of ${vswitch.vfLimit ?? ''} VFs.`,
  }),
];
