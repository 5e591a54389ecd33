import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';

/** Waiting in one-shot commands. For a simulated host, the clock is moved instead. */
export interface Waiting {
  readonly move: (clock: Clock) => Clock;
  /** Ends early when aborted */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** How a command waits between two polls: in real time for PowerShell, by moving the clock for a simulated or recorded host. */
export function waitingFor(source: Config['source']): Waiting {
  let ahead = 0;
  return {
    move: (clock) => ({ now: () => clock.now() + ahead, monotonic: () => clock.monotonic() + ahead }),
    wait: async (milliseconds, signal) => {
      if (source === 'powershell' || source === 'targets')
        await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
      else ahead += milliseconds;
    },
  };
}
