import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { increase, maxOverTime, metric, type Range, rate } from '../../src/alerting/expr/expr.ts';
import { createWindow, extrapolatedIncrease, rangesOf } from '../../src/alerting/window.ts';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { recordScrapes } from '../support/input-series.ts';
import { failuresOf, type RuleTest } from '../support/promtool.ts';
import { describeWith } from '../support/tools.ts';

const NAME = 'hyperv_vnic_receive_bytes_total';
const TICK = 15;
const MINUTES_5 = 300;
const rangeOf = (make: typeof rate, name: string, seconds: number): Range => {
  const [range] = rangesOf([make(metric(name), seconds)]);
  if (range === undefined) throw new Error('no range');
  return range;
};
const INCREASE = rangeOf(increase, NAME, MINUTES_5);
const RATE = rangeOf(rate, NAME, MINUTES_5);
const family = (value: number | undefined): MetricFamily => ({
  name: NAME,
  type: 'counter',
  help: '',
  samples: value === undefined ? [] : [{ labels: { vnic_id: 'n1' }, value }],
});
const families = (value: number | undefined) => new Map([[NAME, family(value)]]);

/** A counter tick by tick: it increases, stays the same, is reset, and is missing for a while. */
const counter = fc
  .tuple(
    fc.nat(1000),
    fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.nat(500).map((by) => ({ by })) },
        { weight: 1, arbitrary: fc.nat(50).map((to) => ({ to })) },
        { weight: 2, arbitrary: fc.constant('missing' as const) },
      ),
      { minLength: 3, maxLength: 40 },
    ),
  )
  .map(([start, steps]) => {
    let now = start;
    return steps.map((step) => {
      if (step === 'missing') return undefined;
      now = 'by' in step ? now + step.by : step.to;
      return now;
    });
  });

const CASES = 80;
/** Some way into the tick, so that no sample lies on the edge of a window: versions of Prometheus differ there. */
const AFTER = 7;

describeWith(['promtool'], 'increase and rate over what was rendered', () => {
  it(`are what Prometheus makes of the same ${CASES} counters`, () => {
    let compared = 0;
    const tests = fc.sample(counter, { numRuns: CASES, seed: 20_260_504 }).map((values): RuleTest => {
      const recorder = recordScrapes({ target: { instance: 'hv01' } });
      const window = createWindow([INCREASE, RATE]);
      for (const [tick, value] of values.entries()) {
        recorder.scrape([family(value)], tick * TICK * 1000);
        window.add(families(value), tick * TICK * 1000);
      }
      const now = (values.length - 1) * TICK + AFTER;
      window.add(new Map(), now * 1000);
      const is = (expr: string, value: number | undefined) => ({
        expr: `abs(${expr} - ${value ?? 0}) < bool ${1e-9 * Math.max(1, value ?? 0)}`,
        eval_time: `${now}s`,
        exp_samples: value === undefined ? [] : [{ labels: '{instance="hv01", vnic_id="n1"}', value: 1 }],
      });
      const [grown, perSecond] = [window.read(INCREASE)[0]?.value, window.read(RATE)[0]?.value];
      if (grown !== undefined && grown > 0) compared++;
      return {
        interval: `${TICK}s`,
        input_series: recorder.rows(),
        promql_expr_test: [is(`increase(${NAME}[5m])`, grown), is(`rate(${NAME}[5m])`, perSecond)],
      };
    });
    expect(failuresOf({ tests })).toBeUndefined();
    expect(compared).toBeGreaterThan(CASES / 2);
  });
});

