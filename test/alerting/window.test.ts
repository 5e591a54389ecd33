import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extrapolatedIncrease, createWindow } from '../../src/alerting/window.ts';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { recordScrapes } from '../support/input-series.ts';
import { failuresOf, type RuleTest } from '../support/promtool.ts';
import { describeWith } from '../support/tools.ts';

const NAME = 'hyperv_vnic_receive_bytes_total';
const TICK = 15;
const family = (value: number | undefined): MetricFamily => ({
  name: NAME,
  type: 'counter',
  help: '',
  samples: value === undefined ? [] : [{ labels: { vnic_id: 'n1' }, value }],
});
const families = (value: number | undefined) => new Map([[NAME, family(value)]]);

/** A counter tick by tick: it grows, stands still, begins anew, is away for a while. */
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
      const window = createWindow();
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
      const [increase, rate] = [window.increase(NAME, 300)[0]?.value, window.rate(NAME, 300)[0]?.value];
      if (increase !== undefined && increase > 0) compared++;
      return {
        interval: `${TICK}s`,
        input_series: recorder.rows(),
        promql_expr_test: [is(`increase(${NAME}[5m])`, increase), is(`rate(${NAME}[5m])`, rate)],
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

  it('says nothing of one sample, nor of a series that left it', () => {
    const window = createWindow();
    window.add(families(5), 0);
    expect(window.increase(NAME, 300)).toEqual([]);
    window.add(families(50), 15_000);
    expect(window.increase(NAME, 300)).toHaveLength(1);
    window.add(families(undefined), 400_000);
    expect(window.increase(NAME, 300)).toEqual([]);
  });

  it('keeps as much as it looks back on, however often it is fed', () => {
    const often = createWindow();
    const seldom = createWindow();
    for (let second = 0; second <= 3600; second++) {
      often.add(families(second * 10), second * 1000);
      if (second % 15 === 0) seldom.add(families(second * 10), second * 1000);
    }
    expect(often.increase(NAME, 300)[0]?.value).toBeCloseTo(3000, 6);
    expect(often.increase(NAME, 300)).toEqual(seldom.increase(NAME, 300));
  });

  describe('of vNICs that were on their VF', () => {
    const active = (value: number) =>
      new Map([
        [
          'hyperv_vnic_vf_active',
          { name: 'hyperv_vnic_vf_active', type: 'gauge', help: '', samples: [{ labels: { vnic_id: 'n1' }, value }] },
        ],
      ] as const);
    const HOUR = 3_600_000;

    it('remembers them for an hour, over a restart too', () => {
      const first = createWindow();
      first.add(active(1), 0);
      first.add(active(0), 60_000);
      expect(first.wasOnVf()).toEqual([{ labels: { vnic_id: 'n1' }, value: 1 }]);
      const next = createWindow(first.saved());
      next.add(active(0), HOUR - 1000);
      expect(next.wasOnVf()).toHaveLength(1);
      next.add(active(0), HOUR + 1000);
      expect(next.wasOnVf()).toEqual([]);
      expect(next.saved()).toEqual([]);
    });
  });
});
