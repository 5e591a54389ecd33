import * as fc from 'fast-check';
import { expect } from 'vitest';
import { it } from 'vitest';
import {
  aggregate,
  and,
  combine,
  least,
  size,
  sum,
  unless,
  type Vector,
  whereValue,
  withInfo,
} from '../../src/alerting/vector.ts';
import { failuresOf, type RuleTest } from '../support/promtool.ts';
import { describeWith } from '../support/tools.ts';

const label = fc.constantFrom('', 'a', 'b', 'c');

/** Some points with the labels x, y and z, of which any may be missing; never two with the same ones. */
const vector = (extra: Readonly<Record<string, string>> = {}) =>
  fc
    .uniqueArray(fc.record({ x: label, y: label, value: fc.nat(9) }), {
      maxLength: 8,
      selector: ({ x, y }) => `${x} ${y}`,
    })
    .map((points): Vector =>
      points.map(({ x, y, value }) => {
        const labels = Object.entries({ x, y, ...extra }).filter(([, text]) => text !== '');
        return { labels: Object.fromEntries(labels), value };
      }),
    );

/** At most one point for each x, as info series and the right sides of comparisons are. */
const onePerX = (points: Vector): Vector => [
  ...new Map(points.map((point) => [point.labels['x'] ?? '', point])).values(),
];

const labelText = (labels: Readonly<Record<string, string>>, name = ''): string =>
  `${name}{${Object.entries(labels)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}="${value}"`)
    .join(', ')}}`;

/** Each operator as PromQL and as the agent's. `l` and `r` are the two series. */
const OPERATORS: readonly (readonly [expr: string, name: string, own: (l: Vector, r: Vector) => Vector])[] = [
  ['l and on (x) r', 'l', (l, r) => and(l, ['x'], r)],
  ['l and on (x, y) r', 'l', (l, r) => and(l, ['x', 'y'], r)],
  ['l unless on (x) r', 'l', (l, r) => unless(l, ['x'], r)],
  ['l > 4', 'l', (l) => whereValue(l, (value) => value > 4)],
  ['sum by (x) (l)', '', (l) => aggregate(l, ['x'], sum)],
  ['min by (y) (l)', '', (l) => aggregate(l, ['y'], least)],
  ['count by (x, y) (l)', '', (l) => aggregate(l, ['x', 'y'], size)],
  [
    'l * on (x) group_left (kind) info',
    '',
    (l, r) =>
      withInfo(
        l,
        ['x'],
        ['kind'],
        onePerX(r).map(({ labels }) => ({ labels: { ...labels, kind: 'k' }, value: 1 })),
      ),
  ],
  [
    'sum by (x) (l) > on (x) sum by (x) (r)',
    '',
    (l, r) => combine(aggregate(l, ['x'], sum), ['x'], aggregate(r, ['x'], sum), (a, b) => (a > b ? a : undefined)),
  ],
];

describeWith(['promtool'], 'operators on instant vectors', () => {
  it('give what PromQL gives', () => {
    const pairs = fc.sample(fc.tuple(vector(), vector({ z: 'z' })), { numRuns: 80, seed: 7 });
    const seen = new Map<string, number>();
    const tests = pairs.map(([l, r]): RuleTest => {
      const series = (name: string, points: Vector) =>
        points.map(({ labels, value }) => ({ series: labelText(labels, name), values: String(value) }));
      const info = onePerX(r).map(({ labels }) => ({ labels: { ...labels, kind: 'k' }, value: 1 }));
      return {
        interval: '15s',
        input_series: [...series('l', l), ...series('r', r), ...series('info', info)],
        promql_expr_test: OPERATORS.map(([expr, name, own]) => {
          const expected = own(l, r);
          seen.set(expr, (seen.get(expr) ?? 0) + expected.length);
          return {
            expr,
            eval_time: '0s',
            exp_samples: expected.map(({ labels, value }) => ({ labels: labelText(labels, name), value })),
          };
        }),
      };
    });
    expect(failuresOf({ tests })).toBeUndefined();
    for (const [expr] of OPERATORS) expect(seen.get(expr), expr).toBeGreaterThan(30);
  });
});
