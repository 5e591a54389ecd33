import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), failureMessages: z.array(z.string()) })),
    }),
  ),
});

/** What a run of the files in sample/ says of each. */
const results = new Map<string, string>();

beforeAll(async () => {
  const vitest = join(import.meta.dirname, '../../../node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--config', join(import.meta.dirname, 'sample/vitest.config.ts'), '--reporter=json'];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { env: { ...process.env, VITEST: '' } }, (_, stdout) => resolve(stdout));
  });
  for (const { name, status, message, assertionResults } of report.parse(JSON.parse(output)).testResults)
    results.set(
      basename(name, '.ts'),
      [status, message, ...assertionResults.flatMap(({ failureMessages }) => failureMessages)].join(' '),
    );
});

describe('a test file that leaves something behind', () => {
  it.each([
    ['leaves-folder', /^failed .*left behind:\s+temporary file or folder: folder ü /],
    ['leaves-server', /^failed .*left behind:\s+listening server: 1/],
    ['leaves-process', /^failed .*left behind:\s+process \d+: sleep 60 \n\s+child process: 1/],
    ['leaves-grandchild', /^failed .*left behind:\s+process \d+: sleep 60 /],
  ])('fails: %s', (name, expected) => {
    expect(results.get(name)).toMatch(expected);
  });

  it('passes if it has removed, closed and ended all that it started', () => {
    expect(results.get('leaves-nothing')).toMatch(/^passed/);
  });
});

describe('a unit test that starts something', () => {
  it.each([
    ['starts-program', /^failed .*a unit test must not call execFileSync\(\)/],
    ['starts-server', /^failed .*a unit test must not call listen\(\)/],
  ])('fails: %s', (name, expected) => {
    expect(results.get(name)).toMatch(expected);
  });
});
