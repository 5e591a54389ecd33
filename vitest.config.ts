import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One more than two cores: some of the time is spent waiting for servers and polls.
    maxWorkers: 3,
    // Simulated hosts make much that lives for one round: with room for it the collector has a tenth less to do.
    execArgv: ['--max-semi-space-size=64'],
    // A rejection that nobody handles ends Node in production: it fails the run here.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
