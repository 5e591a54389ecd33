/**
 * The flags of Node that the service runs with, however it is started: docs/performance.md says what they cost and save.
 * package.json and the Dockerfile repeat them; test/contract/node-flags.test.ts holds them equal.
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=8'];

/**
 * Flags of V8 that a collector sets for itself when it starts: how much the heap grows, in percent of what is in use after a full
 * garbage collection, until the next one. V8 itself lets it grow up to 300 %: docs/performance.md says what that costs.
 */
export const COLLECTOR_FLAGS: readonly string[] = ['--heap-growing-percent=60'];
