import { vi } from 'vitest';
import { settle } from './settle.ts';

const SECOND = 1000;
/** Lets simulated time pass, as far as vitest's timers are in use; the work of each second ends before the next begins. */
export async function pass(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += SECOND) {
    await vi.advanceTimersByTimeAsync(SECOND);
    await settle();
  }
}
