import { setImmediate as turn } from 'node:timers/promises';

/** Lets whoever waits for the event loop go first: between pieces of work that together take long. */
export const nextTurn = (): Promise<void> => turn();

/** Work that yields where others may go first: on a host of a thousand VMs the whole takes tens of milliseconds. */
export type Steps<T> = Generator<undefined, T, undefined>;

/**
 * Does the work, each step in a turn of its own. Rejects with what a step throws, or `beforeEach`, which is called
 * before every step: to give up what nobody waits for any more.
 */
export async function inTurns<T>(steps: Steps<T>, beforeEach: () => void = () => {}): Promise<T> {
  for (;;) {
    beforeEach();
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

/** Does the work all at once: where nobody waits. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** `make` of each, with a pause after every few hundred. */
export function* eachInSteps<T, R>(items: readonly T[], make: (item: T) => R): Steps<R[]> {
  const made: R[] = [];
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % FEW === 0) yield;
    made.push(make(item));
  }
  return made;
}
const FEW = 512;
