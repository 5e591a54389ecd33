import { setImmediate as turn } from 'node:timers/promises';

/** Turns of the event loop between the end of one piece of work and the start of the next, at most. */
const QUIET_TURNS = 8;

/** Node's names of what is under way: a file that is read or written, a step that waits for its turn of the event loop. */
const isWork = (resource: string): boolean => resource.startsWith('FSReq') || resource === 'Immediate';

/**
 * Waits until nothing is left to do before the next timer. Real work, like writing a file or rendering a host in many turns of
 * the event loop, costs no simulated time, however slow the machine is.
 * @param isBusy whether work is under way that Node does not list, such as a compression
 */
export async function settle(isBusy: () => boolean = () => false): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS;) {
    await turn();
    quiet = isBusy() || process.getActiveResourcesInfo().some(isWork) ? 0 : quiet + 1;
  }
}
