import type { MetricFamily } from '../metrics/define.ts';
import { type Expr, type Metric, partsOf, type Range } from './expr/expr.ts';
import { type Point, select, type Vector } from './expr/vector.ts';

/** Saved times are rounded to this many seconds, so that the file on disk is not written at each poll. */
const SAVED_STEP = 300;
/** Minimum seconds between two samples of a counter that are kept, similar to a scrape interval. */
const RESOLUTION = 14;

/**
 * Range vectors: the samples that a set of expressions looks back on, kept for the longest range of them. For a counter
 * one sample in 15 s is kept. For a gauge whose maximum is needed, only samples that can still become the maximum are
 * kept, which are at most two for a flag. A series whose last sample is older than the range is dropped.
 */
export interface Window {
  /** Adds the samples of this moment. `at` in Unix milliseconds. */
  add(families: ReadonlyMap<string, MetricFamily>, at: number): void;
  /** The value of a range function, extrapolated as in Prometheus. @throws Error for a range that the window does not keep */
  read(range: Range): Vector;
  /** The samples kept for maxima, with Unix seconds. They must survive a restart */
  saved(): SavedWindow;
}

export type SavedWindow = readonly {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly at: number;
}[];

interface Series {
  readonly labels: Point['labels'];
  readonly times: number[];
  readonly values: number[];
}
/** The samples of one metric for one kind of range function. */
interface Kept {
  readonly metric: Metric;
  readonly maximum: boolean;
  seconds: number;
  readonly series: Map<string, Series>;
}

const isMaximum = ({ fn }: Range): boolean => fn === 'max_over_time';
const keyOf = (range: Range): string => JSON.stringify([range.metric, isMaximum(range)]);

/** The ranges that these expressions look back on. */
export function rangesOf(expressions: readonly Expr[]): readonly Range[] {
  return expressions.flatMap((expr) => (expr.node.kind === 'range' ? [expr.node] : rangesOf(partsOf(expr))));
}

/** A window for these ranges, with the samples that the last run saved. */
export function createWindow(ranges: readonly Range[], former: SavedWindow = []): Window {
  const all = new Map<string, Kept>();
  for (const range of ranges) {
    const { metric, seconds } = range;
    const kept = all.get(keyOf(range));
    if (kept === undefined) all.set(keyOf(range), { metric, maximum: isMaximum(range), seconds, series: new Map() });
    else kept.seconds = Math.max(kept.seconds, seconds);
  }
  for (const { metric, maximum, series } of all.values())
    for (const { name, labels, value, at } of former)
      if (maximum && name === metric.name) addMaximum(seriesOf(series, labels), value, at);
  let now = 0;

  return {
    add(families, at) {
      now = at / 1000;
      for (const { metric, maximum, seconds, series } of all.values()) {
        for (const samples of series.values()) notAfter(samples, maximum, now);
        for (const { labels, value } of select(families, metric.name, metric.matchers))
          (maximum ? addMaximum : addSample)(seriesOf(series, labels), value, now);
        for (const [key, samples] of series) trim(series, key, samples, now - seconds);
      }
    },
    read(range) {
      const kept = all.get(keyOf(range));
      if (kept === undefined || kept.seconds < range.seconds) throw new Error(`no window for ${keyOf(range)}`);
      const start = now - range.seconds;
      return [...kept.series.values()].flatMap(({ labels, times, values }) => {
        const from = times.findIndex((time) => time >= start);
        if (from === -1) return [];
        const value = isMaximum(range)
          ? values[from]
          : extrapolatedIncrease(times.slice(from), values.slice(from), start, now);
        if (value === undefined) return [];
        return [{ labels, value: range.fn === 'rate' ? value / range.seconds : value }];
      });
    },
    saved: () =>
      [...all.values()]
        .filter(({ maximum }) => maximum)
        .flatMap(({ metric: { name }, series }) =>
          [...series.values()].flatMap(({ labels, times, values }) =>
            times.map((at, index) => ({
              name,
              labels,
              value: values[index] ?? 0,
              at: Math.floor(at / SAVED_STEP) * SAVED_STEP,
            })),
          ),
        ),
  };
}

function seriesOf(all: Map<string, Series>, labels: Point['labels']): Series {
  const key = JSON.stringify(labels);
  let series = all.get(key);
  if (series === undefined) all.set(key, (series = { labels, times: [], values: [] }));
  return series;
}

function addSample({ times, values }: Series, value: number, at: number): void {
  if (at - (times.at(-1) ?? Number.NEGATIVE_INFINITY) < RESOLUTION) return;
  times.push(at);
  values.push(value);
}

/** Values decrease from first to last: an older value that is not above the newest can no longer become the maximum. */
function addMaximum({ times, values }: Series, value: number, at: number): void {
  while ((values.at(-1) ?? Number.POSITIVE_INFINITY) <= value) {
    values.pop();
    times.pop();
  }
  times.push(at);
  values.push(value);
}

/** After the clock was set back: samples of a counter that lie ahead are dropped, maxima count as of now. */
function notAfter({ times, values }: Series, maximum: boolean, now: number): void {
  for (let index = times.length - 1; index >= 0 && (times[index] ?? now) > now; index--)
    if (maximum) times[index] = now;
    else {
      times.pop();
      values.pop();
    }
}

function trim(all: Map<string, Series>, key: string, series: Series, oldest: number): void {
  const keep = series.times.findIndex((time) => time >= oldest);
  if (keep === -1) all.delete(key);
  else if (keep > 0) {
    series.times.splice(0, keep);
    series.values.splice(0, keep);
  }
}

/**
 * The same as Prometheus' increase() for the samples of a counter within [start, end] (promql/functions.go,
 * extrapolatedRate). Counter resets are added. The result is extrapolated to both ends of the window, but by at most half
 * a sample interval at an end where the series begins or ends within the window, and never below zero.
 * @returns undefined with fewer than two samples
 */
export function extrapolatedIncrease(
  times: readonly number[],
  values: readonly number[],
  start: number,
  end: number,
): number | undefined {
  const first = times[0];
  const last = times.at(-1);
  const firstValue = values[0];
  if (times.length < 2 || first === undefined || last === undefined || firstValue === undefined) return undefined;
  let result = (values.at(-1) ?? 0) - firstValue;
  for (let i = 1; i < values.length; i++) {
    const before = values[i - 1] ?? 0;
    if ((values[i] ?? 0) < before) result += before;
  }
  const sampled = last - first;
  const interval = sampled / (times.length - 1);
  const threshold = interval * 1.1;
  let toStart = first - start;
  let toEnd = end - last;
  if (result > 0 && firstValue >= 0) toStart = Math.min(toStart, sampled * (firstValue / result));
  if (toStart >= threshold) toStart = interval / 2;
  if (toEnd >= threshold) toEnd = interval / 2;
  return result * ((sampled + toStart + toEnd) / sampled);
}
