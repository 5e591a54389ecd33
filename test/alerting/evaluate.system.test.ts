import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlertState, alertKey, evaluate, type Evaluation } from '../../src/alerting/evaluate.ts';
import { metric } from '../../src/alerting/expr/expr.ts';
import { toPromql } from '../../src/alerting/expr/promql.ts';
import type { HostRule } from '../../src/alerting/rules/define.ts';
import { label, text } from '../../src/alerting/text.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { createWindow } from '../../src/alerting/window.ts';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { recordScrapes } from '../support/input-series.ts';
import { failuresOf, ruleFile } from '../support/promtool.ts';
import { describeWith } from '../support/tools.ts';

const MINUTE = 60;
const NAME = 'hyperv_vm_migrating';

const alertOf = (wait: number, keepFiringFor: number): HostRule => ({
  name: `SriovAfter${wait}Kept${keepFiringFor}`,
  severity: 'warning',
  scope: 'host',
  for: wait,
  keepFiringFor,
  summary: 'Something is wrong.',
  description: text`${label('vm')} is in trouble.`,
  expr: metric(NAME).eq(1),
});

const familyOf = (...vms: readonly string[]): MetricFamily => ({
  name: NAME,
  type: 'gauge',
  help: '',
  samples: vms.map((vm) => ({ shared: { vm }, labels: { empty: '' }, value: 1 })),
});

const round = (
  alerts: readonly HostRule[],
  now: number,
  vms: readonly string[],
  more: Partial<Evaluation> = {},
): Evaluation => ({
  alerts,
  families: new Map([[NAME, familyOf(...vms)]]),
  window: createWindow([]),
  now,
  addresses: defaultThresholds,
  externalLabels: { instance: 'hv01:10182', source: 'sriov-agent' },
  holdSeconds: 0,
  ...more,
});

/** The states of one alert over rounds of a minute; `holds` says in which the condition is true. */
function statesOf(alert: HostRule, holds: string, more: Partial<Evaluation> = {}): string {
  let state: AlertState = new Map();
  return Array.from(holds)
    .map((sign, minute) => {
      state = evaluate(state, round([alert], minute * MINUTE, sign === 'x' ? ['web07'] : [], more));
      const [only] = [...state.values()];
      return only === undefined ? '.' : { pending: 'p', firing: 'F', resolved: 'r' }[only.state];
    })
    .join('');
}

describe('the states of one alert, minute by minute', () => {
  it.each([
    [
      'waits for its time, fires, resolves and is kept for a quarter of an hour',
      3,
      0,
      'xxxxx..................',
      'pppFFrrrrrrrrrrrrrrr...',
    ],
    ['after a gap the wait starts again', 3, 0, 'xx.xxxxx', 'pp.pppFF'],
    ['without a wait it fires at once', 0, 0, 'x.x', 'FrF'],
    ['a lapse shorter than keep_firing_for does not resolve it', 0, 3, 'x..x...x', 'FFFFFFFF'],
    ['a longer one does, and the wait starts again', 2, 3, 'xxx....xxx', 'ppFFFFrppF'],
  ])('%s', (_, wait, keep, holds, states) => {
    expect(statesOf(alertOf(wait * MINUTE, keep * MINUTE), holds)).toBe(states);
  });

  it('fires later and resolves earlier with `hold`', () => {
    expect(statesOf(alertOf(2 * MINUTE, 3 * MINUTE), 'xxxxxx...', { holdSeconds: 2 * MINUTE })).toBe('ppppFFFrr');
    expect(statesOf(alertOf(2 * MINUTE, MINUTE), 'xxxxxx...', { holdSeconds: 2 * MINUTE })).toBe('ppppFFrrr');
  });

  it('has the times at which it became active, fired and resolved', () => {
    const alert = alertOf(2 * MINUTE, MINUTE);
    let state: AlertState = new Map();
    for (const [minute, sign] of Array.from('xxxx...').entries())
      state = evaluate(state, round([alert], 1000 + minute * MINUTE, sign === 'x' ? ['web07'] : []));
    const [resolved] = [...state.values()];
    expect(resolved).toEqual({
      name: alert.name,
      labels: {
        alertname: alert.name,
        severity: 'warning',
        vm: 'web07',
        instance: 'hv01:10182',
        source: 'sriov-agent',
      },
      annotations: {
        summary: 'web07 on hv01:10182: Something is wrong.',
        description: 'web07 is in trouble.',
        page_url: 'http://hv01:10182/',
        runbook_url: `http://hv01:10182/docs/runbooks/${alert.name}.md`,
      },
      value: 1,
      state: 'resolved',
      activeAt: 1000,
      firedAt: 1000 + 2 * MINUTE,
      resolvedAt: 1000 + 5 * MINUTE,
    });
  });

  it('with other labels is another alert', () => {
    const alert = alertOf(0, 0);
    const state = evaluate(new Map(), round([alert], 0, ['web07', 'sql02']));
    expect([...state.values()].map(({ labels }) => labels['vm'])).toEqual(['web07', 'sql02']);
    const next = evaluate(state, round([alert], 15, ['sql02']));
    expect([...next.values()].map(({ labels, state: its }) => [labels['vm'], its])).toEqual([
      ['sql02', 'firing'],
      ['web07', 'resolved'],
    ]);
  });

  it('of the last run does not end before the host is known again', () => {
    const alert = alertOf(0, 0);
    const former = evaluate(new Map(), round([alert], 0, ['web07']));
    const standing = new Set(former.keys());
    expect(evaluate(former, round([alert], 900, [], { standing }))).toEqual(former);
    const [ended] = [...evaluate(former, round([alert], 900, [])).values()];
    expect(ended).toMatchObject({ state: 'resolved', resolvedAt: 900 });
  });
});

