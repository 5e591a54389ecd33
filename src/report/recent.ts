import { ELSEWHERE } from '../history/vms.ts';
import { type JournalEvent, sentence } from './events.ts';

/** Changes of one kind in one poll, as one entry. */
export interface RecentChange {
  /** Unix milliseconds */
  readonly at: number;
  /** `18 VMs started`, or the sentence of the only one; names stand in backticks */
  readonly text: string;
  /** Whether something got worse, got better, or just changed */
  readonly level: 'worse' | 'better' | 'neutral';
  /** Those that it happened to, each VM once, with the id where it is known */
  readonly vms: readonly { readonly name: string; readonly id?: string | undefined }[];
  readonly count: number;
}

/** In words, of several at once. */
const MANY: Readonly<Record<string, (count: number) => string>> = {
  'vnic_path vf': (count) => `${vnics(count)} moved to their VF`,
  'vnic_path lost': (count) => `${vnics(count)} left their VF`,
  'vnic_path off': (count) => `${vnics(count)} changed their path off the VF`,
  'vm_state running': (count) => `${count} VMs started`,
  'vm_state arrived': (count) => `${count} VMs arrived, already running`,
  'vm_state off': (count) => `${count} VMs were turned off`,
  'vm_state saved': (count) => `${count} VMs were saved`,
  'vm_state paused': (count) => `${count} VMs were paused`,
  vnic_seen: (count) => `${vnics(count)} are new on this host`,
  vnic_gone: (count) => `${vnics(count)} left this host`,
  'nic_state up': (count) => `${count} NICs came up`,
  'nic_state down': (count) => `${count} NICs went down`,
};
const vnics = (count: number): string => `${count} virtual NICs`;

/** What makes two changes of one poll the same to a reader. */
function sortOf({ kind, before, after }: JournalEvent): string {
  if (kind === 'vnic_path')
    return after === 'vf' ? 'vnic_path vf' : before === 'vf' ? 'vnic_path lost' : 'vnic_path off';
  if (kind === 'vm_state' && before === ELSEWHERE) return `${kind} arrived`;
  if (kind === 'vm_state' || kind === 'nic_state') return `${kind} ${after}`;
  return kind;
}

/** A VM that is starting or stopping: the state that follows is the news. */
const isIntermediate = ({ kind, after }: JournalEvent): boolean => kind === 'vm_state' && after === 'transition';

/** Changes with one key are one line. Those without a text for many stay apart. */
function keyOf(event: JournalEvent): string {
  const sort = sortOf(event);
  return `${event.at} ${sort}${MANY[sort] === undefined ? ` ${event.subject} ${event.after}` : ''}`;
}

function levelOf({ kind, before, after }: JournalEvent): RecentChange['level'] {
  switch (kind) {
    case 'vnic_path':
      return after === 'vf' ? 'better' : before === 'vf' ? 'worse' : 'neutral';
    case 'nic_state':
      return after === 'up' ? 'better' : 'worse';
    case 'vf_pool':
      return after === 'exhausted' ? 'worse' : 'better';
    case 'host_iov':
      return after === 'supported' ? 'better' : 'worse';
    case 'vswitch_iov':
      return after === 'on' ? 'better' : 'worse';
    case 'vm_state':
    case 'vnic_gone':
    case 'vnic_seen':
      return 'neutral';
  }
}

/**
 * The newest changes of a host, the newest first: what happened to many in one poll is one line. Only what was seen is
 * told, no cause, and no state between two others. Pure.
 *
 * @param events oldest first, as the journal gives them
 * @param limit lines at most
 */
export function recentChanges(events: readonly JournalEvent[], limit: number): readonly RecentChange[] {
  const lines = new Map<string, JournalEvent[]>();
  for (const event of events.toReversed()) {
    if (isIntermediate(event)) continue;
    const key = keyOf(event);
    const line = lines.get(key);
    if (line !== undefined) line.push(event);
    else if (lines.size < limit) lines.set(key, [event]);
  }
  return [...lines.values()].flatMap((all) => {
    const [first] = all;
    return first === undefined ? [] : [lineOf(first, all)];
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function lineOf(first: JournalEvent, all: readonly JournalEvent[]): RecentChange {
  const many = MANY[sortOf(first)];
  const vms = new Map(
    all.flatMap(({ kind, subject, names }) =>
      names.vm === undefined
        ? []
        : [[names.vmId ?? names.vm, { name: names.vm, id: kind === 'vm_state' ? subject : names.vmId }] as const],
    ),
  );
  return {
    at: first.at,
    text: capital(all.length === 1 || many === undefined ? sentence(first) : many(all.length)),
    level: levelOf(first),
    vms: [...vms.values()].toReversed(),
    count: all.length,
  };
}
