import type { LogEntryKind } from '../document/queries/query.ts';
import type { LogEntry } from '../host/model.ts';

/** What an entry of the event log reports, in words. */
export const LOG_ENTRY: Readonly<Record<LogEntryKind, string>> = {
  vm_queue_refused: 'VM queue refused',
  team_processors: 'processor ranges of team members reported',
  vf_refused: 'VF refused',
};
export const LOG_ENTRY_KINDS = Object.keys(LOG_ENTRY) as readonly LogEntryKind[];

const minute = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `3 times in 24 hours, last at 2026-01-05 08:12 UTC` of entries of one kind, the newest first. */
export function countAndTime(entries: readonly LogEntry[]): string {
  const [newest] = entries;
  const times = entries.length === 1 ? 'once' : `${entries.length} times`;
  return newest === undefined ? 'never' : `${times} in 24 hours, last at ${minute(newest.at)}`;
}

/** What Windows says in the newest entry, in the host's language, as a sentence of its own; empty where it says nothing. */
export function inWindowsWords([newest]: readonly LogEntry[]): string {
  const text = newest?.text?.replaceAll(/\s+/g, ' ').trim() ?? '';
  return text === '' ? '' : ` Windows says: ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
}
