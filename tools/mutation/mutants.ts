import { createHash } from 'node:crypto';
import { type Comparison, Expr, type Key, type Node, perCluster, type Range } from '../../src/alerting/expr/expr.ts';
import { labelsOfMetric } from '../../src/alerting/expr/metric-labels.ts';
import type { RecordingRule, Rule } from '../../src/alerting/rules/define.ts';
import { RULE_GROUPS, rulesOf } from '../../src/alerting/rules/index.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';

/** A rule with one small fault in it. */
export interface Mutant {
  /** The alert with its severity, or the record */
  readonly rule: string;
  /** What was changed: with the rule it names the mutant */
  readonly what: string;
  readonly group: string;
  readonly mutated: { readonly rule: Rule } | { readonly record: RecordingRule };
}
interface Change {
  readonly what: string;
  readonly expr: Expr;
}

/** Metrics that are easily taken for one another */
const CONFUSED: readonly (readonly [RegExp, string])[] = [
  [/_receive_/, '_transmit_'],
  [/_transmit_/, '_receive_'],
  [/_limit$/, '_in_use'],
  [/_in_use$/, '_limit'],
  [/_requested$/, '_assigned'],
  [/_assigned$/, '_requested'],
  [/_vf_active$/, '_vf_assigned'],
  [/_vf_assigned$/, '_vf_active'],
  [/_enabled$/, '_supported'],
  [/_supported$/, '_enabled'],
  [/_waiting$/, '_requested'],
  [/_sent_/, '_errors_'],
  [/_errors_/, '_dropped_'],
  [/_success$/, '_available'],
];

function confusedWith(name: string): readonly string[] {
  return CONFUSED.filter(([what]) => what.test(name))
    .map(([what, other]) => name.replace(what, other))
    .filter((other) => {
      try {
        return String(labelsOfMetric(other)) === String(labelsOfMetric(name));
      } catch {
        return false;
      }
    });
}

const COMPARISONS = { '>': ['>=', '<'], '>=': ['>', '<'], '<': ['<=', '>'], '<=': ['<', '>'] } as const;
/** What is compared for equality is a flag: 0 or 1. */
const comparisonsFor = (op: Comparison, right: Expr): readonly Comparison[] => {
  if (op !== '==') return COMPARISONS[op];
  return right.node.kind === 'number' && right.node.value === 0 ? ['>', '>='] : ['<'];
};
const ARITHMETIC = { '+': '-', '-': '+', '*': '/', '/': '*' } as const;
const AGGREGATIONS = { sum: 'max', max: 'min', min: 'max', count: 'group', group: 'count' } as const;

/** Keys with one label less, and over the hosts of a cluster where each host is meant. */
function keysLike(key: Key): readonly { readonly what: string; readonly key: Key }[] {
  return [
    ...key.labels.map((label) => ({
      what: `without ${label} in the key`,
      key: { ...key, labels: key.labels.filter((other) => other !== label) },
    })),
    ...(key.level === 'host' ? [{ what: 'without the host in the key', key: perCluster(...key.labels) }] : []),
  ];
}

