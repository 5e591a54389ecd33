import { parser } from '@prometheus-io/lezer-promql';
import { expand } from './boards.ts';

/** What the linter asks of an expression. */
export interface Parsed {
  /** Metric names, one for each selector */
  readonly metrics: readonly string[];
  /** Selectors as written, with braces where they have any */
  readonly selectors: readonly string[];
  /** Counters (by their name) with the functions around them, the nearest first */
  readonly counters: readonly { readonly metric: string; readonly within: readonly string[]; readonly range: string }[];
  /** Label lists of joins and aggregations, `group_left` left out */
  readonly groupings: readonly {
    readonly kind: 'on' | 'ignoring' | 'by' | 'without';
    readonly labels: readonly string[];
  }[];
  /** Every label in matchers, groupings and joins */
  readonly labels: readonly string[];
  /** Functions and aggregations that are called */
  readonly calls: readonly string[];
  readonly errors: number;
}

/** What `$__rate_interval` is filled in with: a length that nobody writes. */
export const RATE_INTERVAL = '301s';

/** Parses an expression with its variables filled in. */
export function parsePromql(expr: string): Parsed {
  const text = expand(expr, { __rate_interval: RATE_INTERVAL, top: '25' });
  const found = {
    labels: [] as string[],
    metrics: [] as string[],
    selectors: [] as string[],
    calls: [] as string[],
  };
  const groupings: Parsed['groupings'][number][] = [];
  const counters: { metric: string; within: string[]; range: string }[] = [];
  let errors = 0;
  parser.parse(text).iterate({
    enter(ref) {
      const own = text.slice(ref.from, ref.to);
      if (ref.type.isError) errors++;
      if (ref.name === 'LabelName') found.labels.push(own);
      if (ref.name === 'FunctionIdentifier' || ref.name === 'AggregateOp') found.calls.push(own.trim());
      if (ref.name === 'MatchingModifierClause' || ref.name === 'AggregateModifier') {
        const [, kind, labels] = /^(on|ignoring|by|without)\s*\(([^)]*)\)/.exec(own) ?? [];
        if (kind !== undefined && labels !== undefined)
          groupings.push({
            kind: kind as Parsed['groupings'][number]['kind'],
            labels: labels.split(',').flatMap((label) => label.trim() || []),
          });
      }
      if (ref.name !== 'VectorSelector') return;
      const metric = /^[a-zA-Z_:][\w:]*/.exec(own)?.[0] ?? '';
      found.metrics.push(metric);
      found.selectors.push(own);
      if (!metric.endsWith('_total')) return;
      const within: string[] = [];
      let range = '';
      for (let node = ref.node.parent; node !== null; node = node.parent) {
        const around = text.slice(node.from, node.to);
        if (node.name === 'MatrixSelector' && range === '') range = /\[([^\]]*)\]$/.exec(around)?.[1] ?? '';
        if (node.name === 'FunctionCall') within.push(/^\w+/.exec(around)?.[0] ?? '');
      }
      counters.push({ metric, within, range });
    },
  });
  return { ...found, groupings, counters, errors };
}
