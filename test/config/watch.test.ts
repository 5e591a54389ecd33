import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { untilAtRest } from '../../src/config/watch.ts';

const folder = mkdtempSync(join(tmpdir(), 'at rest '));
const file = join(folder, 'config.yaml');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Whether it is over after so long, of simulated time. */
function waiting(files: () => readonly string[]): (ms: number) => Promise<boolean> {
  let over = false;
  void untilAtRest(files).then(() => (over = true));
  return async (ms) => {
    await vi.advanceTimersByTimeAsync(ms);
    return over;
  };
}

it('a file that an editor writes in pieces is read when it has not changed for a quarter of a second', async () => {
  writeFileSync(file, 'targets:\n  list:\n');
  const isOver = waiting(() => [file]);
  for (let host = 0; host < 10; host += 1) {
    expect(await isOver(200)).toBe(false);
    appendFileSync(file, `    - name: hv${host}\n`);
  }
  expect(await isOver(500)).toBe(true);
});

it('a file that changes all the time, like a log, is waited for five seconds', async () => {
  const isOver = waiting(() => [file]);
  for (let at = 0; at < 4800; at += 200) {
    appendFileSync(file, '# line\n');
    expect(await isOver(200)).toBe(false);
  }
  appendFileSync(file, '# line\n');
  expect(await isOver(200)).toBe(true);
});

it('files that are not there, or cannot be listed, are at rest', async () => {
  const missing = waiting(() => [join(folder, 'missing')]);
  expect(await missing(250)).toBe(true);
  const unlisted = waiting(() => {
    throw new Error('EACCES');
  });
  expect(await unlisted(250)).toBe(true);
});
