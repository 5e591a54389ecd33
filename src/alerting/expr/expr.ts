import { labelsOfMetric, labelsThatGoWith } from './metric-labels.ts';

/**
 * An expression of a rule. `toPromql` prints it for Prometheus, and `createEvaluator` evaluates it on the metric families
 * that the agent has just rendered. The samples that the agent must keep are derived from it (`rangesOf`).
 *
 * Expressions name only labels of the catalogue. The labels that a scrape adds (cluster, instance, …) belong to every key
 * without being named: the agent has only one target, and Prometheus matches on all labels except those listed.
 */

/** `prometheus`: needs several targets, or hours of history. Only Prometheus can evaluate it. */
export type Reader = 'both' | 'prometheus';

/** Which target labels a series has: those of one host, or those that the hosts of a cluster share. */
export type Level = 'scalar' | 'host' | 'cluster';

/**
 * The labels that must be equal in two series: `labels` of the exporter, and every label of the target (`host`) or those
 * that all hosts of a cluster share (`cluster`). With `target`, `labels` are labels of the target and no others must be
 * equal; this compares two jobs.
 */
export interface Key {
  readonly level: 'host' | 'cluster' | 'target';
  readonly labels: readonly string[];
}
/** Equal target labels and equal `labels` */
export const perHost = (...labels: readonly string[]): Key => ({ level: 'host', labels });
/** Equal labels of the cluster and equal `labels` */
export const perCluster = (...labels: readonly string[]): Key => ({ level: 'cluster', labels });
/** Equal target labels `labels` only */
export const perTarget = (...labels: readonly string[]): Key => ({ level: 'target', labels });

export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}
/** `label="value"` */
export const is = (label: string, value: string): Matcher => ({ label, op: '=', value });
/** `label!="value"` */
export const isNot = (label: string, value: string): Matcher => ({ label, op: '!=', value });
/** A regular expression that matches the whole value, as in PromQL */
export const matches = (label: string, value: string): Matcher => ({ label, op: '=~', value });
/** A regular expression that does not match the whole value */
export const matchesNot = (label: string, value: string): Matcher => ({ label, op: '!~', value });

export type Arithmetic = '+' | '-' | '*' | '/';
export type Comparison = '==' | '>' | '>=' | '<' | '<=';
export type Aggregation = 'sum' | 'min' | 'max' | 'count' | 'group';

export interface Metric {
  readonly kind: 'metric';
  readonly name: string;
  readonly matchers: readonly Matcher[];
}
/** A function over the samples of the last `seconds` */
export interface Range {
  readonly kind: 'range';
  readonly fn: 'rate' | 'increase' | 'max_over_time';
  readonly metric: Metric;
  readonly seconds: number;
}
/** A function over the samples of the last `seconds`, or over the values at each `step`. Only Prometheus evaluates it */
interface OverTime {
  readonly kind: 'over_time';
  readonly fn: 'changes' | 'max_over_time' | 'min_over_time' | 'predict_linear';
  readonly of: Expr;
  readonly seconds: number;
  readonly step?: number;
  readonly argument?: number;
}
export type Node =
  | Metric
  | Range
  | OverTime
  | { readonly kind: 'call'; readonly fn: 'absent' | 'abs' | 'timestamp'; readonly of: Expr }
  | { readonly kind: 'offset'; readonly of: Expr; readonly seconds: number }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'time' }
  | { readonly kind: 'clamp_min'; readonly of: Expr; readonly least: number }
  | { readonly kind: 'rename'; readonly of: Expr; readonly from: string; readonly to: string }
  | { readonly kind: 'aggregate'; readonly op: Aggregation; readonly of: Expr; readonly key: Key }
  | {
      readonly kind: 'arithmetic';
      readonly op: Arithmetic;
      readonly left: Expr;
      readonly right: Expr;
      readonly key?: Key;
    }
  | {
      readonly kind: 'comparison';
      readonly op: Comparison;
      readonly left: Expr;
      readonly right: Expr;
      readonly key?: Key;
    }
  | {
      readonly kind: 'copy';
      readonly left: Expr;
      readonly info: Expr;
      readonly key: Key;
      readonly labels: readonly string[];
    }
  | {
      readonly kind: 'set';
      readonly op: 'and' | 'unless';
      readonly left: Expr;
      readonly right: Expr;
      readonly key: Key;
    }
  | { readonly kind: 'or'; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'recorded'; readonly name: string; readonly of: Expr; readonly matchers: readonly Matcher[] };

/** An expression with the labels of its series. Created by the functions below; immutable. */
export class Expr<R extends Reader = Reader> {
  /** Exists for the compiler only: an alert of the agent needs an `Expr<'both'>`. */
  declare readonly reader: R;

