import type { MetricFamily } from '../metrics/define.ts';
import { type Point, select, type Vector } from './vector.ts';

/** Of the vNICs' VFs only the last time at which each was active is kept: all that the look back of an hour asks. */
const WAS_ONE = 'hyperv_vnic_vf_active';
const WAS_ONE_SECONDS = 60 * 60;
/** Times are saved in steps of this: the file on disk is written when it changes, not at each poll. */
const SAVED_STEP = 300;

/**
 * Range vectors for the few series that alerts look back on: samples of the rendered families, kept as long as the
 * longest window. Bounded: one sample per series and `RESOLUTION`, and a series is dropped when it leaves the window.
 */
const KEPT: Readonly<Record<string, number>> = {
  hyperv_vnic_path_transitions_total: 30 * 60,
  hyperv_vnic_receive_packets_total: 5 * 60,
  hyperv_vnic_receive_bytes_total: 5 * 60,
  hyperv_vnic_transmit_bytes_total: 5 * 60,
  hyperv_vm_cpu_seconds_total: 5 * 60,
};
/** Seconds between two samples kept: as a scrape would see them. */
const RESOLUTION = 14;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: number[];
  readonly values: number[];
}

export interface Window {
  /** Takes the samples of this moment; `at` in Unix milliseconds. */
  add(families: ReadonlyMap<string, MetricFamily>, at: number): void;
  /** `increase(name{match}[seconds])` with Prometheus' extrapolation to the ends of the window. */
  increase(name: string, seconds: number, match?: Readonly<Record<string, string>>): Vector;
  /** `rate(name{match}[seconds])` */
  rate(name: string, seconds: number, match?: Readonly<Record<string, string>>): Vector;
  /** `max_over_time(hyperv_vnic_vf_active[1h]) == 1` */
  wasOnVf(): Vector;
  /** What a restart must not forget: labels of vNICs and when each was last on its VF, Unix seconds */
  saved(): SavedWindow;
}

export type SavedWindow = readonly { readonly labels: Readonly<Record<string, string>>; readonly at: number }[];

export function createWindow(former: SavedWindow = []): Window {
  const kept = new Map<string, Map<string, Series>>(Object.keys(KEPT).map((name) => [name, new Map()]));
  const lastOnVf = new Map(former.map((entry) => [JSON.stringify(entry.labels), entry]));
  let now = 0;

  const range = (name: string, seconds: number, match: Readonly<Record<string, string>> = {}): Series[] =>
    [...(kept.get(name)?.values() ?? [])].filter(
      (series) =>
        Object.entries(match).every(([label, value]) => series.labels[label] === value) &&
        (series.times.at(-1) ?? 0) >= now - seconds,
    );

  const increase = (name: string, seconds: number, match?: Readonly<Record<string, string>>): Vector =>
    range(name, seconds, match).flatMap((series) => {
      const from = series.times.findIndex((time) => time >= now - seconds);
      const value = extrapolatedIncrease(series.times.slice(from), series.values.slice(from), now - seconds, now);
      return value === undefined ? [] : [{ labels: series.labels, value }];
    });

  return {
    add(families, at) {
      now = at / 1000;
      for (const [name, all] of kept) {
        for (const point of select(families, name)) addPoint(all, point, now);
        const oldest = now - (KEPT[name] ?? 0);
        for (const [key, series] of all) trim(all, key, series, oldest);
      }
      for (const { labels, value } of select(families, WAS_ONE)) {
        if (value === 1) lastOnVf.set(JSON.stringify(labels), { labels, at: now });
      }
      for (const [key, { at: last }] of lastOnVf) if (last < now - WAS_ONE_SECONDS) lastOnVf.delete(key);
    },
    increase,
    rate: (name, seconds, match) =>
      increase(name, seconds, match).map(({ labels, value }) => ({ labels, value: value / seconds })),
    wasOnVf: () => [...lastOnVf.values()].map(({ labels }) => ({ labels, value: 1 })),
    saved: () =>
      [...lastOnVf.values()].map(({ labels, at }) => ({ labels, at: Math.floor(at / SAVED_STEP) * SAVED_STEP })),
  };
}

function addPoint(all: Map<string, Series>, point: Point, at: number): void {
  const key = JSON.stringify(point.labels);
  let series = all.get(key);
  if (series === undefined) all.set(key, (series = { labels: point.labels, times: [], values: [] }));
  if (at - (series.times.at(-1) ?? Number.NEGATIVE_INFINITY) < RESOLUTION) return;
  series.times.push(at);
  series.values.push(point.value);
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
 * What Prometheus' increase() makes of the samples of a counter within [start, end] (promql/functions.go,
 * extrapolatedRate): resets added up, then stretched towards the ends of the window, but not by more than half a
 * sample interval where the series began or ended within it, and never below zero. Undefined with fewer than two samples.
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
