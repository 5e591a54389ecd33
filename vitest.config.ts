import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // More than cores: much of the time is spent waiting for servers and polls.
    maxWorkers: 4,
    // A rejection that nobody handles ends Node in production: it fails the run here.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