  readonly node: Node;
  /** Labels of its series, without those of the target */
  readonly labels: readonly string[];
  readonly level: Level;

  constructor(node: Node, labels: readonly string[], level: Level) {
    this.node = node;
    this.labels = labels;
    this.level = level;
  }

  eq<Q extends Reader = R>(right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    return this.#compare('==', right, key);
  }
  gt<Q extends Reader = R>(right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    return this.#compare('>', right, key);
  }
  ge<Q extends Reader = R>(right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    return this.#compare('>=', right, key);
  }
  lt<Q extends Reader = R>(right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    return this.#compare('<', right, key);
  }
  le<Q extends Reader = R>(right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    return this.#compare('<=', right, key);
  }

  plus<Q extends Reader = R>(right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    return this.#arithmetic('+', right, key);
  }
  minus<Q extends Reader = R>(right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    return this.#arithmetic('-', right, key);
  }
  times<Q extends Reader = R>(right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    return this.#arithmetic('*', right, key);
  }
  over<Q extends Reader = R>(right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    return this.#arithmetic('/', right, key);
  }

  /** The series that have a matching series in `right`. */
  and<Q extends Reader>(key: Key, right: Expr<Q>): Expr<R | Q> {
    return this.#set('and', key, right);
  }
  unless<Q extends Reader>(key: Key, right: Expr<Q>): Expr<R | Q> {
    return this.#set('unless', key, right);
  }

  /** These series, and those of `right` whose labels none of these series has. */
  or<Q extends Reader>(right: Expr<Q>): Expr<R | Q> {
    return new Expr({ kind: 'or', left: this, right }, union(this.labels, right.labels), this.level);
  }

  /** Adds labels of a matching info series, whose value is always 1. Series without a matching info series are omitted. */
  copying<Q extends Reader>(labels: readonly string[], key: Key, info: Expr<Q>): Expr<R | Q> {
    hasLabels(this, key.labels);
    const alike = labelsThatGoWith(key.labels).filter((label) =>
      [this, info].every((side) => side.labels.includes(label)),
    );
    const grouped = aggregated('group', info, { ...key, labels: union([...alike, ...key.labels], labels) });
    return new Expr({ kind: 'copy', left: this, info: grouped, key, labels }, union(this.labels, labels), this.level);
  }

  /** Renames the label `from` to `to`. */
  renaming(from: string, to: string): Expr<R> {
    hasLabels(this, [from]);
    const labels = this.labels.map((label) => (label === from ? to : label));
    return new Expr({ kind: 'rename', of: this, from, to }, labels, this.level);
  }

  #compare<Q extends Reader>(op: Comparison, right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    const other = operand(right);
    matched(this, other, key);
    return new Expr({ kind: 'comparison', op, left: this, right: other, ...(key && { key }) }, this.labels, this.level);
  }

  #arithmetic<Q extends Reader>(op: Arithmetic, right: Expr<Q> | number, key?: Key): Expr<R | Q> {
    const other = operand(right);
    matched(this, other, key);
    const vector = this.level === 'scalar' ? other : this;
    return new Expr(
      { kind: 'arithmetic', op, left: this, right: other, ...(key && { key }) },
      vector.labels,
      vector.level,
    );
  }

  #set<Q extends Reader>(op: 'and' | 'unless', key: Key, right: Expr<Q>): Expr<R | Q> {
    matched(this, right, key);
    return new Expr({ kind: 'set', op, left: this, right, key }, this.labels, this.level);
  }
}

/** A metric of the exporter at this moment. @throws Error if the exporter has no such metric */
export const metric = (name: string, ...matchers: readonly Matcher[]): Expr<'both'> =>
  new Expr({ kind: 'metric', name, matchers }, labelsOfMetric(name), 'host');

/** Unix seconds of the evaluation */
export const time: Expr<'both'> = new Expr({ kind: 'time' }, [], 'scalar');
/** A constant */
export const number = (value: number): Expr<never> => new Expr({ kind: 'number', value }, [], 'scalar');
const operand = <R extends Reader>(value: Expr<R> | number): Expr<R> =>
  typeof value === 'number' ? number(value) : value;

/** Per second, over the last `seconds`. `of` is a counter. @throws Error if `of` is not a metric */
export const rate = (of: Expr<'both'>, seconds: number): Expr<'both'> => range('rate', of, seconds);
/** Increase of a counter over the last `seconds`. @throws Error if `of` is not a metric */
export const increase = (of: Expr<'both'>, seconds: number): Expr<'both'> => range('increase', of, seconds);
/** Largest sample of the last `seconds`. @throws Error if `of` is not a metric */
export const maxOverTime = (of: Expr<'both'>, seconds: number): Expr<'both'> => range('max_over_time', of, seconds);
const range = (fn: Range['fn'], { node, labels, level }: Expr, seconds: number): Expr<'both'> => {
  if (node.kind !== 'metric') throw new Error(`${fn} needs a metric, not ${node.kind}`);
  return new Expr({ kind: 'range', fn, metric: node, seconds }, labels, level);
};

