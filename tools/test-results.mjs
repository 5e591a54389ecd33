// Reads vitest's JSON reports of a run of CI: `failed-files REPORT` prints the files to run again, `summary FOLDER` each
// test that failed with its message, and as its last line "N passed, N failed". A test that fails and passes when its file
// runs again alone is printed as flaky and counts as passed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const RUNS = ['suite', 'unit', 'shutdown'];

/** The files of a report, each with its tests; undefined where the run ended before it wrote one. */
function filesOf(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : undefined;
}

/** What failed in a file: its tests, or the file itself where it could not be loaded; by name, with the message. */
function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0 && status === 'failed') return [{ name, message }];
  return failed.map((test) => ({ name: `${name}: ${test.fullName}`, message: test.failureMessages.join('\n') }));
}

const passedOf = (files) =>
  files.flatMap((file) => file.assertionResults).filter((test) => test.status === 'passed').length;

/** @returns passed and failed tests of one run; a run that failed without a failed test counts as one failure */
function summaryOf(folder, run) {
  const first = filesOf(join(folder, `${run}.json`));
  const again = filesOf(join(folder, `${run}.again.json`)) ?? [];
  const last = (first ?? []).map((file) => again.find(({ name }) => name === file.name) ?? file);
  const failures = last.flatMap(failuresOf);
  for (const { name, message } of failures) console.log(`\nFAILED ${name}\n${message}`);
  const failedAgain = new Set(failures.map(({ name }) => name));
  for (const { name, message } of (first ?? []).flatMap(failuresOf))
    if (!failedAgain.has(name)) console.log(`\nFLAKY ${name}\n${message}`);
  const stopped = first === undefined || existsSync(join(folder, `${run}.failed`));
  if (stopped && failures.length === 0)
    console.log(`\nFAILED ${run}: it ended without a test that failed; its own output says why`);
  return { passed: passedOf(last), failed: stopped ? Math.max(1, failures.length) : failures.length };
}

const [command, path] = process.argv.slice(2);
if (command === 'failed-files') {
  for (const file of filesOf(path) ?? []) if (failuresOf(file).length > 0) console.log(file.name);
} else {
  const runs = RUNS.map((run) => summaryOf(path, run));
  const noTools = existsSync(join(path, 'tools.failed'));
  if (noTools) console.log('\nFAILED tools: what the tests need could not be installed');
  const passed = runs.reduce((sum, run) => sum + run.passed, 0);
  const failed = runs.reduce((sum, run) => sum + run.failed, noTools ? 1 : 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
