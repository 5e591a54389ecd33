import type { Point } from '../../trend/trends.ts';

/** The drawing area of every chart, in its own units: the browser stretches it. */
export const WIDTH = 600;
/** Height of a chart in units of its viewBox. */
export const HEIGHT = 100;
/** Values that are drawn at most: more would be narrower than a pixel on a phone. */
const MAX_BUCKETS = 120;
const MINUTE = 60_000;
/** Lengths of windows, minutes */
const LENGTHS = [15, 30, 60, 120, 180, 360, 720] as const;

/** From when to when a chart shows, Unix milliseconds. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
  readonly minutes: number;
}

/** A value at a place from left to right, 0 to 1; `end` is where the next one begins. */
export interface Drawn<T> {
  readonly start: number;
  readonly end: number;
  readonly value: T | undefined;
}

/** The shortest of a few windows until `now` that all points fit in, so that charts of one page can be compared. */
export function windowOf(all: readonly (readonly Point<unknown>[])[], now: number): TimeWindow {
  const first = Math.min(now, ...all.flatMap(([point]) => (point === undefined ? [] : [point.at])));
  const minutes = LENGTHS.find((each) => now - first <= each * MINUTE) ?? 720;
  return { from: now - minutes * MINUTE, to: now, minutes };
}

/**
 * Points as they are drawn: in at most 120 buckets of equal width, each with what `pick` says of its known values.
 * Between two points that are further apart than two steps nothing is known.
 *
 * @param step milliseconds between two points
 */
export function bucketed<T>(
  points: readonly Point<T>[],
  { from, to }: TimeWindow,
  step: number,
  pick: (values: readonly [T, ...T[]]) => T,
): readonly Drawn<T>[] {
  const width = Math.max(step, Math.ceil((to - from) / MAX_BUCKETS / step) * step);
  const count = Math.ceil((to - from) / width);
  const found: (T[] | undefined)[] = Array.from({ length: count });
  const read = new Set<number>();
  for (const { at, value } of points) {
    // A point is the beginning of its step: the newest one may lie a moment before the window's end.
    const index = Math.floor((at - from) / width);
    read.add(index);
    if (value === undefined || index < 0 || index >= count) continue;
    (found[index] ??= []).push(value);
  }
  // Polls are a little early or late: two that are up to two steps apart leave one bucket without a point between them.
  const bridged = (index: number): T[] | undefined =>
    read.has(index) || !read.has(index + 1) ? found[index] : found[index - 1];
  return found.map((_, index) => {
    const [first, ...others] = bridged(index) ?? [];
    return {
      start: (index * width) / (to - from),
      end: Math.min(1, ((index + 1) * width) / (to - from)),
      value: first === undefined ? undefined : pick([first, ...others]),
    };
  });
}

/** The largest of at least one value. */
export const largest = (values: readonly [number, ...number[]]): number => Math.max(...values);
/** The last of at least one value. */
export const last = <T>(values: readonly [T, ...T[]]): T => values.at(-1) ?? values[0];

const x = (share: number): string => trim(share * WIDTH);
const y = (value: number, max: number): string => trim(HEIGHT - (Math.min(value, max) / max) * HEIGHT);
const trim = (number: number): string => String(Math.round(number * 10) / 10);

/** A line of steps, broken where a value is not known; equal neighbours are one piece. */
export function stepPath(drawn: readonly Drawn<number>[], max: number): string {
  let path = '';
  let height: string | undefined;
  let reached = 0;
  for (const { start, end, value } of drawn) {
    const now = value === undefined ? undefined : y(value, max);
    if (height !== now) {
      if (height !== undefined) path += `H${x(reached)}`;
      if (now !== undefined) path += height === undefined ? `M${x(start)} ${now}` : `V${now}`;
      height = now;
    }
    reached = end;
  }
  return height === undefined ? path : `${path}H${x(reached)}`;
}

/** The area between two lines of steps (the lower one is 0 without `below`), closed at each gap. */
export function areaPath(drawn: readonly Drawn<readonly [below: number, above: number]>[], max: number): string {
  const pieces: Drawn<readonly [number, number]>[][] = [];
  let open: Drawn<readonly [number, number]>[] | undefined;
  for (const one of drawn) {
    if (one.value === undefined) open = undefined;
    else if (open === undefined) pieces.push((open = [one]));
    else open.push(one);
  }
  return pieces
    .map((piece) => {
      const upper = stepPath(
        piece.map((one) => ({ ...one, value: one.value?.[1] })),
        max,
      );
      const lower = piece.toReversed().flatMap(({ start, end, value: [below] = [0, 0] }) => {
        const top = y(below, max);
        return [
          { left: x(end), top },
          { left: x(start), top },
        ];
      });
      return `${upper}${merged(lower)}Z`;
    })
    .join('');
}

/** A line through points. Those that lie on one level between others are left out. */
const merged = (points: readonly { readonly left: string; readonly top: string }[]): string =>
  points
    .filter(({ top }, index) => points[index - 1]?.top !== top || points[index + 1]?.top !== top)
    .map(({ left, top }) => `L${left} ${top}`)
    .join('');

/** Pieces of a band: neighbours of one value together. */
export function bandPieces<T>(
  drawn: readonly Drawn<T>[],
): readonly { readonly x: number; readonly width: number; readonly value: T }[] {
  const pieces: { x: number; width: number; value: T; end: number }[] = [];
  for (const { start, end, value } of drawn) {
    if (value === undefined) continue;
    const before = pieces.at(-1);
    if (before !== undefined && before.value === value && Math.abs(before.end - start) < 1e-9) {
      before.width += (end - start) * WIDTH;
      before.end = end;
    } else pieces.push({ x: start * WIDTH, width: (end - start) * WIDTH, value, end });
  }
  return pieces.map(({ x: left, width, value }) => ({ x: left, width, value }));
}

/** The smallest of 1, 2, 5, 10, 20, … that is not below a value; 1 for zero. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value * 0.999_999) ?? 10) * power;
}
