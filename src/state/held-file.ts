import { setTimeout as sleep } from 'node:timers/promises';

/** What Windows answers while another program (virus scanner, backup, editor) has the file open and does not share it. */
const HELD: ReadonlySet<unknown> = new Set(['EPERM', 'EBUSY', 'EACCES']);
const isHeld = (error: unknown): boolean => error instanceof Error && 'code' in error && HELD.has(error.code);

/** Milliseconds between the attempts: a second in all */
const WAITS: readonly number[] = [10, 20, 40, 80, 150, 300, 400];

/** Tries for a second to do what fails while another program has the file open. Rejects with the last error. */
export async function whileHeld<T>(attempt: () => Promise<T>, waits: readonly number[] = WAITS): Promise<T> {
  for (const wait of waits) {
    try {
      return await attempt();
    } catch (error) {
      if (!isHeld(error)) throw error;
      await sleep(wait);
    }
  }
  return attempt();
}

/** The same at the start of the agent, before it serves: it blocks. */
export function whileHeldSync<T>(attempt: () => T, waits: readonly number[] = WAITS): T {
  for (const wait of waits) {
    try {
      return attempt();
    } catch (error) {
      if (!isHeld(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
    }
  }
  return attempt();
}
