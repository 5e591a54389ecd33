import type { Gate } from '../collect/host-reader.ts';

/** A gate that lets a number of works run at the same time, the others in the order in which they came. */
export interface LimitedGate {
  readonly run: Gate;
  /** How many wait for their turn */
  readonly waiting: () => number;
}

/** @param limit how many works may run at the same time, at least 1 */
export function createGate(limit: number): LimitedGate {
  const queue: (() => void)[] = [];
  let running = 0;
  return {
    waiting: () => queue.length,
    async run(work) {
      // Who is woken takes over the place of the one that ended, so that nobody who came later gets it.
      if (running < limit) running += 1;
      else await new Promise<void>((resolve) => queue.push(resolve));
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
