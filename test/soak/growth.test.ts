import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { growth, type Held } from '../../tools/soak/growth.ts';

const KILOBYTE = 1024;
const MEGABYTE = 1_000_000;
/** All parts, with the polls that faults cost */
const POLLS_AN_HOUR = 340;

/** Six hours as they were measured: hours; megabytes resident, outside the heap, of the heap and of code; descriptors; children; delay */
const recorded: readonly Held[] = readFileSync(join(import.meta.dirname, '../fixtures/soak/six-hours.txt'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [hours = 0, resident = 0, native = 0, heap = 0, code = 0, descriptors = 0, children = 0, delayP99Ms = 0] =
      line.trim().split(/ +/).map(Number);
    return {
      hours,
      residentBytes: resident * MEGABYTE,
      nativeBytes: native * MEGABYTE,
      heapBytes: heap * MEGABYTE,
      codeBytes: code * MEGABYTE,
      descriptors,
      children,
      delayP99Ms,
    };
  });
const changed = (change: (each: Held) => Partial<Held>): readonly Held[] =>
  recorded.map((each) => ({ ...each, ...change(each) }));

describe('what grows in the simulated day', () => {
  it('is nothing in hours as they should be', () => {
    expect(recorded.length).toBeGreaterThan(20);
    expect(growth(recorded)).toEqual([]);
  });

  it('is seen if each poll leaves a buffer of 1 kB behind, also in six hours', () => {
    const leaking = ({ hours, nativeBytes }: Held) => ({ nativeBytes: nativeBytes + hours * POLLS_AN_HOUR * KILOBYTE });
    expect(growth(changed(leaking))).toEqual([expect.stringMatching(/^memory outside the heap grew from/)]);
  });

  it.each<[string, (each: Held) => Partial<Held>]>([
    ['resident memory grew', ({ hours, residentBytes }) => ({ residentBytes: residentBytes + hours * 4 * MEGABYTE })],
    ['compiled code takes', ({ hours }) => ({ codeBytes: hours * 4 * MEGABYTE })],
    ['the number of file descriptors grew', ({ hours }) => ({ descriptors: 30 + Math.floor(hours) })],
    ['the number of child processes grew', ({ hours }) => ({ children: hours < 3 ? 2 : 3 })],
    ['the delay of the event loop', ({ hours }) => ({ delayP99Ms: 20 + hours * 20 })],
  ])('%s', (what, change) => {
    expect(growth(changed(change))).toEqual([expect.stringContaining(what)]);
  });

  it('cannot be told from a few readings', () => {
    expect(growth(recorded.slice(0, 7))).toEqual(['7 readings are too few']);
  });
});