describe('the window', () => {
  it('is never negative, and grows with the counter', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 2, maxLength: 30 }), (values) => {
        const times = values.map((_, index) => index * TICK);
        expect(extrapolatedIncrease(times, values, 0, times.length * TICK)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('has no value for a single sample, or for a series that left the window', () => {
    const window = createWindow([INCREASE, RATE]);
    window.add(families(5), 0);
    expect(window.read(INCREASE)).toEqual([]);
    window.add(families(50), 15_000);
    expect(window.read(INCREASE)).toHaveLength(1);
    window.add(families(undefined), 400_000);
    expect(window.read(INCREASE)).toEqual([]);
  });

  it('starts again where the clock was set back, and does not stand still until it has caught up', () => {
    const window = createWindow([INCREASE]);
    for (let tick = 0; tick < 20; tick++) window.add(families(tick * 10), (86_400 + tick * TICK) * 1000);
    for (let tick = 20; tick < 41; tick++) window.add(families(tick * 10), (tick - 20) * TICK * 1000);
    expect(window.read(INCREASE)).toMatchObject([{ value: 200 }]);
  });

  it('keeps only samples within its range, however often samples are added', () => {
    const often = createWindow([INCREASE, RATE]);
    const seldom = createWindow([INCREASE, RATE]);
    for (let second = 0; second <= 3600; second++) {
      often.add(families(second * 10), second * 1000);
      if (second % 15 === 0) seldom.add(families(second * 10), second * 1000);
    }
    expect(often.read(INCREASE)[0]?.value).toBeCloseTo(3000, 6);
    expect(often.read(INCREASE)).toEqual(seldom.read(INCREASE));
  });

  it('has the ranges that it was created for, and no others', () => {
    const window = createWindow([RATE]);
    window.add(families(1), 0);
    expect(() => window.read(rangeOf(rate, NAME, 2 * MINUTES_5))).toThrow('no window for');
    expect(() => window.read(rangeOf(maxOverTime, NAME, MINUTES_5))).toThrow('no window for');
    expect(window.saved()).toEqual([]);
  });
});

describe('the maximum over a window', () => {
  const ACTIVE = 'hyperv_vnic_vf_active';
  const HOUR = 3600;
  const MAXIMUM = rangeOf(maxOverTime, ACTIVE, HOUR);
  const gauge = (value: number): MetricFamily => ({
    name: ACTIVE,
    type: 'gauge',
    help: '',
    samples: [{ labels: { vnic_id: 'n1' }, value }],
  });
  const add = (window: ReturnType<typeof createWindow>, value: number, second: number) =>
    window.add(new Map([[ACTIVE, gauge(value)]]), second * 1000);
  const maximum = (window: ReturnType<typeof createWindow>) => window.read(MAXIMUM).map(({ value }) => value);

  it('is that of all samples in it, though few of them are kept', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 400 }), (values) => {
        const window = createWindow([MAXIMUM]);
        for (const [index, value] of values.entries()) add(window, value, index * 15);
        expect(maximum(window)).toEqual([Math.max(...values.slice(-(HOUR / 15) - 1))]);
        expect(window.saved().length).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('ends as usual for a series that is gone, where the clock was set back by a day', () => {
    const DAY = 24 * HOUR;
    for (const restart of [false, true]) {
      let window = createWindow([MAXIMUM, RATE]);
      add(window, 1, DAY);
      if (restart) window = createWindow([MAXIMUM, RATE], window.saved());
      window.add(new Map(), 0);
      expect(maximum(window)).toEqual([1]);
      window.add(new Map(), (HOUR + 1) * 1000);
      expect(maximum(window)).toEqual([]);
    }
  });

  it('outlives a restart', () => {
    const first = createWindow([MAXIMUM]);
    add(first, 1, 0);
    add(first, 0, 60);
    expect(maximum(first)).toEqual([1]);
    const next = createWindow([MAXIMUM], first.saved());
    add(next, 0, HOUR - 1);
    expect(maximum(next)).toEqual([1]);
    add(next, 0, HOUR + 1);
    expect(maximum(next)).toEqual([0]);
    next.add(new Map(), 3 * HOUR * 1000);
    expect(maximum(next)).toEqual([]);
    expect(next.saved()).toEqual([]);
  });
});