/** Raises values below `least` to `least`. */
export const clampMin = <R extends Reader>(of: Expr<R>, least: number): Expr<R> =>
  new Expr({ kind: 'clamp_min', of, least }, of.labels, of.level);

/** Aggregates the series with equal labels of the key. @throws Error if `of` does not have these labels */
const aggregated = <R extends Reader>(op: Aggregation, of: Expr<R>, key: Key): Expr<R> => {
  hasLabels(of, key.labels);
  if (key.level === 'target') throw new Error('series are aggregated per host or per cluster only');
  return new Expr({ kind: 'aggregate', op, of, key }, key.labels, key.level);
};
/** Sum of the series per key */
export const sum = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('sum', of, key);
/** Smallest value per key */
export const min = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('min', of, key);
/** Largest value per key */
export const max = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('max', of, key);
/** Number of series per key */
export const count = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('count', of, key);
/** 1 for each key that has a series */
export const group = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('group', of, key);
/** Sums over one label */
export const sumWithout = <R extends Reader>(dropped: string, of: Expr<R>): Expr<R> =>
  sum(perHost(...of.labels.filter((label) => label !== dropped)), of);

/** The result of a recording rule. Prometheus reads the recorded series; the agent evaluates the expression `of`. */
export const recorded = <R extends Reader>(name: string, of: Expr<R>): Expr<R> =>
  new Expr({ kind: 'recorded', name, of, matchers: [] }, of.labels, of.level);
/** The recorded series whose target labels match, for example of hosts in a cluster. @throws Error if not recorded */
export const selected = ({ node, labels, level }: Expr, ...matchers: readonly Matcher[]): Expr<'prometheus'> => {
  if (node.kind !== 'recorded') throw new Error(`not a record: ${node.kind}`);
  return new Expr({ ...node, matchers }, labels, level);
};

/** A function over the samples of the last `seconds`, or over the values at each `step` (seconds). `argument` is the quantile or the like. */
export const overTime = (
  fn: OverTime['fn'],
  of: Expr,
  seconds: number,
  { step, argument }: { readonly step?: number; readonly argument?: number } = {},
): Expr<'prometheus'> =>
  new Expr(
    { kind: 'over_time', fn, of, seconds, ...(step && { step }), ...(argument && { argument }) },
    of.labels,
    of.level,
  );
/** 1 if there is no series, else nothing */
export const absent = (of: Expr): Expr<'prometheus'> => new Expr({ kind: 'call', fn: 'absent', of }, [], 'cluster');
/** Absolute values */
export const abs = (of: Expr): Expr<'prometheus'> => new Expr({ kind: 'call', fn: 'abs', of }, of.labels, of.level);
/** When a series was scraped, in Unix seconds by the clock of Prometheus */
export const timestamp = (of: Expr): Expr<'prometheus'> =>
  new Expr({ kind: 'call', fn: 'timestamp', of }, of.labels, of.level);
/** The value of a series that many seconds ago */
export const offset = (of: Expr, seconds: number): Expr<'prometheus'> =>
  new Expr({ kind: 'offset', of, seconds }, of.labels, of.level);

const union = (one: readonly string[], other: readonly string[]): readonly string[] => [...new Set([...one, ...other])];

/** Refuses a label that the series do not have: all series would match each other. */
function hasLabels({ labels, node }: Expr, wanted: readonly string[]): void {
  const missing = wanted.filter((label) => !labels.includes(label));
  if (missing.length > 0) throw new Error(`no label ${missing.join(', ')} on ${JSON.stringify(node)}`);
}

function matched(left: Expr, right: Expr, key: Key | undefined): void {
  const scalar = left.level === 'scalar' || right.level === 'scalar';
  if ((key === undefined) !== scalar) throw new Error('two vectors need a key, and a scalar must not have one');
  if (key === undefined || key.level === 'target') return;
  if (key.level === 'host' && !(left.level === 'host' && right.level === 'host'))
    throw new Error('series aggregated over a cluster cannot be matched by host');
  hasLabels(left, key.labels);
  hasLabels(right, key.labels);
}

/** The direct operands of an expression. */
export function partsOf({ node }: Expr): readonly Expr[] {
  if ('left' in node) return [node.left, node.kind === 'copy' ? node.info : node.right];
  return 'of' in node ? [node.of] : [];
}
