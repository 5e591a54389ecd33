import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const setup = join(import.meta.dirname, '..');

/** Test files that break the rules which the setups hold: setup.system.test.ts runs them. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    isolate: false,
    maxWorkers: 1,
    env: { LEFTOVERS_WITHIN_MS: '500' },
    projects: [
      {
        extends: true,
        test: { name: 'system', include: ['leaves-*.ts'], setupFiles: [join(setup, 'leftovers.ts')] },
      },
      {
        extends: true,
        test: { name: 'unit', include: ['starts-*.ts'], setupFiles: [join(setup, 'nothing-started.ts')] },
      },
    ],
  },
});
