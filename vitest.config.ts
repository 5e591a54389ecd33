import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const options: TestProjectInlineConfiguration['test'] = {
  // A test that succeeds returns at once, however long it may take: a busy machine is slow, not a failure.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 100_000 } },
  // Test files share what a worker has loaded and compiled, which is a third of all the work: none of them changes it
  // (no mocks of modules, no changes of the environment, clocks are put back) nor leaves anything running.
  isolate: false,
  setupFiles: ['test/support/setup/leftovers.ts'],
  // Room for what lives for one round of a simulated host, and no optimising of code that runs shortly (an option of Node
  // 20 only): together 8 % less processor time for the tests of simulated hosts and diagnosis (23.0 s, without 24.9 s).
  execArgv: [
    '--max-semi-space-size=64',
    ...(process.versions.node.startsWith('20.') ? ['--interrupt-budget=1000000'] : []),
  ],
  // PowerShell engines that run for seconds spend much of them in .NET's JIT compiler. Without its optimisations two test
  // files of the module take 15.0 s of processor time, with them 18.6 s.
  // No folder for state unless a test names one: what one run keeps must not be found by the next.
  env: { DOTNET_JITMinOpts: '1', XDG_STATE_HOME: '/dev/null' },
};

/** Tests that start programs or servers; test/contract/projects.test.ts holds the rule. */
const system = 'test/**/*.system.test.ts';
const onWindows = 'test/windows/**/*.test.ts';

export default defineConfig({
  test: {
    // Twice two cores: much of the time is spent waiting for servers and polls.
    maxWorkers: 4,
    // Measured where the code runs in the process of the tests (--coverage): in .ci/run with the project `unit`. What only
    // the built program runs (main.ts, native calls of Windows) is not seen.
    coverage: { include: ['src/**/*.ts'], reporter: ['text-summary'], thresholds: { lines: 74 } },
    // A rejection that nobody handles ends Node in production: it fails the run here.
    dangerouslyIgnoreUnhandledErrors: false,
    projects: [
      // Runs from a checkout without a build; starting a program or a server is an error.
      {
        test: {
          ...options,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [system, onWindows],
          setupFiles: ['test/support/setup/nothing-started.ts', 'test/support/setup/leftovers.ts'],
        },
      },
      { test: { ...options, name: 'system', include: [system], globalSetup: ['test/support/build-once.ts'] } },
      // The built program under Node for Windows; tools/test-bed installs what it needs
      {
        test: {
          ...options,
          name: 'windows',
          include: [onWindows],
          globalSetup: ['test/support/build-once.ts', 'test/support/windows/prefix.ts'],
        },
      },
    ],
  },
});
