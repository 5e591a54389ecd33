import type { LogEntryKind } from '../document/queries/query.ts';
import type { LogEntry } from '../host/model.ts';

/** The kinds of event log entries in words. */
export const LOG_ENTRY: Readonly<Record<LogEntryKind, string>> = {
  vm_queue_refused: 'VM queue refused',
  team_processors: 'processor ranges of team members reported',
  vf_refused: 'VF refused',
};
/** The kinds of event log entries. */
export const LOG_ENTRY_KINDS = Object.keys(LOG_ENTRY) as readonly LogEntryKind[];

const minute = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `3 times in 24 hours, last at 2026-01-05 08:12 UTC` for entries of one kind, sorted with the newest first. */
export function countAndTime(entries: readonly LogEntry[]): string {
  const [newest] = entries;
  const times = entries.length === 1 ? 'once' : `${entries.length} times`;
  return newest === undefined ? 'never' : `${times} in 24 hours, last at ${minute(newest.at)}`;
}

/** The message of the newest entry, in the language of the host, as a sentence; empty if the entry has no message. */
export function inWindowsWords([newest]: readonly LogEntry[]): string {
  const text = newest?.text?.replaceAll(/\s+/g, ' ').trim() ?? '';
  return text === '' ? '' : ` Windows says: ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
}
