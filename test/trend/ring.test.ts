import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRing, type RingShape } from '../../src/trend/ring.ts';

const SHAPE: RingShape = { step: 1000, steps: 8, columns: 2, ids: 4 };

interface Written {
  readonly at: number;
  readonly rows: readonly (readonly [string, readonly number[]])[];
}

/** The times of a clock that goes forward, with gaps, from somewhere in a step. */
const writes = fc
  .array(
    fc.record({
      after: fc.integer({ min: 0, max: 3500 }),
      rows: fc.uniqueArray(
        fc.tuple(
          fc.constantFrom('a', 'b', 'c', 'd'),
          fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 0, max: 9 })),
        ),
        { selector: ([id]) => id, maxLength: 4 },
      ),
    }),
    { maxLength: 60 },
  )
  .map((all) => {
    let at = 1_000_000;
    return all.map(({ after, rows }): Written => ({ at: (at += after), rows }));
  });

/** What a ring should hold, kept without any bound: the last write of each step, of the last steps. */
function expected(all: readonly Written[], id: string) {
  const byStep = new Map<number, Written>();
  for (const one of all) byStep.set(Math.floor(one.at / SHAPE.step), one);
  const newest = Math.max(...byStep.keys());
  const seen = all.filter(
    ({ at, rows }) => Math.floor(at / SHAPE.step) > newest - SHAPE.steps && rows.some(([one]) => one === id),
  );
  if (seen.length === 0) return [];
  return [...byStep]
    .filter(([step]) => step > newest - SHAPE.steps)
    .map(([step, { rows }]) => ({
      at: step * SHAPE.step,
      values: [...(rows.find(([one]) => one === id)?.[1] ?? [Number.NaN, Number.NaN])],
    }));
}

const fill = (all: readonly Written[], shape = SHAPE) => {
  const ring = createRing(shape);
  for (const { at, rows } of all) ring.record(at, rows);
  return ring;
};

describe('a ring of values over time', () => {
  it('holds the last value of each of the last steps, whatever came and went', () => {
    fc.assert(
      fc.property(writes, (all) => {
        const ring = fill(all);
        for (const id of ['a', 'b', 'c', 'd', 'e'])
          expect(ring.points(id)).toEqual(all.length === 0 ? [] : expected(all, id));
      }),
      { numRuns: 300 },
    );
  });

  it('never grows beyond its bound, and drops the id that was missing for the longest', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.nat(1500)), { maxLength: 100 }), (all) => {
        const ring = createRing(SHAPE);
        let at = 0;
        for (const [id, after] of all) ring.record((at += after), [[id, [1, 2]]]);
        expect(ring.size()).toBeLessThanOrEqual(SHAPE.steps * SHAPE.columns * SHAPE.ids);
      }),
    );
    const ring = createRing({ ...SHAPE, ids: 2 });
    ring.record(1000, [
      ['a', [1, 1]],
      ['b', [1, 1]],
    ]);
    ring.record(2000, [['b', [1, 1]]]);
    ring.record(3000, [
      ['c', [3, 3]],
      ['b', [3, 3]],
      ['d', [3, 3]],
    ]);
    expect(['a', 'b', 'c', 'd'].map((id) => ring.points(id).length > 0)).toEqual([false, true, true, false]);
  });

  it('is the same after it was saved and restored', () => {
    fc.assert(
      fc.property(writes, (all) => {
        const ring = fill(all);
        const again = createRing(SHAPE);
        again.restore(ring.save(), all.at(-1)?.at ?? 0);
        for (const id of ['a', 'b', 'c', 'd']) {
          const known = ring.points(id);
          // Steps in which nothing at all was known are not told apart from an id without values.
          if (known.some(({ values }) => !values.every(Number.isNaN))) expect(again.points(id)).toEqual(known);
        }
      }),
    );
  });

  it('restores what is not too old and of the same shape; what is of the future since the clock was set back comes before now', () => {
    const saved = fill([
      { at: 1000, rows: [['a', [1, 1]]] },
      { at: 5000, rows: [['a', [5, 5]]] },
    ]).save();
    const at = (now: number, shape = SHAPE) => {
      const ring = createRing(shape);
      ring.restore(saved, now);
      return ring.points('a').map((point) => point.at);
    };
    expect(at(6000)).toEqual([1000, 5000]);
    expect(at(10_000)).toEqual([5000]);
    expect(at(60_000)).toEqual([]);
    expect(at(3000)).toEqual([-2000, 2000]);
    expect(at(6000, { ...SHAPE, step: 2000 })).toEqual([]);
    expect(at(6000, { ...SHAPE, columns: 1 })).toEqual([]);
  });

  it('keeps what it holds when the clock is set back by a moment or by years', () => {
    for (const back of [1000, 30_000, 1e12]) {
      const now = 2e12 - back;
      const ring = fill([
        { at: 2e12 - 2000, rows: [['a', [1, 1]]] },
        { at: 2e12, rows: [['b', [2, 2]]] },
        { at: now, rows: [['a', [3, 3]]] },
        { at: now + 1000, rows: [['a', [4, 4]]] },
      ]);
      const missing = [Number.NaN, Number.NaN];
      expect(ring.points('a')).toEqual([
        { at: now - 3000, values: [1, 1] },
        { at: now - 1000, values: missing },
        { at: now, values: [3, 3] },
        { at: now + 1000, values: [4, 4] },
      ]);
      expect(ring.points('b').map(({ values }) => values)).toEqual([missing, [2, 2], missing, missing]);
    }
  });
});
