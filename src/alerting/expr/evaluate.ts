import type { MetricFamily } from '../../metrics/define.ts';
import type { Window } from '../window.ts';
import type { Aggregation, Arithmetic, Comparison, Expr, Node } from './expr.ts';
import { type Point, select, type Vector } from './vector.ts';

/** What expressions are evaluated on. */
export interface Moment {
  readonly families: ReadonlyMap<string, MetricFamily>;
  /** Must already contain the samples of this moment */
  readonly window: Window;
  /** Unix seconds, as time() */
  readonly now: number;
}

/**
 * Evaluates expressions for one moment with the semantics of PromQL; a missing label equals ''. An expression that occurs
 * in several others is evaluated once.
 */
export function createEvaluator(moment: Moment): (expr: Expr<'both'>) => Vector {
  const known = new Map<string | Node, Vector | number>();

  const read = (expr: Expr): Vector | number => {
    // The same metric in two expressions is two nodes, so nodes of metrics are compared by name and matchers.
    const key = expr.node.kind === 'metric' ? JSON.stringify(expr.node) : expr.node;
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = evaluate(expr.node)));
    return value;
  };
  const vectorOf = (expr: Expr): Vector => {
    const value = read(expr);
    return typeof value === 'number' ? [{ labels: {}, value }] : value;
  };

  const evaluate = (node: Node): Vector | number => {
    switch (node.kind) {
      case 'metric':
        return select(moment.families, node.name, node.matchers);
      case 'range':
        return moment.window.read(node);
      case 'number':
        return node.value;
      case 'time':
        return moment.now;
      case 'recorded':
        return read(node.of);
      case 'clamp_min':
        return vectorOf(node.of).map(({ labels, value }) => ({ labels, value: Math.max(value, node.least) }));
      case 'rename':
        return vectorOf(node.of).map((point) => renamed(point, node.from, node.to));
      case 'aggregate':
        return aggregate(vectorOf(node.of), node.key.labels, FOLD[node.op]);
      case 'copy':
        return copied(vectorOf(node.left), node.key.labels, node.labels, vectorOf(node.info));
      case 'set':
        return among(vectorOf(node.left), node.key.labels, vectorOf(node.right), node.op === 'and');
      case 'or': {
        const left = vectorOf(node.left);
        const all = [...new Set([...node.left.labels, ...node.right.labels])];
        return [...left, ...among(vectorOf(node.right), all, left, false)];
      }
      case 'arithmetic':
        return combine(read(node.left), read(node.right), node.key?.labels ?? [], CALCULATE[node.op]);
      case 'comparison': {
        const holds = COMPARE[node.op];
        const kept = (a: number, b: number) => (holds(a, b) ? a : undefined);
        return combine(read(node.left), read(node.right), node.key?.labels ?? [], kept);
      }
      case 'over_time':
      case 'call':
      case 'offset':
        throw new Error(`only Prometheus evaluates ${node.kind}`);
    }
  };
  return vectorOf;
}

const CALCULATE: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};
const COMPARE: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};
const FOLD: Readonly<Record<Aggregation, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((total, value) => total + value, 0),
  min: (values) => values.reduce((least, value) => Math.min(least, value)),
  max: (values) => values.reduce((most, value) => Math.max(most, value)),
  count: (values) => values.length,
  group: () => 1,
};

const keyOf = ({ labels }: Point, on: readonly string[]): string =>
  on.length === 1 ? (labels[on[0] ?? ''] ?? '') : on.map((label) => labels[label] ?? '').join('\u0000');

/** `left and on (on) right` if `wanted`, else `left unless on (on) right`. */
function among(left: Vector, on: readonly string[], right: Vector, wanted: boolean): Vector {
  const keys = new Set(right.map((point) => keyOf(point, on)));
  return left.filter((point) => keys.has(keyOf(point, on)) === wanted);
}

/** Combines the values of both sides. The labels are those of the left side. `value` returns undefined to omit a pair. */
function combine(
  left: Vector | number,
  right: Vector | number,
  on: readonly string[],
  value: (a: number, b: number) => number | undefined,
): Vector {
  const results = (points: Vector, resultOf: (point: Point) => number | undefined): Vector =>
    points.flatMap((point) => {
      const result = resultOf(point);
      return result === undefined ? [] : [{ labels: point.labels, value: result }];
    });
  if (typeof left === 'number') {
    if (typeof right === 'number') return results([{ labels: {}, value: left }], () => value(left, right));
    return results(right, (point) => value(left, point.value));
  }
  if (typeof right === 'number') return results(left, (point) => value(point.value, right));
  const byKey = new Map(right.map((point) => [keyOf(point, on), point.value]));
  return results(left, (point) => {
    const other = byKey.get(keyOf(point, on));
    return other === undefined ? undefined : value(point.value, other);
  });
}

/** `left * on (on) group_left (labels) info`, for info series of value 1 */
function copied(left: Vector, on: readonly string[], labels: readonly string[], info: Vector): Vector {
  const byKey = new Map(info.map((point) => [keyOf(point, on), point]));
  return left.flatMap((point) => {
    const found = byKey.get(keyOf(point, on));
    if (found === undefined) return [];
    const more = Object.fromEntries(labels.map((label) => [label, found.labels[label] ?? '']));
    return [{ labels: { ...point.labels, ...more }, value: point.value }];
  });
}

function aggregate(vector: Vector, by: readonly string[], fold: (values: readonly number[]) => number): Vector {
  const groups = new Map<string, { readonly labels: Point['labels']; readonly values: number[] }>();
  for (const point of vector) {
    const key = keyOf(point, by);
    let group = groups.get(key);
    if (group === undefined) {
      const labels = by.flatMap((label) => (point.labels[label] ? [[label, point.labels[label]] as const] : []));
      groups.set(key, (group = { labels: Object.fromEntries(labels), values: [] }));
    }
    group.values.push(point.value);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: fold(values) }));
}

function renamed({ labels, value }: Point, from: string, to: string): Point {
  const { [from]: old, ...others } = labels;
  return { labels: old === undefined ? others : { ...others, [to]: old }, value };
}
