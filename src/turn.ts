import { setImmediate as turn } from 'node:timers/promises';

/** Lets other work on the event loop run first. For use between steps of work that together take long. */
export const nextTurn = (): Promise<void> => turn();

/** Work in steps: it yields where other work may run. On a host with a thousand VMs all steps take tens of milliseconds. */
export type Steps<T> = Generator<undefined, T, undefined>;

/**
 * Does the work, each step in its own turn of the event loop. Rejects with what a step throws, or with what `beforeEach`
 * throws, which is called before every step to abandon work that is no longer needed.
 */
export async function inTurns<T>(steps: Steps<T>, beforeEach: () => void = () => {}): Promise<T> {
  for (;;) {
    beforeEach();
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

/** Does all steps at once, for commands and tests. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** `make` of each item, with a pause after every few hundred. */
export function* eachInSteps<T, R>(items: readonly T[], make: (item: T) => R): Steps<R[]> {
  const made: R[] = [];
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % FEW === 0) yield;
    made.push(make(item));
  }
  return made;
}
const FEW = 512;