/** Every expression with one fault. */
function changesOf(expr: Expr): readonly Change[] {
  const { node } = expr;
  const like = (changed: Node, labels = expr.labels): Expr => new Expr(changed, labels, expr.level);
  const child = (name: string, of: Expr, make: (changed: Expr) => Node): readonly Change[] =>
    changesOf(of).map(({ what, expr: changed }) => ({ what: `${name}.${what}`, expr: like(make(changed)) }));

  switch (node.kind) {
    case 'metric':
      return metricChanges(node).map(({ what, metric }) => ({ what, expr: like(metric) }));
    case 'range':
      return [
        ...metricChanges(node.metric).map(({ what, metric }) => ({ what, expr: like({ ...node, metric }) })),
        ...rangeChanges(node).map(({ what, range }) => ({ what, expr: like(range) })),
      ];
    case 'number':
      return [
        { what: `${node.value} doubled`, expr: like({ ...node, value: node.value === 0 ? 1 : node.value * 2 }) },
        ...(node.value === 0 ? [] : [{ what: `${node.value} halved`, expr: like({ ...node, value: node.value / 2 }) }]),
      ];
    case 'time':
    case 'recorded':
      return [];
    case 'clamp_min':
      return [
        { what: 'no clamp_min', expr: node.of },
        { what: 'clamp_min doubled', expr: like({ ...node, least: node.least * 2 }) },
        ...child('of', node.of, (of) => ({ ...node, of })),
      ];
    case 'rename':
      return child('of', node.of, (of) => ({ ...node, of }));
    case 'aggregate':
      return [
        { what: `${AGGREGATIONS[node.op]} for ${node.op}`, expr: like({ ...node, op: AGGREGATIONS[node.op] }) },
        ...keysLike(node.key).map(({ what, key }) => ({
          what: `${node.op} ${what}`,
          expr: like({ ...node, key }, key.labels),
        })),
        ...child('of', node.of, (of) => ({ ...node, of })),
      ];
    case 'call':
      return [
        ...(node.fn === 'abs' ? [{ what: 'no abs', expr: node.of }] : []),
        ...child('of', node.of, (of) => ({ ...node, of })),
      ];
    case 'offset':
      return [
        { what: 'no offset', expr: node.of },
        { what: 'offset halved', expr: like({ ...node, seconds: node.seconds / 2 }) },
      ];
    case 'over_time':
      return [
        { what: 'window doubled', expr: like({ ...node, seconds: node.seconds * 2 }) },
        ...(node.argument === undefined
          ? []
          : [{ what: 'argument halved', expr: like({ ...node, argument: node.argument / 2 }) }]),
        ...child('of', node.of, (of) => ({ ...node, of })),
      ];
    case 'arithmetic':
      return [
        { what: `${ARITHMETIC[node.op]} for ${node.op}`, expr: like({ ...node, op: ARITHMETIC[node.op] }) },
        ...(node.key === undefined
          ? []
          : keysLike(node.key).map(({ what, key }) => ({ what: `${node.op} ${what}`, expr: like({ ...node, key }) }))),
        ...child('left', node.left, (left) => ({ ...node, left })),
        ...child('right', node.right, (right) => ({ ...node, right })),
      ];
    case 'comparison':
      return [
        ...comparisonsFor(node.op, node.right).map((op) => ({
          what: `${op} for ${node.op}`,
          expr: like({ ...node, op }),
        })),
        { what: `no ${node.op}`, expr: node.left },
        ...(node.key === undefined
          ? []
          : keysLike(node.key).map(({ what, key }) => ({ what: `${node.op} ${what}`, expr: like({ ...node, key }) }))),
        ...child('left', node.left, (left) => ({ ...node, left })),
        ...child('right', node.right, (right) => ({ ...node, right })),
      ];
    case 'copy':
      return [
        ...keysLike(node.key).map(({ what, key }) => ({ what: `* ${what}`, expr: like({ ...node, key }) })),
        ...child('left', node.left, (left) => ({ ...node, left })),
        ...child('info', node.info, (info) => ({ ...node, info })),
      ];
    case 'set':
      return [
        { what: `no ${node.op}`, expr: node.left },
        {
          what: `${node.op === 'and' ? 'unless' : 'and'} for ${node.op}`,
          expr: like({ ...node, op: node.op === 'and' ? 'unless' : 'and' }),
        },
        ...(node.key.level === 'target'
          ? []
          : keysLike(node.key).map(({ what, key }) => ({ what: `${node.op} ${what}`, expr: like({ ...node, key }) }))),
        ...child('left', node.left, (left) => ({ ...node, left })),
        ...child(node.op, node.right, (right) => ({ ...node, right })),
      ];
    case 'or':
      return [
        { what: 'left of or only', expr: node.left },
        { what: 'right of or only', expr: node.right },
        ...child('left', node.left, (left) => ({ ...node, left })),
        ...child('or', node.right, (right) => ({ ...node, right })),
      ];
  }
}

