/**
 * The wall clock and the monotonic clock. Only this file reads them. Everything else gets a Clock passed in, so that
 * tests, `explain` and the soak test can step time.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump in both directions. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes back; ages and deadlines use this one. */
  monotonic(): number;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
