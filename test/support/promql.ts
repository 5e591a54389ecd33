import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  readonly label: string;
  readonly op: string;
  readonly value: string;
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** The function around it, where it is a range: rate, increase, max_over_time, … */
  readonly rangeOf?: string;
  /** As written: 5m */
  readonly range?: string;
}

/** `on`, `by`, `without`, `group_left` with their labels. */
export interface Grouping {
  readonly kind: string;
  readonly labels: readonly string[];
}

/** What is in a PromQL expression, for linters. */
export interface Analysis {
  readonly errors: number;
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
  /** Functions and aggregations, by name */
  readonly calls: readonly string[];
  readonly comparisons: number;
  /** Operators between two vectors that do not say on which labels, but for `or` */
  readonly unmatched: readonly string[];
  /** Denominators that are no numbers, of divisions within an aggregation: a 0 in one spoils the sum */
  readonly dividedInside: readonly string[];
}

const COMPARISONS = new Set(['Gtr', 'Lss', 'Gte', 'Lte', 'Eql', 'Neq', 'EqlC', 'EqlSingle']);
const OPERATORS = new Set(['Add', 'Sub', 'Mul', 'Div', 'Mod', 'And', 'Unless', 'Or', ...COMPARISONS]);

export function analyse(expr: string): Analysis {
  const selectors: Selector[] = [];
  const groupings: Grouping[] = [];
  const calls: string[] = [];
  const unmatched: string[] = [];
  const dividedInside: string[] = [];
  let errors = 0;
  let comparisons = 0;
  const text = (node: SyntaxNode | null) => (node === null ? '' : expr.slice(node.from, node.to));

  parser.parse(expr).iterate({
    enter({ node }) {
      if (node.type.isError) errors++;
      switch (node.name) {
        case 'VectorSelector':
          selectors.push(selectorOf(node, text));
          break;
        case 'GroupingLabels':
          groupings.push({
            kind: text(node.prevSibling),
            labels: node.getChildren('LabelName').map(text),
          });
          break;
        case 'FunctionIdentifier':
        case 'AggregateOp':
          calls.push(text(node));
          break;
        case 'BinaryExpr': {
          const parts = children(node);
          const operator = parts.find(({ name }) => OPERATORS.has(name));
          if (operator === undefined) break;
          if (COMPARISONS.has(operator.name)) comparisons++;
          const [left, right] = [parts[0], parts.at(-1)];
          const modified = parts.some(({ name }) => name === 'MatchingModifierClause');
          if (operator.name !== 'Or' && !modified && isVector(left) && isVector(right)) unmatched.push(text(node));
          if (operator.name === 'Div' && isVector(right) && inside(node, 'AggregateExpr'))
            dividedInside.push(text(right ?? null));
        }
      }
    },
  });
  return { errors, selectors, groupings, calls, comparisons, unmatched, dividedInside };
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

function inside(node: SyntaxNode, name: string): boolean {
  for (let parent = node.parent; parent !== null; parent = parent.parent) if (parent.name === name) return true;
  return false;
}

/** Whether there is a series anywhere in it. */
function isVector(node: SyntaxNode | undefined): boolean {
  let found = false;
  node?.cursor().iterate(({ name }) => {
    if (name === 'VectorSelector') found = true;
  });
  return found;
}

function selectorOf(node: SyntaxNode, text: (node: SyntaxNode | null) => string): Selector {
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
    label: text(matcher.getChild('LabelName')),
    op: text(matcher.getChild('MatchOp')),
    value: text(matcher.getChild('StringLiteral')).slice(1, -1),
  }));
  const metric = text(node.getChild('Identifier'));
  const matrix = node.parent;
  if (matrix?.name !== 'MatrixSelector') return { metric, matchers };
  return {
    metric,
    matchers,
    range: text(matrix.getChild('DurationExpr')),
    rangeOf: text(matrix.parent?.parent?.getChild('FunctionIdentifier') ?? null),
  };
}
