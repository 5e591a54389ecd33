/**
 * The wall clock and the monotonic clock, as a value that is passed in: this is the only file that reads them,
 * so that tests, `explain` and the soak can step time.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes back; ages and deadlines use this one. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
