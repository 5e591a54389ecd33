import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeWith } from '../support/tools.ts';
import { inRepository, runOnWindows, windowsPath } from '../support/windows/windows.ts';

/**
 * Pure functions over long series: they touch nothing of the platform, and take half the time of all unit tests. The fuzzer
 * makes JSON that is too deep for JSON.stringify on the stack of Windows. The manifests have paths of Linux containers.
 */
const LEFT_OUT = [
  'test/alerting/no-sriov.test.ts',
  'test/e2e/public-reports.test.ts',
  'test/fuzz/surfaces.test.ts',
  'test/host/mangled.test.ts',
  'test/packaging/kubernetes.test.ts',
  'test/simulated-host/tour.test.ts',
];

const unitTests = readdirSync(join(import.meta.dirname, '..'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && !name.endsWith('.system.test.ts') && !name.startsWith('windows/'))
  .map((name) => `test/${name}`);

/** Wine makes symbolic links that Node for Windows then sees as files and folders, or none at all. */
const NO_LINKS = [
  'an existing data folder with a link as itself is refused, also when it is taken over, and what it leads to is left alone',
  'an existing data folder with a link as its folder of state is refused, also when it is taken over, and what it leads to is left alone',
  'an existing data folder with a link somewhere in it is refused, also when it is taken over, and what it leads to is left alone',
  'the folders of removed targets are no files, links and names that no target has',
];

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

describeWith(['win-node'], 'the unit tests on Windows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unit tests ü '));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('pass, except for what is of Wine', { timeout: 600_000 }, async () => {
    const file = join(folder, 'report.json');
    const { stderr } = await runOnWindows('win-node', [
      '--',
      inRepository('node_modules/vitest/vitest.mjs'),
      'run',
      '--root',
      inRepository(''),
      '--project=unit',
      '--maxWorkers=2',
      '--reporter=json',
      '--outputFile',
      windowsPath(file),
      // The flag --exclude does not reach projects.
      ...unitTests.filter((each) => !LEFT_OUT.includes(each)),
    ]);
    const { numPassedTests, testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const failed = testResults.flatMap(({ name, status, message, assertionResults }) => {
      const tests = assertionResults.filter((each) => each.status === 'failed');
      // A file that could not be loaded has no tests.
      if (tests.length === 0) return status === 'failed' ? [{ name, why: message }] : [];
      return tests.map(({ fullName, failureMessages }) => ({ name: fullName, why: failureMessages.join('\n') }));
    });
    expect(failed.filter(({ name }) => !NO_LINKS.includes(name))).toEqual([]);
    expect(failed.map(({ name }) => name).toSorted()).toEqual(NO_LINKS.toSorted());
    expect(numPassedTests, stderr).toBeGreaterThan(1500);
    expect(testResults).toHaveLength(unitTests.length - LEFT_OUT.length);
  });
});
