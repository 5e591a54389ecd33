import type { NicFacts, VSwitchFacts } from '../facts.ts';
import { nicCommand } from '../commands.ts';
import { all, when, type Tristate } from '../../tristate.ts';
import { hasWrongProcessors, processorStep, rangesText } from '../vmq-processors.ts';
import { isWithoutQueue, queuesExhausted, vmQueuesInUse } from '../vmq-advice.ts';
import { IMPACT } from '../impact.ts';
import { SOURCE, type NicReason, type VnicReason, type VSwitchReason } from './reason.ts';
import { vnicName } from './state.ts';
import { vnicReasons } from './reason.ts';

const nicReason = (rest: Omit<NicReason, 'subject' | 'kind' | 'topic' | 'step'>): NicReason => ({
  subject: 'nic',
  kind: 'finding',
  topic: 'vmq',
  step: 'nic',
  ...rest,
});
const vswitchReason = (rest: Omit<VSwitchReason, 'subject' | 'kind' | 'topic' | 'step'>): VSwitchReason => ({
  subject: 'vswitch',
  kind: 'finding',
  topic: 'vmq',
  step: 'vswitch',
  ...rest,
});
const reason = vnicReasons({ topic: 'vmq', step: 'vnic', kind: 'finding' });

const GIGABIT = 1e9 / 8;

/** These rules apply to vSwitches without IOV only. With SR-IOV, the vPorts of the PF are the queues. */
const withoutIov = ({ vswitch }: { readonly vswitch?: VSwitchFacts['vswitch'] | undefined }): Tristate =>
  vswitch === undefined
    ? false
    : all(
        vswitch.type === 'external',
        when(vswitch.iovEnabled, (on) => !on),
      );
/** Findings about the NIC itself. The members of an LBFO team have queues; the team has none. */
const queuesOf = (facts: NicFacts): Tristate => all(!facts.nic.isLbfoTeam, withoutIov(facts));

const queuesOn = ({ vswitch, physicalNics }: VSwitchFacts): boolean => vmQueuesInUse(vswitch, physicalNics);

/** VM queues of a NIC. */
export const vmqNicFindings: readonly NicReason[] = [
  nicReason({
    id: 'vmq_disabled_fast_nic',
    severity: 'warning',
    meaning: 'VMQ is disabled on a NIC of 10 Gb/s or more. One core handles all traffic that its VMs receive.',
    condition: 'external vSwitch without IOV, link of 10 Gb/s or more, VMQ disabled',
    remedy: 'Enable VMQ.',
    impact: IMPACT.nicRestart,
    source: SOURCE.features,
    holds: (facts) =>
      all(
        queuesOf(facts),
        when(facts.nic.vmq?.enabled, (on) => !on),
        when(facts.nic.speedBytes, (speed) => speed >= 10 * GIGABIT),
      ),
    detail: ({ nic }) => `VMQ is disabled on ${nic.description}.`,
    command: (facts) => nicCommand(facts, 'Enable-NetAdapterVmq'),
  }),
  nicReason({
    id: 'vmq_on_slow_nic',
    meaning:
      'VMQ is enabled on a NIC of 1 Gb/s or less. It has no benefit at that speed, and some old drivers lose packets.',
    condition: 'external vSwitch without IOV, link of 1 Gb/s or less, VMQ enabled',
    remedy: 'Update the driver, or disable VMQ.',
    impact: IMPACT.nicRestart,
    source: SOURCE.getVmq,
    holds: (facts) =>
      all(
        queuesOf(facts),
        facts.nic.vmq?.enabled,
        when(facts.nic.speedBytes, (speed) => speed > 0 && speed <= GIGABIT),
      ),
    detail: ({ nic }) => `VMQ is enabled on ${nic.description}, whose link is 1 Gb/s or less.`,
    command: (facts) => nicCommand(facts, 'Disable-NetAdapterVmq'),
  }),
  nicReason({
    id: 'vmq_base_cpu0',
    meaning: 'VM queues use core 0, which Windows also uses for its own work.',
    condition: 'vSwitch without IOV, VMQ enabled, base processor below 2 with hyper-threading or below 1 without',
    remedy: 'Raise the base processor (to an even number with hyper-threading).',
    impact: IMPACT.nicRestart,
    source: SOURCE.teaming,
    holds: (facts) =>
      all(
        queuesOf(facts),
        facts.nic.vmq?.enabled,
        when(facts.nic.vmq?.baseProcessorGroup, (group) => group === 0),
        when(facts.nic.vmq?.baseProcessor, (base) => when(processorStep(facts.platform), (first) => base < first)),
      ),
    detail: ({ nic }) => `The base processor of ${nic.description} is ${nic.vmq?.baseProcessor ?? ''}.`,
    command: (facts) => {
      const first = processorStep(facts.platform);
      return first === undefined ? undefined : nicCommand(facts, 'Set-NetAdapterVmq', { BaseProcessorNumber: first });
    },
  }),
  nicReason({
    id: 'vmq_other_numa_node',
    meaning: 'The VM queues of the NIC are on a different NUMA node than the NIC.',
    condition: 'vSwitch without IOV, VMQ enabled, NumaNode of VMQ differs from NumaNode of the hardware',
    remedy: 'Set the NUMA node of VMQ to the NUMA node of the NIC.',
    impact: IMPACT.nicRestart,
    source: SOURCE.setVmq,
    holds: (facts) =>
      all(
        queuesOf(facts),
        facts.nic.vmq?.enabled,
        when(facts.nic.vmq?.numaNode, (node) => when(facts.nic.numaNode, (own) => node !== own)),
      ),
    detail: ({ nic }) =>
      `VMQ of ${nic.description} is on NUMA node ${nic.vmq?.numaNode ?? ''}, the NIC on ${nic.numaNode ?? ''}.`,
    command: (facts) =>
      facts.nic.numaNode === undefined
        ? undefined
        : nicCommand(facts, 'Set-NetAdapterVmq', { NumaNode: facts.nic.numaNode }),
  }),
];

