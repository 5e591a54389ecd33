import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A rejection that nobody handles ends Node in production: it fails the run here.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
