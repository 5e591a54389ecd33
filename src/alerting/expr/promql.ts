import { duration } from '../duration.ts';
import type { Expr, Key, Matcher, Node } from './expr.ts';

/** Lines longer than this are broken. */
const WIDTH = 110;

/** Labels of a target that tell one from another: every join carries the cluster, since two may have hosts of one name. */
const TARGET: Readonly<Record<Key['level'], readonly string[]>> = {
  host: ['cluster', 'instance'],
  cluster: ['cluster'],
};

/** An expression as PromQL, in the syntax of Prometheus 2.42. */
export const toPromql = (expr: Expr): string => print(expr).join('\n');

/** Lines of an expression, each indented as far as it belongs. */
function print(expr: Expr): string[] {
  const inOne = oneLine(expr);
  if (inOne.length <= WIDTH) return [inOne];
  const { node } = expr;
  if (node.kind === 'set') return chain(expr);
  if (node.kind === 'or') return [...print(node.left), 'or', ...operandLines(node.right, OR + 1)];
  if (node.kind === 'aggregate') return [`${aggregation(node)} (`, ...indented(print(node.of)), ')'];
  if (node.kind === 'clamp_min')
    return ['clamp_min(', ...indented([...withComma(print(node.of)), String(node.least)]), ')'];
  if (node.kind === 'rename')
    return [
      `min without (${node.from}) (label_replace(`,
      ...indented([...withComma(print(node.of)), renaming(node)]),
      '))',
    ];
  if (!isBinary(node)) return [inOne];
  const { operator, right } = binary(node);
  return [
    ...operandLines(node.left, precedence(node)),
    ...indented(afterOperator(operator, right, precedence(node) + 1)),
  ];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
const withComma = (lines: readonly string[]): string[] => [...lines.slice(0, -1), `${lines.at(-1)},`];

/** `and` and `unless` after one another, each on a line of its own. */
function chain(expr: Expr): string[] {
  const { node } = expr;
  if (node.kind !== 'set') return operandLines(expr, SET);
  return [...chain(node.left), ...indented(afterOperator(`${node.op} ${on(node.key)}`, node.right, SET + 1))];
}

/** The right side of an operator on its line, or in parentheses below it. */
function afterOperator(operator: string, right: Expr, binds: number): string[] {
  const inOne = `${operator} ${parenthesised(right, binds)}`;
  if (inOne.length <= WIDTH) return [inOne];
  if (right.node.kind === 'aggregate') {
    const [head = '', ...rest] = print(right);
    return [`${operator} ${head}`, ...rest];
  }
  return [`${operator} (`, ...indented(print(right)), ')'];
}

function operandLines(operand: Expr, binds: number): string[] {
  if (precedence(operand.node) >= binds) return print(operand);
  const inOne = `(${oneLine(operand)})`;
  return inOne.length <= WIDTH ? [inOne] : ['(', ...indented(print(operand)), ')'];
}

function oneLine({ node }: Expr): string {
  switch (node.kind) {
    case 'metric':
    case 'recorded':
      return `${node.name}${braces(node.matchers)}`;
    case 'range':
      return `${node.fn}(${node.metric.name}${braces(node.metric.matchers)}[${duration(node.seconds)}])`;
    case 'over_time': {
      const { fn, of, seconds, step, argument } = node;
      const steps = step === undefined ? '' : `:${duration(step)}`;
      return `${fn}(${oneLine(of)}[${duration(seconds)}${steps}]${argument === undefined ? '' : `, ${argument}`})`;
    }
    case 'absent':
      return `absent(${oneLine(node.of)})`;
    case 'number':
      return String(node.value);
    case 'time':
      return 'time()';
    case 'clamp_min':
      return `clamp_min(${oneLine(node.of)}, ${node.least})`;
    case 'rename':
      return `min without (${node.from}) (label_replace(${oneLine(node.of)}, ${renaming(node)}))`;
    case 'aggregate':
      return `${aggregation(node)} (${oneLine(node.of)})`;
    case 'set':
      return `${parenthesised(node.left, SET)} ${node.op} ${on(node.key)} ${parenthesised(node.right, SET + 1)}`;
    case 'or':
      return `${parenthesised(node.left, OR)} or ${parenthesised(node.right, OR + 1)}`;
    case 'arithmetic':
    case 'comparison':
    case 'copy': {
      const { operator, right } = binary(node);
      const binds = precedence(node);
      return `${parenthesised(node.left, binds)} ${operator} ${parenthesised(right, binds + 1)}`;
    }
  }
}

const parenthesised = (expr: Expr, binds: number): string =>
  precedence(expr.node) >= binds ? oneLine(expr) : `(${oneLine(expr)})`;

type Binary = Extract<Node, { readonly kind: 'arithmetic' | 'comparison' | 'copy' }>;
const isBinary = (node: Node): node is Binary => ['arithmetic', 'comparison', 'copy'].includes(node.kind);

/** The operator with how the two sides are matched. The left side keeps its labels. */
function binary(node: Binary): { readonly operator: string; readonly right: Expr } {
  if (node.kind === 'copy')
    return { operator: `* ${on(node.key)} group_left (${node.labels.join(', ')})`, right: node.info };
  const matching = node.key === undefined ? '' : ` ${on(node.key)} group_left ()`;
  return { operator: `${node.op}${matching}`, right: node.right };
}

const labelsOf = ({ level, labels }: Key): string => `(${[...TARGET[level], ...labels].join(', ')})`;
const on = (key: Key): string => `on ${labelsOf(key)}`;

const aggregation = ({ op, by, of, key }: Extract<Node, { readonly kind: 'aggregate' }>): string =>
  by
    ? `${op} by ${labelsOf(key)}`
    : `${op} without (${of.labels.filter((label) => !key.labels.includes(label)).join(', ')})`;

const renaming = ({ from, to }: Extract<Node, { readonly kind: 'rename' }>): string =>
  `"${to}", "$1", "${from}", "(.+)"`;

const braces = (matchers: readonly Matcher[]): string =>
  matchers.length === 0
    ? ''
    : `{${matchers.map(({ label, op, value }) => `${label}${op}${JSON.stringify(value)}`).join(',')}}`;

/** How strongly an operator binds, by the kind of node; what is not here is no operator, and binds strongest. */
const [OR, SET, COMPARISON, SUM, PRODUCT, NONE] = [1, 2, 3, 4, 5, 9];
const BINDS: Partial<Record<Node['kind'], number>> = { or: OR, set: SET, comparison: COMPARISON, copy: PRODUCT };
function precedence(node: Node): number {
  if (node.kind === 'arithmetic') return node.op === '+' || node.op === '-' ? SUM : PRODUCT;
  return BINDS[node.kind] ?? NONE;
}
