import type { MetricFamily } from '../../metrics/define.ts';
import type { Matcher } from './expr.ts';

/** One series of this moment. */
export interface Point {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export type Vector = readonly Point[];

/** The samples of a family that match, as a vector; empty if there is no such family. */
export function select(
  families: ReadonlyMap<string, MetricFamily>,
  name: string,
  matchers: readonly Matcher[] = [],
): Vector {
  const tests = matchers.map(testOf);
  const found: Point[] = [];
  for (const { shared, labels: own, value } of families.get(name)?.samples ?? []) {
    const labels = shared === undefined ? (own ?? {}) : { ...shared, ...own };
    if (tests.every((fits) => fits(labels))) found.push({ labels, value });
  }
  return found;
}

function testOf({ label, op, value }: Matcher): (labels: Point['labels']) => boolean {
  const wanted = op === '=' || op === '=~';
  if (op === '=' || op === '!=') return (labels) => ((labels[label] ?? '') === value) === wanted;
  const whole = new RegExp(`^(?:${value})$`, 'su');
  return (labels) => whole.test(labels[label] ?? '') === wanted;
}