it('the key of an alert does not depend on the order of its labels', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (labels) => {
      const turned = Object.fromEntries(Object.entries(labels).toReversed());
      expect(alertKey('A', turned)).toBe(alertKey('A', labels));
      expect(alertKey('B', labels)).not.toBe(alertKey('A', labels));
    }),
  );
});

describeWith(['promtool'], 'random troubles, as Prometheus sees them', () => {
  const VMS = 30;
  const TICKS = 60;
  const alerts = [alertOf(0, 0), alertOf(MINUTE, 0), alertOf(45, 30), alertOf(0, 90), alertOf(2 * MINUTE, 2 * MINUTE)];
  /** Troubles that last a while, and are gone a while */
  const trouble = fc
    .array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 14 })), { minLength: TICKS, maxLength: TICKS })
    .map((runs) => runs.flatMap(([is, ticks]) => Array.from({ length: ticks }, () => is)).slice(0, TICKS));

  it('are pending and firing in the same rounds', () => {
    const troubles = fc.sample(trouble, { numRuns: VMS, seed: 5 });
    const target = { instance: 'hv01:10182' };
    const recorder = recordScrapes({ target });
    let state: AlertState = new Map();
    const counts = { pending: 0, firing: 0, resolved: 0 };
    const expectations = [];
    for (let tick = 0; tick < TICKS; tick++) {
      const vms = troubles.flatMap((of, vm) => (of[tick] === true ? [`vm${vm}`] : []));
      recorder.scrape([familyOf(...vms)], tick * 15_000);
      state = evaluate(state, round(alerts, tick * 15, vms, { externalLabels: target }));
      for (const { state: its } of state.values()) counts[its]++;
      expectations.push({
        expr: 'ALERTS',
        eval_time: `${tick * 15}s`,
        exp_samples: [...state.values()]
          .filter(({ state: its }) => its !== 'resolved')
          .map(({ labels, state: its }) => ({
            labels: `ALERTS{${Object.entries({ ...labels, alertstate: its })
              .map(([name, value]) => `${name}="${value}"`)
              .join()}}`,
            value: 1,
          })),
      });
    }
    const rules = ruleFile(
      alerts.map((alert) => ({
        alert: alert.name,
        expr: toPromql(alert.expr, []),
        for: `${alert.for}s`,
        keep_firing_for: `${alert.keepFiringFor}s`,
        labels: { severity: alert.severity },
      })),
    );
    const tests = [{ interval: '15s', input_series: recorder.rows(), promql_expr_test: expectations }];
    expect(failuresOf({ rules, tests })).toBeUndefined();
    for (const [its, count] of Object.entries(counts)) expect(count, its).toBeGreaterThan(500);
  });
});
