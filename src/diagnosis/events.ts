import type { TrackedHost, Transition } from '../history/model.ts';
import type { Diagnosis } from './model.ts';

/** One line of the journal: a change with what was known about it at that moment. */
export interface JournalEvent extends Transition {
  /** For a vNIC that left its VF: the reason at that moment */
  readonly reason?: string;
  /** One sentence for people, with what else changed within the same poll */
  readonly text: string;
}

/** How many other changes of the same poll are named in a text. */
const MAX_OTHERS = 3;

/**
 * The changes of this poll as events. Pure. What changed together is told together: "`web07` lost its VF as `sql02`
 * started; pool 62 of 62" says more than three lines.
 */
export function eventsOf(tracked: TrackedHost, diagnosis: Diagnosis): readonly JournalEvent[] {
  const sentences = tracked.transitions.map(sentence);
  return tracked.transitions.map((transition, index) => {
    const reason = transition.kind === 'vnic_path' ? diagnosis.vnics.get(transition.subject)?.reason?.id : undefined;
    const others = sentences.filter((_, other) => other !== index && isCause(tracked.transitions[other], transition));
    const more = others.length > MAX_OTHERS ? [`${others.length - MAX_OTHERS} more changes`] : [];
    const together = others.length === 0 ? '' : ` as ${[...others.slice(0, MAX_OTHERS), ...more].join(', ')}`;
    const pool = transition.kind === 'vnic_path' ? poolText(tracked, transition.subject) : '';
    return {
      ...transition,
      ...(reason === undefined ? {} : { reason }),
      text: `${sentences[index] ?? ''}${together}${pool}`,
    };
  });
}

/** Worth naming beside another change: not the mirror image of it on the same VM. */
function isCause(other: Transition | undefined, of: Transition): boolean {
  if (other === undefined || other.kind === 'vnic_seen') return false;
  return other.names.vm === undefined || other.names.vm !== of.names.vm || other.kind !== of.kind;
}

const code = (name: string | undefined): string => `\`${name ?? '?'}\``;

function sentence(transition: Transition): string {
  const { names, before, after } = transition;
  const vnic = names.vnic === undefined ? code(names.vm) : `${code(names.vm)} (${names.vnic})`;
  switch (transition.kind) {
    case 'vnic_path':
      if (after === 'vf') return `${vnic} got on its VF`;
      if (before === 'vf')
        return after === 'assigned' ? `${vnic} left its VF, which stays assigned` : `${vnic} lost its VF`;
      return `${vnic} went from ${before} to ${after}`;
    case 'vm_state':
      return after === 'running' ? `${code(names.vm)} started` : `${code(names.vm)} went from ${before} to ${after}`;
    case 'nic_state':
      return `NIC ${code(names.nic)} went from ${before} to ${after}`;
    case 'host_iov':
      return `SR-IOV of the host went from ${before} to ${after}`;
    case 'vswitch_iov':
      return `SR-IOV of vSwitch ${code(names.vswitch)} went from ${before} to ${after}`;
    case 'vf_pool':
      return `the VF pool of ${code(names.vswitch ?? names.nic)} went from ${before} to ${after}`;
    case 'vnic_gone':
      return `${vnic} is gone from this host`;
    case 'vnic_seen':
      return `${vnic} is new on this host`;
  }
}

function poolText({ host }: TrackedHost, vnicId: string): string {
  const vnic = host.vnics.find((candidate) => candidate.id === vnicId);
  const vswitch = host.vswitches.find((candidate) => candidate.id === vnic?.vswitchId);
  return vswitch?.vfInUse === undefined || vswitch.vfLimit === undefined
    ? ''
    : `; pool ${vswitch.vfInUse} of ${vswitch.vfLimit}`;
}
