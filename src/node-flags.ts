/**
 * The flags of Node that the service runs with, however it is started: docs/performance.md says what they cost and save.
 * package.json and the Dockerfile repeat them; test/contract/node-flags.test.ts holds them equal.
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=8'];
