import { setImmediate as turn } from 'node:timers/promises';

/** Lets whoever waits for the event loop go first: between pieces of work that together take long. */
export const nextTurn = (): Promise<void> => turn();
