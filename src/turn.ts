import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from './clock.ts';

const waiting: (() => void)[] = [];

/**
 * Lets other work on the event loop run. Call it between the steps of long work. One waiting step runs in each turn of the event
 * loop, in the order of the calls: twenty hosts that are read at the same time do not block it for twenty steps.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) void resume();
  });
}

async function resume(): Promise<void> {
  while (waiting.length > 0) {
    await turn();
    waiting.shift()?.();
  }
}

/** Work in steps: it yields where other work may run. On a host with a thousand VMs all steps together take tens of milliseconds. */
export type Steps<T> = Generator<undefined, T, undefined>;

/**
 * Does the work, each step in its own turn of the event loop. Rejects with the error of a step or of `beforeEach`.
 * @param beforeEach called before every step; it throws to abandon work that is no longer needed
 */
export async function inTurns<T>(steps: Steps<T>, beforeEach: () => void = () => {}): Promise<T> {
  for (;;) {
    beforeEach();
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

/** How long work in small steps may keep the event loop before it lets other work in, milliseconds. */
export const SLICE_MS = 2;

/**
 * Does work whose steps are short: as many in one turn of the event loop as fit into SLICE_MS. Rejects with the error of a step
 * or of `beforeEach`.
 * @param beforeEach called before every turn; it throws to abandon work that is no longer needed
 */
export async function inSlices<T>(steps: Steps<T>, beforeEach: () => void = () => {}): Promise<T> {
  for (;;) {
    beforeEach();
    const start = systemClock.monotonic();
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (systemClock.monotonic() - start < SLICE_MS);
    await nextTurn();
  }
}

/**
 * Does work one run at a time. Calls share the next run that begins after them, so that however many come while one runs,
 * one more follows. Rejects with the error of that run.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    next = undefined;
    return work();
  };
  return () => {
    if (next === undefined) {
      next = last.then(begin, begin);
      last = next;
    }
    return next;
  };
}

/** Does all steps synchronously, for commands and tests. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Maps the items with `make`, with a yield after every few hundred. */
export function* eachInSteps<T, R>(items: readonly T[], make: (item: T) => R): Steps<R[]> {
  const made: R[] = [];
  for (const item of items) {
    if (made.length > 0 && made.length % FEW === 0) yield;
    made.push(make(item));
  }
  return made;
}
const FEW = 256;
