import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';

const SECOND = 1000;
/** Turns of the event loop between the end of one piece of work and the start of the next, at most. */
const QUIET_TURNS = 8;

/** Node's names of what is under way: a file that is read or written, a step that waits for its turn of the event loop. */
const isWork = (resource: string): boolean => resource.startsWith('FSReq') || resource === 'Immediate';

/**
 * Waits until nothing is left to do before the next timer. Real work, like writing a file or rendering a host in many turns of
 * the event loop, costs no simulated time, however slow the machine is.
 */
export async function settle(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS;) {
    await turn();
    quiet = process.getActiveResourcesInfo().some(isWork) ? 0 : quiet + 1;
  }
}

/** Lets simulated time pass, as far as vitest's timers are in use; the work of each second ends before the next begins. */
export async function pass(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += SECOND) {
    await vi.advanceTimersByTimeAsync(SECOND);
    await settle();
  }
}
