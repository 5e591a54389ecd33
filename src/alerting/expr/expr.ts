import { labelsOfMetric, labelsThatGoWith } from './metric-labels.ts';

/**
 * An expression of a rule, written once. It has two readers: `toPromql` prints it for Prometheus, and `evaluateExpr`
 * evaluates it on the metric families that the agent has just rendered. What the agent looks back on is derived from it
 * (`createWindow`).
 *
 * Labels here are those of the catalogue. The labels that a scrape adds (the target: cluster, instance, …) are part of
 * every key without being named: the agent has one target only, and Prometheus matches on all labels but those left out.
 */

/** `prometheus`: needs several targets, or hours of history. Only Prometheus can evaluate it. */
export type Reader = 'both' | 'prometheus';

/** Whose target labels a series still has: of one host, or summed up over the hosts of a cluster. */
export type Level = 'scalar' | 'host' | 'cluster';

/**
 * What two series must have alike: these labels of the exporter, and every label of their target (`host`), or those
 * that all hosts of a cluster share (`cluster`). `target`: only these labels of the target, where two jobs are compared,
 * whose other labels differ.
 */
export interface Key {
  readonly level: 'host' | 'cluster' | 'target';
  readonly labels: readonly string[];
}
export const perHost = (...labels: readonly string[]): Key => ({ level: 'host', labels });
export const perCluster = (...labels: readonly string[]): Key => ({ level: 'cluster', labels });
export const perTarget = (...labels: readonly string[]): Key => ({ level: 'target', labels });

export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}
/** `label="value"` */
export const is = (label: string, value: string): Matcher => ({ label, op: '=', value });
export const isNot = (label: string, value: string): Matcher => ({ label, op: '!=', value });
/** A regular expression that matches the whole value, as in PromQL */
export const matches = (label: string, value: string): Matcher => ({ label, op: '=~', value });
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
/** A function over the samples of the last `seconds`, or over the values at each `step` of them, that only Prometheus has */
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

/** One expression with the labels that its series have. Made by the functions below; immutable. */
export class Expr<R extends Reader = Reader> {
  /** Known to the compiler only: an alert of the agent takes `Expr<'both'>`. */
  declare readonly reader: R;

  readonly node: Node;
  /** Labels of its series beside those of the target */
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

  /** The series that have a partner in `right` with the same key. */
  and<Q extends Reader>(key: Key, right: Expr<Q>): Expr<R | Q> {
    return this.#set('and', key, right);
  }
  unless<Q extends Reader>(key: Key, right: Expr<Q>): Expr<R | Q> {
    return this.#set('unless', key, right);
  }

  /** These series, and those of `right` that have labels of their own. */
  or<Q extends Reader>(right: Expr<Q>): Expr<R | Q> {
    return new Expr({ kind: 'or', left: this, right }, union(this.labels, right.labels), this.level);
  }

  /** With these labels of an info series (always 1) of the same key; series without one are left out. */
  copying<Q extends Reader>(labels: readonly string[], key: Key, info: Expr<Q>): Expr<R | Q> {
    hasLabels(this, key.labels);
    const alike = labelsThatGoWith(key.labels).filter((label) =>
      [this, info].every((side) => side.labels.includes(label)),
    );
    const of = aggregated('group', info, { ...key, labels: union([...alike, ...key.labels], labels) });
    return new Expr({ kind: 'copy', left: this, info: of, key, labels }, union(this.labels, labels), this.level);
  }