/** VM queues of a vSwitch. */
export const vmqVSwitchFindings: readonly VSwitchReason[] = [
  vswitchReason({
    id: 'vmq_exhausted',
    alert: 'SriovVmqStarved',
    meaning:
      'All VM queues are in use, and running vNICs that ask for one have none. Queues are assigned first come, first served.',
    condition:
      'vSwitch without IOV, VMQ enabled, NumberVmqAllocated equals AvailableVMQueues, and a running vNIC that is not on a VF asks for a queue and has none',
    remedy: 'To free queues, set VmqWeight to 0 on vNICs that receive little traffic.',
    impact: IMPACT.defaultQueue,
    source: SOURCE.vmqQueues,
    holds: (facts) =>
      all(
        queuesOn(facts),
        queuesExhausted(facts.vswitch),
        facts.vnics.some(
          ({ vnic, path }) => (path === 'synthetic' || path === 'not_requested') && isWithoutQueue(vnic),
        ),
      ),
    detail: ({ vswitch, physicalNics = [] }) =>
      `${vswitch.vmqAllocated ?? ''} of ${vswitch.vmqLimit ?? ''} VM queues of ${vswitch.name} are in use (NICs: ${physicalNics.map((nic) => nic.friendlyName ?? nic.description).join(', ')}).`,
  }),
  vswitchReason({
    id: 'vmq_team_processor_sets',
    severity: 'warning',
    severityOf: ({ vswitch }) => (vswitch.teaming === 'lbfo' ? 'warning' : 'info'),
    meaning:
      'The members of the team use the wrong processors for their VM queues. If each member has its own queues (SET, and LBFO in sum-of-queues mode), the processors of the members should not overlap. If each queue is on all members (LBFO in min-queues mode), the processors must be the same.',
    condition:
      'SET or LBFO team without IOV, VMQ enabled on all members. The ranges of two members overlap (SET; switch-independent LBFO with HyperVPort or Dynamic) or differ (other LBFO teams). The severity is info for SET',
    remedy:
      'Set the processors of each member with Set-NetAdapterVmq (BaseProcessorNumber, MaxProcessors). In sum-of-queues mode, give each member its own range. In min-queues mode, give all members the same range.',
    impact: IMPACT.nicRestart,
    source: SOURCE.teaming,
    holds: (facts) => all(queuesOn(facts), hasWrongProcessors(facts)),
    detail: (facts) =>
      facts.vswitch.queueMode === 'min'
        ? `Members of ${facts.vswitch.name} use different processors for VM queues. In min-queues mode they must be the same: ${rangesText(facts)}.`
        : `Members of ${facts.vswitch.name} share processors for VM queues: ${rangesText(facts)}.`,
  }),
];

/** VM queues of a vNIC. */
export const vmqVnicFindings: readonly VnicReason[] = [
  reason({
    id: 'vmq_wasted',
    alert: 'SriovVmqHeldByIdleVm',
    meaning: 'The vNIC has a VM queue and receives little traffic, while a busy vNIC has no queue.',
    condition:
      'all VM queues are in use, and over 24 h the vNIC received less than a tenth of the packets of a vNIC that has no queue and receives 1,000 packets/s or more',
    remedy: 'Free the queue of this vNIC and let the busy vNIC ask for it.',
    impact: IMPACT.defaultQueue,
    source: SOURCE.vmqQueues,
    holds: ({ advice }) => advice !== undefined,
    detail: ({ advice }) => advice?.text ?? '',
    plan: ({ advice }) => advice && { steps: advice.plan },
  }),
  reason({
    id: 'vmmq_clamped',
    meaning: 'The vNIC has fewer queue pairs for VMMQ than it asks for.',
    condition:
      'vSwitch without IOV, VMQ enabled, VMMQ enabled for the vNIC, VmmqQueuePairs below VmmqQueuePairsRequested',
    remedy: 'Nothing needs to be fixed. Request the number that it has, so that the setting matches what is in use.',
    impact: IMPACT.none,
    source: SOURCE.vmmq,
    holds: ({ vswitch, vnic, path }) =>
      all(
        path === 'synthetic' || path === 'not_requested',
        vswitch !== undefined && queuesOn(vswitch),
        vnic.offload?.vmmqEnabled,
        when(vnic.offload?.vmmqQueuePairs, (got) =>
          when(vnic.offload?.vmmqQueuePairsRequested, (asked) => got > 0 && got < asked),
        ),
      ),
    detail: (facts) =>
      `${vnicName(facts)} has ${facts.vnic.offload?.vmmqQueuePairs ?? ''} of ${facts.vnic.offload?.vmmqQueuePairsRequested ?? ''} VMMQ queue pairs.`,
  }),
];
