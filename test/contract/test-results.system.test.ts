import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'test-results-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A report of vitest with one file, in the fields that the summary reads. */
function report(name: string, tests: Record<string, 'passed' | 'failed'>): void {
  const assertionResults = Object.entries(tests).map(([fullName, status]) => ({
    fullName,
    status,
    failureMessages: status === 'failed' ? [`Error: ${fullName}`] : [],
  }));
  const status = assertionResults.some((test) => test.status === 'failed') ? 'failed' : 'passed';
  const testResults = [{ name: 'a.test.ts', status, message: '', assertionResults }];
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ testResults }));
}

function results(...args: string[]): { status: number | null; lines: string[] } {
  const { status, stdout } = spawnSync(process.execPath, ['tools/test-results.mjs', ...args], { encoding: 'utf8' });
  return { status, lines: stdout.split('\n').filter((line) => line !== '') };
}

it('counts what passed in all runs', () => {
  report('suite', { one: 'passed', two: 'passed' });
  report('unit', { one: 'passed' });
  report('shutdown', { three: 'passed' });
  expect(results('summary', folder)).toEqual({ status: 0, lines: ['4 passed, 0 failed'] });
});

it('names a test that failed and passed alone as flaky, with its message', () => {
  report('suite', { one: 'passed', two: 'failed' });
  report('suite.again', { one: 'passed', two: 'passed' });
  report('unit', { one: 'passed' });
  report('shutdown', { three: 'passed' });
  expect(results('failed-files', join(folder, 'suite.json')).lines).toEqual(['a.test.ts']);
  expect(results('summary', folder)).toEqual({
    status: 0,
    lines: ['FLAKY a.test.ts: two', 'Error: two', '4 passed, 0 failed'],
  });
});

it('fails for a test that failed twice, and for a run that ended before its tests', () => {
  report('suite', { one: 'passed', two: 'failed' });
  report('suite.again', { one: 'passed', two: 'failed' });
  writeFileSync(join(folder, 'suite.failed'), '');
  report('unit', { one: 'passed' });
  writeFileSync(join(folder, 'unit.failed'), '');
  expect(results('summary', folder)).toEqual({
    status: 1,
    lines: [
      'FAILED a.test.ts: two',
      'Error: two',
      'FAILED unit: it ended without a test that failed; its own output says why',
      'FAILED shutdown: it ended without a test that failed; its own output says why',
      '2 passed, 3 failed',
    ],
  });
});