type Metric = Extract<Node, { readonly kind: 'metric' }>;
function metricChanges(node: Metric): readonly { readonly what: string; readonly metric: Metric }[] {
  return [
    ...confusedWith(node.name).map((name) => ({ what: `${name} for ${node.name}`, metric: { ...node, name } })),
    ...node.matchers.map((matcher) => ({
      what: `${node.name} without ${matcher.label}${matcher.op}"${matcher.value}"`,
      metric: { ...node, matchers: node.matchers.filter((other) => other !== matcher) },
    })),
  ];
}

function rangeChanges(node: Range): readonly { readonly what: string; readonly range: Range }[] {
  return [
    { what: `window of ${node.metric.name} doubled`, range: { ...node, seconds: node.seconds * 2 } },
    ...(node.fn === 'max_over_time'
      ? []
      : [
          {
            what: `other function for ${node.fn}`,
            range: { ...node, fn: node.fn === 'rate' ? 'increase' : 'rate' } as const,
          },
        ]),
  ];
}

/** Times in other steps than those of the rule tests would be seen by chance only. */
const MINUTE = 60;
const halved = (seconds: number): number => Math.floor(seconds / 2 / MINUTE) * MINUTE;

function alertMutants(alert: Rule, group: string): readonly Mutant[] {
  const rule = `${alert.name} (${alert.severity})`;
  const as = (what: string, changes: Partial<Pick<Rule, 'for' | 'keepFiringFor' | 'severity'>>): Mutant => ({
    rule,
    what,
    group,
    mutated: { rule: { ...alert, ...changes } },
  });
  const { keepFiringFor = 0 } = alert;
  return [
    as('for halved', { for: halved(alert.for) }),
    as('for doubled', { for: alert.for * 2 }),
    ...(keepFiringFor === 0
      ? [as('keep_firing_for of 20 minutes', { keepFiringFor: 20 * MINUTE })]
      : [
          as('no keep_firing_for', { keepFiringFor: 0 }),
          as('keep_firing_for doubled', { keepFiringFor: keepFiringFor * 2 }),
        ]),
    as('another severity', { severity: alert.severity === 'warning' ? 'info' : 'warning' }),
    ...changesOf(alert.expr).map(({ what, expr }) => ({
      rule,
      what,
      group,
      // Prometheus evaluates it, even if the agent could too.
      mutated: { rule: { ...alert, scope: 'prometheus' as const, expr } },
    })),
  ];
}

const recordMutants = (record: RecordingRule, group: string): readonly Mutant[] =>
  changesOf(record.expr).map(({ what, expr }) => ({
    rule: record.record,
    what,
    group,
    mutated: { record: { ...record, expr } },
  }));

/** Every mutant of every rule. Two changes with one name in a rule are numbered. */
export function allMutants(): readonly Mutant[] {
  const seen = new Map<string, number>();
  const ofRecords = RULE_GROUPS.flatMap(({ name, records }) =>
    records.flatMap((record) => recordMutants(record, name)),
  );
  const ofAlerts = rulesOf(defaultThresholds).flatMap(({ name, alerts }) =>
    alerts.flatMap((alert) => alertMutants(alert, name)),
  );
  return [...ofRecords, ...ofAlerts].map((mutant) => {
    const key = `${mutant.rule}: ${mutant.what}`;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return times === 1 ? mutant : { ...mutant, what: `${mutant.what} (${times})` };
  });
}

/** So many of them, the same for the same seed. */
export function sampleOf(mutants: readonly Mutant[], count: number, seed: number): readonly Mutant[] {
  const rank = ({ rule, what }: Mutant): string => createHash('sha1').update(`${seed} ${rule}: ${what}`).digest('hex');
  return mutants
    .map((mutant) => ({ mutant, at: rank(mutant) }))
    .sort((one, other) => (one.at < other.at ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant);
}
