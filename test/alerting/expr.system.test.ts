import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEvaluator } from '../../src/alerting/expr/evaluate.ts';
import {
  clampMin,
  count,
  type Expr,
  group,
  is,
  isNot,
  type Key,
  matches,
  matchesNot,
  max,
  maxOverTime,
  metric,
  min,
  number,
  partsOf,
  perCluster,
  perHost,
  sum,
  time,
} from '../../src/alerting/expr/expr.ts';
import { toPromql } from '../../src/alerting/expr/promql.ts';
import { createWindow, rangesOf } from '../../src/alerting/window.ts';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { recordScrapes } from '../support/input-series.ts';
import { failuresOf, type RuleTest } from '../support/promtool.ts';
import { describeWith } from '../support/tools.ts';

type Vector = Expr<'both'>;

const TARGET = { site: 's1', cluster: 'c1', instance: 'hv01:10182', job: 'hyperv-sriov' };
/** Metrics with two labels, and with one of them */
const TWO = ['hyperv_vswitch_vnics', 'hyperv_vswitch_iov_blocker'];
const ONE = ['hyperv_vswitch_vf_limit', 'hyperv_vswitch_vf_in_use'];
const INFO = 'hyperv_vswitch_info';
const SECOND: Readonly<Record<string, string>> = { hyperv_vswitch_vnics: 'path', hyperv_vswitch_iov_blocker: 'reason' };
const VSWITCH = perHost('vswitch');

const name = fc.constantFrom('', 'a', 'b', 'c');
const sample = (second: string) =>
  fc.uniqueArray(fc.record({ vswitch: name, other: name, value: fc.integer({ min: -3, max: 9 }) }), {
    maxLength: 8,
    selector: ({ vswitch, other }) => `${vswitch} ${second === '' ? '' : other}`,
  });

/** The families of one moment. A label may be empty, which is as if it were not there. */
const families = fc
  .tuple(...[...TWO, ...ONE].map((metricName) => sample(SECOND[metricName] ?? '')), sample(''))
  .map((all): MetricFamily[] =>
    [...TWO, ...ONE, INFO].map((metricName, index) => ({
      name: metricName,
      type: 'gauge',
      help: '',
      samples: (all[index] ?? []).map(({ vswitch, other, value }) => ({
        labels: {
          ...(vswitch === '' ? {} : { vswitch }),
          ...(metricName === INFO ? { type: `type of ${vswitch}` } : {}),
          ...(other === '' || SECOND[metricName] === undefined ? {} : { [SECOND[metricName]]: other }),
        },
        value: metricName === INFO ? 1 : value,
      })),
    })),
  );

const matcher = fc
  .tuple(fc.constantFrom(is, isNot, matches, matchesNot), fc.constantFrom('a', 'a|b', '', '.+', 'b.*'))
  .map(([make, value]) => make('vswitch', value));
const selector = fc
  .tuple(fc.constantFrom(...TWO, ...ONE), fc.array(matcher, { maxLength: 2 }))
  .map(([metricName, matchers]) => metric(metricName, ...matchers));
const small = fc.integer({ min: -2, max: 6 });
const fold = fc.constantFrom(sum, min, max, count, group);

/** The keys that both sides have. */
const keysOf = (left: Vector, right: Vector): readonly Key[] => {
  const common = left.labels.filter((label) => right.labels.includes(label));
  return [perHost(), ...common.map((label) => perHost(label)), perHost(...common)];
};
const chosen = (keys: readonly Key[], choice: number): Key => keys[choice % keys.length] ?? perHost();

/** Any expression that the agent can evaluate, but for rates, whose figures have a test of their own. */
const { expression } = fc.letrec<{ expression: Vector }>((tie) => {
  const one = tie('expression');
  const pair = fc.tuple(one, one, fc.nat(9));
  return {
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'large' },
      selector,
      selector.map((of) => maxOverTime(of, 120)),
      pair.map(([left, right, choice]) => left.and(chosen(keysOf(left, right), choice), right)),
      pair.map(([left, right, choice]) => left.unless(chosen(keysOf(left, right), choice), right)),
      pair.map(([left, right]) => left.or(right)),
      fc
        .tuple(one, fc.constantFrom('eq', 'gt', 'ge', 'lt', 'le'), small)
        .map(([left, op, right]) => left[op as 'eq'](right)),
      fc
        .tuple(one, fc.constantFrom('plus', 'minus', 'times'), small)
        .map(([left, op, right]) => left[op as 'plus'](right)),
      fc.tuple(small, one).map(([left, right]) => number(left).times(right)),
      fc.tuple(pair, fc.constantFrom('gt', 'le', 'eq', 'plus', 'minus', 'times')).map(([[left, right, choice], op]) => {
        // Of the right side one for each key, as an info series or a limit is.
        const key = chosen(keysOf(left, right), choice);
        return left[op as 'gt'](sum(key, right), key);
      }),
      fc.tuple(one, fold, fc.nat(9)).map(([of, aggregate, choice]) => aggregate(chosen(keysOf(of, of), choice), of)),
      one.map((of) => (of.labels.includes('vswitch') ? of.copying(['type'], VSWITCH, metric(INFO)) : of)),
      one.map((of) => clampMin(of, 2)),
      one.map((of) => (of.labels.includes('path') ? of.renaming('path', 'path_was') : of)),
      one.map((of) => time.minus(of)),
    ),
  };
});

