import type { Guid, Host } from '../host/model.ts';
import type { Rates } from './model.ts';

/**
 * Rate windows over cumulative counters. A frame holds all series at one moment: one frame a minute is kept for an hour
 * and one each half hour for a day. A frame is one array of numbers and shares its index of ids with its neighbours, so
 * that a day of 2,048 vNICs takes a few megabytes.
 */
const MINUTE = 60_000;
/** A little less than a minute, so that polls every 15 s with some jitter give one frame a minute. */
const FINE_STEP = 55_000;
const FINE_SPAN = 62 * MINUTE;
const COARSE_STEP = 30 * MINUTE;
const COARSE_SPAN = 24 * 60 * MINUTE + COARSE_STEP;

/** Row of each id in `values`; shared between frames while the ids stay the same. */
type Index = ReadonlyMap<string, number>;

interface Frame {
  readonly at: number;
  readonly index: Index;
  /** `columns` values for each id; NaN where a value is not known */
  readonly values: Float64Array;
}

export interface Series {
  readonly columns: number;
  readonly fine: readonly Frame[];
  readonly coarse: readonly Frame[];
  readonly latest?: Frame;
  /** The last known values of each id, to detect resets across gaps */
  readonly known: ReadonlyMap<string, { readonly at: number; readonly values: readonly number[] }>;
  /** When a counter of this id was last reset */
  readonly resets: ReadonlyMap<string, number>;
}

/** The samples of no object yet. @param columns values that each sample has */
export const emptySeries = (columns: number): Series => ({
  columns,
  fine: [],
  coarse: [],
  known: new Map(),
  resets: new Map(),
});

export interface Observation {
  readonly id: string;
  /** One value for each column of the series */
  readonly values: readonly (number | undefined)[];
}

/** Adds the counters read at `at` (Unix milliseconds, the source's own time). The same document a second time adds nothing. */
export function observe(series: Series, at: number, observations: readonly Observation[]): Series {
  const { latest } = series;
  if (latest?.at === at) return series;
  // The host's clock was set back: no window may span that.
  if (latest && at < latest.at) return observe(emptySeries(series.columns), at, observations);

  const frame = frameOf(series, at, observations);
  const resets = new Map([...series.resets].filter(([, when]) => when > at - COARSE_SPAN));
  // An id that is missing for a while (its source expired) is compared again when it is back.
  const known = new Map([...series.known].filter(([, last]) => last.at > at - COARSE_SPAN));
  for (const { id, values } of observations) {
    const before = known.get(id)?.values;
    const now = values.map((value, column) => value ?? before?.[column] ?? Number.NaN);
    if (before && now.some((value, column) => value < (before[column] ?? Number.NaN))) resets.set(id, at);
    known.set(id, { at, values: now });
  }
  return {
    columns: series.columns,
    latest: frame,
    fine: withFrame(series.fine, frame, FINE_STEP, FINE_SPAN),
    coarse: withFrame(series.coarse, frame, COARSE_STEP, COARSE_SPAN),
    known,
    resets,
  };
}

function frameOf(series: Series, at: number, observations: readonly Observation[]): Frame {
  const former = series.latest?.index;
  const same = former?.size === observations.length && observations.every(({ id }, row) => former.get(id) === row);
  const index = same && former ? former : new Map(observations.map(({ id }, row) => [id, row]));
  const values = new Float64Array(observations.length * series.columns).fill(Number.NaN);
  for (const [row, { values: observed }] of observations.entries()) {
    for (let column = 0; column < series.columns; column++) {
      values[row * series.columns + column] = observed[column] ?? Number.NaN;
    }
  }
  return { at, index, values };
}

function withFrame(frames: readonly Frame[], frame: Frame, step: number, span: number): readonly Frame[] {
  const last = frames.at(-1);
  if (last && frame.at - last.at < step) return frames;
  return [...frames.filter(({ at }) => at >= frame.at - span), frame];
}

/**
 * Mean per second over the last `seconds`, or a little more: since the newest frame that is at least that old.
 * Undefined where there is no such frame, the id is not in it, or the counter was reset since.
 */
export function rate(series: Series, id: string, column: number, seconds: number): number | undefined {
  const end = series.latest;
  if (!end) return undefined;
  const wanted = end.at - seconds * 1000;
  const start = series.fine.findLast(({ at }) => at <= wanted) ?? series.coarse.findLast(({ at }) => at <= wanted);
  if (!start) return undefined;
  if ((series.resets.get(id) ?? Number.NEGATIVE_INFINITY) > start.at) return undefined;
  const difference = valueAt(end, series.columns, id, column) - valueAt(start, series.columns, id, column);
  return Number.isNaN(difference) ? undefined : (difference * 1000) / (end.at - start.at);
}

function valueAt(frame: Frame, columns: number, id: string, column: number): number {
  const row = frame.index.get(id);
  return row === undefined ? Number.NaN : (frame.values[row * columns + column] ?? Number.NaN);
}

/** The series behind the rates of model.ts. */
export interface RateState {
  readonly vnics: Series;
  readonly vms: Series;
}

/** Counters of which nothing was read yet: three of each vNIC (packets received, bytes received, bytes sent), one of each VM (guest CPU). */
export const emptyRates = (): RateState => ({ vnics: emptySeries(3), vms: emptySeries(1) });

/** Adds this host's counters, each counter set at the time when it was read. */
export function observeHost(state: RateState, host: Host): RateState {
  const vnicsAt = freshAt(host, 'counters_virtual_network_adapter');
  const vmsAt = freshAt(host, 'counters_virtual_processor');
  return {
    vnics:
      vnicsAt === undefined
        ? state.vnics
        : observe(
            state.vnics,
            vnicsAt,
            host.vnics.flatMap(({ id, traffic: t }) =>
              t ? [{ id, values: [t.receivePackets, t.receiveBytes, t.transmitBytes] }] : [],
            ),
          ),
    vms:
      vmsAt === undefined
        ? state.vms
        : observe(
            state.vms,
            vmsAt,
            host.vms.flatMap(({ id, cpu }) => (cpu ? [{ id, values: [cpu.guestSeconds] }] : [])),
          ),
  };
}

function freshAt(host: Host, source: string): number | undefined {
  const state = host.sources.get(source);
  return state?.fresh === true ? state.takenAt : undefined;
}

/** Rates over the last `seconds`, per second; undefined where the two samples that a rate needs are missing. */
export function ratesOf({ vnics, vms }: RateState): Rates {
  return {
    vnicReceivePackets: (id: Guid, seconds) => rate(vnics, id, 0, seconds),
    vnicReceiveBytes: (id: Guid, seconds) => rate(vnics, id, 1, seconds),
    vnicTransmitBytes: (id: Guid, seconds) => rate(vnics, id, 2, seconds),
    vmGuestCpu: (id: Guid, seconds) => rate(vms, id, 0, seconds),
  };
}
