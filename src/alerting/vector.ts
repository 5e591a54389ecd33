import type { MetricFamily } from '../metrics/define.ts';

/**
 * Instant vectors and the few PromQL operators that the alerts need, so that the agent's own conditions read like the
 * expressions beside them. Set operators match on named labels, as `and on (…)` does; a missing label is ''.
 */
export interface Point {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export type Vector = readonly Point[];

const keyOf = (point: Point, on: readonly string[]): string =>
  on.map((label) => point.labels[label] ?? '').join('\u0000');

/** The samples of a family as a vector; empty where there is no such family. */
export function select(
  families: ReadonlyMap<string, MetricFamily>,
  name: string,
  match: Readonly<Record<string, string>> = {},
): Vector {
  const wanted = Object.entries(match);
  const found: Point[] = [];
  for (const sample of families.get(name)?.samples ?? []) {
    const labels = sample.shared === undefined ? (sample.labels ?? {}) : { ...sample.shared, ...sample.labels };
    if (wanted.every(([label, value]) => labels[label] === value)) found.push({ labels, value: sample.value });
  }
  return found;
}

/** `left and on (on) right` */
export function and(left: Vector, on: readonly string[], right: Vector): Vector {
  const keys = new Set(right.map((point) => keyOf(point, on)));
  return left.filter((point) => keys.has(keyOf(point, on)));
}

/** `left unless on (on) right` */
export function unless(left: Vector, on: readonly string[], right: Vector): Vector {
  const keys = new Set(right.map((point) => keyOf(point, on)));
  return left.filter((point) => !keys.has(keyOf(point, on)));
}

export function whereValue(vector: Vector, holds: (value: number) => boolean): Vector {
  return vector.filter((point) => holds(point.value));
}

/** `left * on (on) group_left (copy) info`, for info series of value 1. */
export function withInfo(left: Vector, on: readonly string[], copy: readonly string[], info: Vector): Vector {
  const byKey = new Map(info.map((point) => [keyOf(point, on), point]));
  return left.flatMap((point) => {
    const match = byKey.get(keyOf(point, on));
    if (match === undefined) return [];
    const copied = Object.fromEntries(copy.map((label) => [label, match.labels[label] ?? '']));
    return [{ labels: { ...point.labels, ...copied }, value: point.value }];
  });
}

/** `left OP on (on) right` on values, one to one: what `combine` makes of both; undefined drops the pair. */
export function combine(
  left: Vector,
  on: readonly string[],
  right: Vector,
  value: (a: number, b: number) => number | undefined,
): Vector {
  const byKey = new Map(right.map((point) => [keyOf(point, on), point.value]));
  return left.flatMap((point) => {
    const other = byKey.get(keyOf(point, on));
    const result = other === undefined ? undefined : value(point.value, other);
    return result === undefined ? [] : [{ labels: point.labels, value: result }];
  });
}

/** `op by (labels) (vector)` */
export function aggregate(vector: Vector, by: readonly string[], fold: (values: readonly number[]) => number): Vector {
  const groups = new Map<string, { labels: Record<string, string>; values: number[] }>();
  for (const point of vector) {
    const key = keyOf(point, by);
    let group = groups.get(key);
    if (group === undefined) {
      const labels = Object.fromEntries(
        by.filter((label) => point.labels[label]).map((label) => [label, point.labels[label] ?? '']),
      );
      groups.set(key, (group = { labels, values: [] }));
    }
    group.values.push(point.value);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: fold(values) }));
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const size = (values: readonly number[]): number => values.length;
export const least = (values: readonly number[]): number => Math.min(...values);