/** Every kind of node in it */
const kindsOf = (expr: Expr): Set<string> =>
  new Set([expr.node.kind, ...partsOf(expr).flatMap((part) => [...kindsOf(part)])]);

const CASES = 300;
const textOf = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries({ ...labels, ...TARGET })
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join()}}`;

describeWith(['promtool'], 'an expression and its two readers', () => {
  it(`agree on ${CASES} random expressions`, () => {
    const cases = fc.sample(fc.tuple(expression, families, families), { numRuns: CASES, seed: 20_260_801 });
    const kinds = new Map<string, number>();
    let series = 0;
    const tests = cases.map(([expr, before, now]): RuleTest => {
      const recorder = recordScrapes({ target: TARGET });
      const window = createWindow(rangesOf([expr]));
      for (const [minute, all] of [before, now].entries()) {
        recorder.scrape(all, minute * 60_000);
        window.add(new Map(all.map((family) => [family.name, family])), minute * 60_000);
      }
      const points = createEvaluator({
        families: new Map(now.map((family) => [family.name, family])),
        window,
        now: 60,
      })(expr);
      series += points.length;
      if (points.length > 0) for (const kind of kindsOf(expr)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      return {
        interval: '60s',
        input_series: recorder.rows(),
        promql_expr_test: [
          {
            // The sum has no metric name, which the agent does not keep.
            expr: `(${toPromql(expr, ['instance'])}) + 0`,
            eval_time: '60s',
            exp_samples: points.map(({ labels, value }) => ({ labels: textOf(labels), value })),
          },
        ],
      };
    });
    expect(failuresOf({ tests })).toBeUndefined();
    expect(series).toBeGreaterThan(CASES);
    for (const kind of ['set', 'or', 'comparison', 'arithmetic', 'aggregate', 'copy', 'range', 'rename', 'clamp_min'])
      expect(kinds.get(kind), kind).toBeGreaterThan(5);
  });
});

describe('an expression', () => {
  it('is refused if it reads a metric or label that does not exist', () => {
    expect(() => metric('hyperv_vnic_vf_actve')).toThrow('the exporter has no metric hyperv_vnic_vf_actve');
    const limit = metric('hyperv_vswitch_vf_limit');
    expect(() => limit.and(perHost('nic'), metric('hyperv_nic_up'))).toThrow('no label nic');
    expect(() => sum(perHost('vnic_id'), limit)).toThrow('no label vnic_id');
    expect(() => limit.gt(metric('hyperv_vswitch_vf_in_use'))).toThrow('two vectors need a key');
    expect(() => limit.gt(0, VSWITCH)).toThrow('a scalar must not have one');
  });

  it('is broken into lines by its operators where it is long', () => {
    const active = metric('hyperv_vnic_vf_active').eq(0);
    const requested = metric('hyperv_vnic_vf_requested').eq(1);
    const settling = metric('hyperv_vnic_settling').eq(1);
    const vnic = perHost('vnic_id');
    const fallback = metric('hyperv_vnic_fallback').eq(1);
    const condition = active.and(vnic, requested).and(vnic, fallback).unless(vnic, settling);
    expect(toPromql(count(perHost(), condition).gt(3), [])).toBe(
      `count without (vm, vm_id, vnic, vnic_id) (
  hyperv_vnic_vf_active == 0
    and hyperv_vnic_vf_requested == 1
    and ignoring (reason) hyperv_vnic_fallback == 1
    unless ignoring (cause) hyperv_vnic_settling == 1
)
  > 3`,
    );
  });

  it('keeps the labels of the target, of a cluster those that its hosts share', () => {
    const limit = metric('hyperv_vswitch_vf_limit');
    const inUse = metric('hyperv_vswitch_vf_in_use');
    const all = sum(perCluster('vswitch'), limit);
    const hostLabels = ['instance', 'host'];
    expect(toPromql(limit.minus(inUse, VSWITCH), hostLabels)).toBe(
      'hyperv_vswitch_vf_limit - hyperv_vswitch_vf_in_use',
    );
    expect(toPromql(all, hostLabels)).toBe('sum without (instance, host) (hyperv_vswitch_vf_limit)');
    expect(toPromql(limit.over(all, perCluster('vswitch')), hostLabels)).toBe(
      'hyperv_vswitch_vf_limit\n  / ignoring (instance, host) group_left () sum without (instance, host) (hyperv_vswitch_vf_limit)',
    );
    expect(() => limit.over(all, VSWITCH)).toThrow('cannot be matched by host');
  });
});