  /** With the label `from` under another name. */
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

/** A series of the exporter, of this moment. @throws Error for a name that the exporter has not */
export const metric = (name: string, ...matchers: readonly Matcher[]): Expr<'both'> =>
  new Expr({ kind: 'metric', name, matchers }, labelsOfMetric(name), 'host');

export const time: Expr<'both'> = new Expr({ kind: 'time' }, [], 'scalar');
export const number = (value: number): Expr<never> => new Expr({ kind: 'number', value }, [], 'scalar');
const operand = <R extends Reader>(value: Expr<R> | number): Expr<R> =>
  typeof value === 'number' ? number(value) : value;

/** Seconds, of a counter's series */
export const rate = (of: Expr<'both'>, seconds: number): Expr<'both'> => range('rate', of, seconds);
export const increase = (of: Expr<'both'>, seconds: number): Expr<'both'> => range('increase', of, seconds);
export const maxOverTime = (of: Expr<'both'>, seconds: number): Expr<'both'> => range('max_over_time', of, seconds);
const range = (fn: Range['fn'], { node, labels, level }: Expr, seconds: number): Expr<'both'> => {
  if (node.kind !== 'metric') throw new Error(`${fn} needs a metric, not ${node.kind}`);
  return new Expr({ kind: 'range', fn, metric: node, seconds }, labels, level);
};

/** No value below `least`. */
export const clampMin = <R extends Reader>(of: Expr<R>, least: number): Expr<R> =>
  new Expr({ kind: 'clamp_min', of, least }, of.labels, of.level);

/** `op` over the series that are alike in the key. */
const aggregated = <R extends Reader>(op: Aggregation, of: Expr<R>, key: Key): Expr<R> => {
  hasLabels(of, key.labels);
  if (key.level === 'target') throw new Error('series are summed up over hosts or clusters');
  return new Expr({ kind: 'aggregate', op, of, key }, key.labels, key.level);
};
export const sum = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('sum', of, key);
export const min = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('min', of, key);
export const max = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('max', of, key);
export const count = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('count', of, key);
export const group = <R extends Reader>(key: Key, of: Expr<R>): Expr<R> => aggregated('group', of, key);
/** Over one of the labels */
export const sumWithout = <R extends Reader>(dropped: string, of: Expr<R>): Expr<R> =>
  sum(perHost(...of.labels.filter((label) => label !== dropped)), of);

/** What a recording rule writes: Prometheus reads the record, the agent evaluates the expression behind it. */
export const recorded = <R extends Reader>(name: string, of: Expr<R>): Expr<R> =>
  new Expr({ kind: 'recorded', name, of, matchers: [] }, of.labels, of.level);
/** Those of a record whose target has a label: of hosts that are in a cluster, say. */
export const selected = ({ node, labels, level }: Expr, ...matchers: readonly Matcher[]): Expr<'prometheus'> => {
  if (node.kind !== 'recorded') throw new Error(`not a record: ${node.kind}`);
  return new Expr({ ...node, matchers }, labels, level);
};

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
export const absent = (of: Expr): Expr<'prometheus'> => new Expr({ kind: 'call', fn: 'absent', of }, [], 'cluster');
export const abs = (of: Expr): Expr<'prometheus'> => new Expr({ kind: 'call', fn: 'abs', of }, of.labels, of.level);
/** When a series was scraped, Unix seconds by Prometheus' clock */
export const timestamp = (of: Expr): Expr<'prometheus'> =>
  new Expr({ kind: 'call', fn: 'timestamp', of }, of.labels, of.level);
/** A series as it was so many seconds ago */
export const offset = (of: Expr, seconds: number): Expr<'prometheus'> =>
  new Expr({ kind: 'offset', of, seconds }, of.labels, of.level);

const union = (one: readonly string[], other: readonly string[]): readonly string[] => [...new Set([...one, ...other])];

/** A key that no series has would match everything with everything. */
function hasLabels({ labels, node }: Expr, wanted: readonly string[]): void {
  const missing = wanted.filter((label) => !labels.includes(label));
  if (missing.length > 0) throw new Error(`no label ${missing.join(', ')} on ${JSON.stringify(node)}`);
}

function matched(left: Expr, right: Expr, key: Key | undefined): void {
  const scalar = left.level === 'scalar' || right.level === 'scalar';
  if ((key === undefined) !== scalar) throw new Error('two vectors need a key, a scalar has none');
  if (key === undefined || key.level === 'target') return;
  if (key.level === 'host' && !(left.level === 'host' && right.level === 'host'))
    throw new Error('what is counted over a cluster has no host to be matched on');
  hasLabels(left, key.labels);
  hasLabels(right, key.labels);
}

/** The expressions that one is made of. */
export function partsOf({ node }: Expr): readonly Expr[] {
  if ('left' in node) return [node.left, node.kind === 'copy' ? node.info : node.right];
  return 'of' in node ? [node.of] : [];
}
