import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areaPath,
  bandPieces,
  bucketed,
  type Drawn,
  HEIGHT,
  largest,
  roundUp,
  stepPath,
  WIDTH,
  windowOf,
} from '../../src/http/page/chart-geometry.ts';
import { lineChart } from '../../src/http/page/chart.ts';
import { bitRate } from '../../src/http/page/quantity.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_800_000_000_000;
const at = (minutesAgo: number, value: number | undefined) => ({ at: NOW - minutesAgo * MINUTE, value });
const drawn = (...values: (number | undefined)[]): Drawn<number>[] =>
  values.map((value, index) => ({ start: index / values.length, end: (index + 1) / values.length, value }));

/** Every number of a path as coordinates. */
const numbers = (path: string) => [...path.matchAll(/-?[\d.]+(?:e-?\d+)?/g)].map(([text]) => Number(text));

describe('the window of charts', () => {
  it('is the shortest that holds all points, up to twelve hours, and ends now', () => {
    const length = (...minutes: number[]) => windowOf([minutes.map((each) => at(each, 1))], NOW).minutes;
    expect([length(), length(3), length(16, 0), length(60, 0), length(61, 0), length(179)]).toEqual([
      15, 15, 30, 60, 120, 180,
    ]);
    expect([length(400), length(719), length(5000)]).toEqual([720, 720, 720]);
    expect(windowOf([[], [at(90, 1)]], NOW)).toEqual({ from: NOW - 2 * HOUR, to: NOW, minutes: 120 });
  });
});

describe('values as they are drawn', () => {
  const window = { from: NOW - HOUR, to: NOW, minutes: 60 };

  it('keep the largest of each bucket, and no value where none was known', () => {
    const points = [at(60, 1), at(59, undefined), at(58, 3), at(1, 9)];
    const all = bucketed(points, window, MINUTE, largest);
    expect(all).toHaveLength(60);
    expect(
      all.map(({ value }) => value).flatMap((value, index) => (value === undefined ? [] : [[index, value]])),
    ).toEqual([
      [0, 1],
      [2, 3],
      [59, 9],
    ]);
  });

  it('bridge one bucket that a late poll left empty, and no longer gap', () => {
    const points = [at(60, 1), at(58, 3), at(55, 5)];
    const values = bucketed(points, window, MINUTE, largest).map(({ value }) => value);
    expect(values.slice(0, 7)).toEqual([1, 1, 3, undefined, undefined, 5, undefined]);
  });

  it('are at most 120, lie side by side from 0 to 1, and lose no largest value', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 3, 6, 12),
        fc.constantFrom(MINUTE, 2 * MINUTE),
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: 12 * HOUR }),
            fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }),
          ),
        ),
        (hours, step, some) => {
          const span = { from: NOW - hours * HOUR, to: NOW, minutes: hours * 60 };
          const points = some.map(([before, value]) => ({ at: NOW - before - 1, value })).sort((a, b) => a.at - b.at);
          const all = bucketed(points, span, step, largest);
          expect(all.length).toBeLessThanOrEqual(120);
          expect(all[0]?.start).toBe(0);
          expect(all.at(-1)?.end).toBe(1);
          for (const [index, one] of all.entries())
            if (index > 0) expect(one.start).toBeCloseTo(all[index - 1]!.end, 9);
          const inside = points.flatMap(({ at: when, value }) =>
            when >= span.from && value !== undefined ? [value] : [],
          );
          const shown = all.flatMap(({ value }) => value ?? []);
          expect(Math.max(-1, ...shown)).toBe(Math.max(-1, ...inside));
        },
      ),
    );
  });
});

describe('paths', () => {
  it('are steps: equal neighbours are one piece, a gap breaks the line', () => {
    expect(stepPath(drawn(0, 5, 5, undefined, 10), 10)).toBe('M0 100H120V50H360M480 0H600');
    expect(stepPath([], 10)).toBe('');
    expect(
      areaPath(
        drawn(5, 5, undefined, 10).map((one) => ({
          ...one,
          value: one.value === undefined ? undefined : ([0, one.value] as const),
        })),
        10,
      ),
    ).toBe('M0 50H300L300 100L0 100ZM450 0H600L600 100L450 100Z');
    expect(bandPieces(drawn(1, 1, undefined, 2)).map(({ x, width, value }) => [x, width, value])).toEqual([
      [0, 300, 1],
      [450, 150, 2],
    ]);
  });

  it('stay within the picture, whatever the values are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: 0, max: 1e15, noNaN: true }), { nil: undefined }), { maxLength: 120 }),
        fc.double({ min: 1e-3, max: 1e12, noNaN: true }),
        (values, max) => {
          const line = drawn(...values);
          const area = line.map((one) => ({
            ...one,
            value: one.value === undefined ? undefined : ([one.value / 2, one.value] as const),
          }));
          for (const path of [stepPath(line, max), areaPath(area, max)])
            for (const number of numbers(path)) {
              expect(number).toBeGreaterThanOrEqual(0);
              expect(number).toBeLessThanOrEqual(Math.max(WIDTH, HEIGHT));
            }
        },
      ),
    );
  });
});

describe('a chart', () => {
  const chart = lineChart({
    id: 'c',
    title: 'VFs in use',
    window: { from: NOW - HOUR, to: NOW, minutes: 60 },
    step: MINUTE,
    lines: [
      { name: 'In use', look: 'used', points: [at(60, 40), at(30, 62), at(1, 50)], filled: true },
      { name: 'Limit', look: 'limit', points: [at(60, 62), at(30, 62), at(1, 62)] },
    ],
    max: 62,
    print: String,
    present: '50 of 62',
  }).text;

  it('says to a screen reader what it shows, and has its values in a table', () => {
    expect(chart).toContain('role="img" aria-label="50 of 62; lowest 40, highest 62"');
    const rows = [...chart.matchAll(/<tr><th scope="row">.*?<\/tr>/g)].map(([row]) => row.replaceAll(/<[^>]+>/g, ' '));
    expect(rows.length).toBeGreaterThanOrEqual(1);
    expect(rows[0]).toMatch(/UTC\s+50\s+62/);
  });

  it('has no style and no script of its own', () => {
    expect(chart).not.toMatch(/style=|<script|\son\w+=/);
  });
});

describe('quantities', () => {
  it('are in the units that people speak of', () => {
    expect([0, 100, 12_500, 125_000, 1_000_000, 125_000_000, 1_500_000_000].map(bitRate)).toEqual([
      '0 kbit/s',
      '0.8 kbit/s',
      '100 kbit/s',
      '1 Mbit/s',
      '8 Mbit/s',
      '1 Gbit/s',
      '12 Gbit/s',
    ]);
    expect([0, 0.3, 1, 1.2, 7, 34, 100, 101].map(roundUp)).toEqual([1, 0.5, 1, 2, 10, 50, 100, 200]);
  });
});
