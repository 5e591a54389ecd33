import { systemClock } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';

/** Kinds of files of the state folder, with what the log says while one cannot be saved and when it can again. */
const MESSAGES = {
  journal: [
    'the journal cannot be written, events are kept in memory until it can',
    'the journal can be written again, no event was lost',
  ],
  history: ['the history cannot be saved', 'the history can be saved again'],
  charts: ['the values of the charts cannot be saved', 'the values of the charts are saved again'],
  alerts: ['the alert state cannot be saved', 'the alert state is saved again'],
  updates: ['what is known of rolling updates cannot be saved', 'what is known of rolling updates is saved again'],
  nodes: ['the found cluster nodes cannot be saved', 'the found cluster nodes are saved again'],
} as const;
export type StateFile = keyof typeof MESSAGES;
/** Every kind of file of the state folder. */
export const STATE_FILES = Object.keys(MESSAGES) as readonly StateFile[];

const LOG_INTERVAL_MS = 60_000;

/** Reports saves to the state folder that fail: a full disk, a missing right. Those of all targets of a collector are one. */
export interface Saves {
  /** Runs a save. Resolves with whether it succeeded; never rejects. @param folder where the file is */
  run(file: StateFile, folder: string, save: () => Promise<void>): Promise<boolean>;
  failed(file: StateFile, folder: string, error: unknown): void;
  /** A save succeeded. Logs that failures have ended if this was the last folder where it failed. */
  succeeded(file: StateFile, folder: string): void;
}

/**
 * Logs the first failure of each kind of file, then at most one line a minute, then the end.
 * @param count called for each failed save
 * @param now milliseconds of a monotonic clock
 */
export function createSaves(
  log: Pick<Log, 'warn' | 'info'>,
  count: (file: StateFile) => void = () => undefined,
  now: () => number = () => systemClock.monotonic(),
): Saves {
  const failing = new Map<StateFile, { readonly folders: Set<string>; failures: number; loggedAt: number }>();
  const failed = (file: StateFile, folder: string, error: unknown): void => {
    count(file);
    const state = failing.get(file) ?? { folders: new Set(), failures: 0, loggedAt: Number.NEGATIVE_INFINITY };
    failing.set(file, state);
    state.folders.add(folder);
    state.failures += 1;
    if (now() - state.loggedAt < LOG_INTERVAL_MS) return;
    state.loggedAt = now();
    log.warn({ error: errorText(error), folder, failures: state.failures }, MESSAGES[file][0]);
  };
  const succeeded = (file: StateFile, folder: string): void => {
    const state = failing.get(file);
    if (state === undefined || !state.folders.delete(folder) || state.folders.size > 0) return;
    failing.delete(file);
    log.info({ folder, failures: state.failures }, MESSAGES[file][1]);
  };
  return {
    failed,
    succeeded,
    async run(file, folder, save) {
      try {
        await save();
      } catch (error) {
        failed(file, folder, error);
        return false;
      }
      succeeded(file, folder);
      return true;
    },
  };
}
