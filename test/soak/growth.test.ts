import { describe, expect, it } from 'vitest';
import { type Allowed, growth, type Held } from '../../tools/soak/growth.ts';

const KILOBYTE = 1024;
const MEGABYTE = 1_000_000;
const allowed: Allowed = {
  data: MEGABYTE,
  code: 12 * MEGABYTE,
  resident: 10 * MEGABYTE,
  descriptors: 2,
  children: 0,
  lagMs: 50,
};
/** All parts, with the polls that faults cost */
const POLLS_AN_HOUR = 340;

/** A day as it was measured: data that go up and down, code that grows, and pages that are given back now and then. */
const day = (hours = 24): readonly Held[] =>
  Array.from({ length: hours * 4 }, (_, index) => ({
    hours: index / 4,
    residentBytes: [215, 206, 278, 227][index % 4]! * MEGABYTE,
    dataBytes: (25 + [0, 0.6, 0.2, 0.4][index % 4]!) * MEGABYTE,
    codeBytes: Math.min(10, 6 + index / 10) * MEGABYTE,
    descriptors: 30,
    children: 2,
    lagP99Ms: 20,
  }));
const changed = (change: (each: Held) => Partial<Held>, hours?: number): readonly Held[] =>
  day(hours).map((each) => ({ ...each, ...change(each) }));

describe('what grows in the simulated day', () => {
  it('is nothing in a day as it should be', () => {
    expect(growth(day(), allowed)).toEqual([]);
  });

  it('is seen, be it 1 kB that each poll leaves behind, also in six hours', () => {
    const leaking = ({ hours, dataBytes }: Held) => ({ dataBytes: dataBytes + hours * POLLS_AN_HOUR * KILOBYTE });
    expect(growth(changed(leaking), allowed)).toEqual([expect.stringMatching(/^the data on the heap grew from/)]);
    expect(growth(changed(leaking, 6), allowed)).toHaveLength(1);
  });

  it.each<[string, (each: Held) => Partial<Held>]>([
    ['resident memory grew', ({ hours, residentBytes }) => ({ residentBytes: residentBytes + hours * MEGABYTE })],
    ['compiled code takes', ({ hours }) => ({ codeBytes: hours * MEGABYTE })],
    ['the number of file descriptors grew', ({ hours }) => ({ descriptors: 30 + Math.floor(hours / 4) })],
    ['the number of child processes grew', ({ hours }) => ({ children: hours < 12 ? 2 : 3 })],
    ['the delay of the event loop', ({ hours }) => ({ lagP99Ms: 20 + hours * 5 })],
  ])('%s', (what, change) => {
    expect(growth(changed(change), allowed)).toEqual([expect.stringContaining(what)]);
  });

  it('cannot be told from a few readings', () => {
    expect(growth(day().slice(0, 7), allowed)).toEqual(['7 readings are too few']);
  });
});
