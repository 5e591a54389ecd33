import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALLOWED, growth, type Held } from '../../tools/soak/growth.ts';

const KILOBYTE = 1024;
const MEGABYTE = 1_000_000;
/** All parts, with the polls that faults cost */
const POLLS_AN_HOUR = 340;

/** A day as it was measured, on a machine that was busy: hours, megabytes resident, of data and of code, descriptors, children, delay */
const recorded: readonly Held[] = readFileSync(join(import.meta.dirname, '../fixtures/soak/day.txt'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [hours = 0, resident = 0, data = 0, code = 0, descriptors = 0, children = 0] = line.split(' ').map(Number);
    const sizes = { residentBytes: resident * MEGABYTE, dataBytes: data * MEGABYTE, codeBytes: code * MEGABYTE };
    return { hours, ...sizes, descriptors, children, lagP99Ms: 20 };
  });
const day = (hours = 24): readonly Held[] => recorded.filter((each) => each.hours < hours);
const changed = (change: (each: Held) => Partial<Held>, hours?: number): readonly Held[] =>
  day(hours).map((each) => ({ ...each, ...change(each) }));

describe('what grows in the simulated day', () => {
  it('is nothing in a day as it should be', () => {
    expect(day().length).toBeGreaterThan(90);
    expect(growth(day(), ALLOWED)).toEqual([]);
    expect(growth(day(6), ALLOWED)).toEqual([]);
  });

  it('is seen if each poll leaves as little as 1 kB behind, also in six hours', () => {
    const leaking = ({ hours, dataBytes }: Held) => ({ dataBytes: dataBytes + hours * POLLS_AN_HOUR * KILOBYTE });
    expect(growth(changed(leaking), ALLOWED)).toEqual([expect.stringMatching(/^the data on the heap grew from/)]);
    expect(growth(changed(leaking, 6), ALLOWED)).toHaveLength(1);
  });

  it.each<[string, (each: Held) => Partial<Held>]>([
    ['resident memory grew', ({ hours, residentBytes }) => ({ residentBytes: residentBytes + hours * MEGABYTE })],
    ['compiled code takes', ({ hours }) => ({ codeBytes: hours * MEGABYTE })],
    ['the number of file descriptors grew', ({ hours }) => ({ descriptors: 30 + Math.floor(hours / 4) })],
    ['the number of child processes grew', ({ hours }) => ({ children: hours < 12 ? 2 : 3 })],
    ['the delay of the event loop', ({ hours }) => ({ lagP99Ms: 20 + hours * 5 })],
  ])('%s', (what, change) => {
    expect(growth(changed(change), ALLOWED)).toEqual([expect.stringContaining(what)]);
  });

  it('cannot be told from a few readings', () => {
    expect(growth(day().slice(0, 7), ALLOWED)).toEqual(['7 readings are too few']);
  });
});
