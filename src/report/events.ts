import type { TrackedHost, TrackedVnic, Transition } from '../history/model.ts';
import { diagnose, type Diagnosis } from '../diagnosis/diagnose.ts';
import { ELSEWHERE } from '../history/vms.ts';
import { visible } from '../text/visible.ts';

/** One line of the journal: a change and what was known about it then. */
export interface JournalEvent extends Transition {
  /** For a vNIC that has left its VF: why */
  readonly reason?: string;
  /** One sentence, with what else changed in the same poll */
  readonly text: string;
}

/** How many other changes of the same poll a text names at most. */
const MAX_OTHERS = 3;

/**
 * The changes of this poll as events. Pure. A text names what else changed in the same poll: "`web07` lost its VF as
 * `sql02` started; pool 62 of 62".
 */
export function eventsOf(tracked: TrackedHost, diagnosis: Diagnosis): readonly JournalEvent[] {
  const { transitions } = tracked;
  const reasons = reasonsNow(tracked, diagnosis);
  return transitions.map((transition) => {
    const reason = transition.kind === 'vnic_path' ? reasons.get(transition.subject) : undefined;
    const pool = transition.kind === 'vnic_path' ? poolText(tracked, transition.subject) : '';
    return {
      ...transition,
      ...(reason === undefined ? {} : { reason }),
      text: `${sentence(transition)}${together(transition, transitions)}${pool}`,
    };
  });
}

const direction = ({ kind, after }: Transition): 'gain' | 'loss' | undefined =>
  kind !== 'vnic_path' ? undefined : after === 'vf' ? 'gain' : 'loss';

/**
 * Why the vNICs that have just left their VF did so. A fallback is published only when a second document agrees, so
 * this diagnoses the host as if it had agreed, with the same expectations.
 */
function reasonsNow(tracked: TrackedHost, { evaluated }: Diagnosis): ReadonlyMap<string, string | undefined> {
  const off = tracked.transitions.filter((transition) => direction(transition) === 'loss');
  if (off.length === 0) return new Map();
  const key = (vmName = '', vswitchName = '') => JSON.stringify([vmName, vswitchName]);
  const expected = new Map(
    evaluated.facts.vnics.map((facts) => [key(facts.vnic.vmName, facts.vnic.vswitchName), facts.expected]),
  );
  const vnics = new Map<string, TrackedVnic>(tracked.vnics);
  for (const { subject } of off) {
    const published = vnics.get(subject);
    const path = tracked.host.vnics.find(({ id }) => id === subject)?.path;
    if (published !== undefined && path !== undefined) vnics.set(subject, { ...published, path });
  }
  const now = diagnose(
    { ...tracked, vnics },
    ({ vmName, vswitchName }) => expected.get(key(vmName, vswitchName)) ?? true,
  );
  return new Map(off.map(({ subject }) => [subject, now.vnics.get(subject)?.reason?.id]));
}

/** Changes of the same sort do not explain each other: vNICs that all lose their VF, VMs that all start. */
const sort = (transition: Transition): string | undefined =>
  direction(transition) ?? (transition.kind === 'vm_state' ? transition.after : undefined);

/** What else changed: a few possible causes by name, the same change of others as a number. */
function together(transition: Transition, all: readonly Transition[]): string {
  const others = all.filter((other) => other !== transition && isNamed(other));
  const own = sort(transition);
  const alike = others.filter((other) => own !== undefined && sort(other) === own).length;
  const isPath = direction(transition) !== undefined;
  const named = others.filter(
    (other) =>
      (own === undefined || sort(other) !== own) &&
      (direction(other) === undefined || (isPath && other.names.vm !== transition.names.vm)),
  );
  const causes = named.slice(0, MAX_OTHERS).map(sentence);
  if (named.length > MAX_OTHERS) causes.push(`${named.length - MAX_OTHERS} more changes`);
  const count = (way: 'gain' | 'loss') => (isPath ? 0 : others.filter((other) => direction(other) === way).length);
  const [lost, gained] = [count('loss'), count('gain')];
  if (lost > 0) causes.push(`${vnics(lost)} lost ${lost === 1 ? 'its VF' : 'their VFs'}`);
  if (gained > 0) causes.push(`${vnics(gained)} moved to ${gained === 1 ? 'its VF' : 'their VFs'}`);
  return `${alike === 0 ? '' : `, like ${alike} more`}${causes.length === 0 ? '' : `${alike === 0 ? '' : ','} as ${causes.join(', ')}`}`;
}

const vnics = (number: number) => `${number} virtual NIC${number === 1 ? '' : 's'}`;

/** A vNIC that appears or disappears with its VM adds nothing to the VM's own change. */
const isNamed = ({ kind }: Transition): boolean => kind !== 'vnic_seen' && kind !== 'vnic_gone';

/** A name without the backticks that mark names in the text of an event. */
const plain = (name: string): string => visible(name).replaceAll('`', "'");
/** A name in backticks, so that it does not look like the words of the sentence. */
const code = (name = '?'): string => `\`${plain(name)}\``;

/** The change alone, without what else happened: names stand in backticks. */
export function sentence(transition: Transition): string {
  const { names, before, after } = transition;
  const vnic = names.vnic === undefined ? code(names.vm) : `${code(names.vm)} (${plain(names.vnic)})`;
  switch (transition.kind) {
    case 'vnic_path':
      if (after === 'vf') return `${vnic} moved to its VF`;
      if (before === 'vf')
        return after === 'assigned' ? `${vnic} left its VF, which stays assigned` : `${vnic} lost its VF`;
      return `${vnic} went from ${before} to ${after}`;
    case 'vm_state':
      if (after === 'running')
        return before === ELSEWHERE ? `${code(names.vm)} arrived, already running` : `${code(names.vm)} started`;
      return after === 'transition'
        ? `${code(names.vm)} began to change its state (${before})`
        : `${code(names.vm)} went from ${before} to ${after}`;
    case 'nic_state':
      // By the name that Windows and the pages show; the label of metrics has other brackets.
      return `NIC ${code(transition.subject || names.nic)} ${after === 'up' ? 'came up' : 'went down'}`;
    case 'host_iov':
      return `SR-IOV of the host went from ${before} to ${after}`;
    case 'vswitch_iov':
      return `SR-IOV of vSwitch ${code(names.vswitch)} went from ${before} to ${after}`;
    case 'vf_pool':
      return after === 'exhausted'
        ? `the VF pool of ${code(names.vswitch ?? names.nic)} is exhausted`
        : `the VF pool of ${code(names.vswitch ?? names.nic)} has free VFs again`;
    case 'vnic_gone':
      return `${vnic} left this host`;
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
