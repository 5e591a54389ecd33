import { formatDuration } from '../../text/duration.ts';
import type { Expr, Key, Matcher, Node } from './expr.ts';
import { labelsThatGoWith } from './metric-labels.ts';

/** Maximum line length, in characters. */
const WIDTH = 110;

/**
 * An expression as PromQL, in the syntax of Prometheus 2.42.
 *
 * Matching and aggregation list the labels of this exporter to leave out (`ignoring`, `without`), so that every label
 * that the scrape adds is kept, whatever its name.
 * @param hostLabels target labels that differ between the hosts of one cluster. Aggregations over a cluster drop them
 */
export const toPromql = (expr: Expr, hostLabels: readonly string[]): string =>
  new Printer(hostLabels).print(expr).join('\n');

class Printer {
  readonly #hostLabels: readonly string[];

  constructor(hostLabels: readonly string[]) {
    this.#hostLabels = hostLabels;
  }

  /** The indented lines of an expression. */
  print(expr: Expr): string[] {
    const inOne = this.#oneLine(expr);
    if (inOne.length <= WIDTH) return [inOne];
    const { node } = expr;
    if (node.kind === 'set') return this.#chain(expr);
    if (node.kind === 'or') return [...this.print(node.left), 'or', ...this.#operandLines(node.right, OR + 1)];
    if (node.kind === 'aggregate') return [`${this.#aggregation(node)} (`, ...indented(this.print(node.of)), ')'];
    if (node.kind === 'clamp_min')
      return ['clamp_min(', ...indented([...withComma(this.print(node.of)), String(node.least)]), ')'];
    if (node.kind === 'rename')
      return [
        `min without (${node.from}) (label_replace(`,
        ...indented([...withComma(this.print(node.of)), renaming(node)]),
        '))',
      ];
    if (!isBinary(node)) return [inOne];
    const { operator, right } = this.#binary(node);
    return [
      ...this.#operandLines(node.left, precedence(node)),
      ...indented(this.#afterOperator(operator, right, precedence(node) + 1)),
    ];
  }

  /** A chain of `and` and `unless`, each on its own line. */
  #chain(expr: Expr): string[] {
    const { node } = expr;
    if (node.kind !== 'set') return this.#operandLines(expr, SET);
    return [...this.#chain(node.left), ...indented(this.#afterOperator(this.#setOperator(node), node.right, SET + 1))];
  }

  /** The right side of an operator: on the same line, or in parentheses below it. */
  #afterOperator(operator: string, right: Expr, binds: number): string[] {
    const inOne = `${operator} ${this.#parenthesised(right, binds)}`;
    if (inOne.length <= WIDTH) return [inOne];
    if (right.node.kind === 'aggregate') {
      const [head = '', ...rest] = this.print(right);
      return [`${operator} ${head}`, ...rest];
    }
    return [`${operator} (`, ...indented(this.print(right)), ')'];
  }

  #operandLines(operand: Expr, binds: number): string[] {
    if (precedence(operand.node) >= binds) return this.print(operand);
    const inOne = `(${this.#oneLine(operand)})`;
    return inOne.length <= WIDTH ? [inOne] : ['(', ...indented(this.print(operand)), ')'];
  }

  #oneLine({ node }: Expr): string {
    switch (node.kind) {
      case 'metric':
      case 'recorded':
        return `${node.name}${braces(node.matchers)}`;
      case 'range':
        return `${node.fn}(${node.metric.name}${braces(node.metric.matchers)}[${formatDuration(node.seconds)}])`;
      case 'over_time': {
        const { fn, of, seconds, step, argument } = node;
        const steps = step === undefined ? '' : `:${formatDuration(step)}`;
        return `${fn}(${this.#oneLine(of)}[${formatDuration(seconds)}${steps}]${argument === undefined ? '' : `, ${argument}`})`;
      }
      case 'call':
        return `${node.fn}(${this.#oneLine(node.of)})`;
      case 'offset':
        return `${this.#oneLine(node.of)} offset ${formatDuration(node.seconds)}`;
      case 'number':
        return String(node.value);
      case 'time':
        return 'time()';
      case 'clamp_min':
        return `clamp_min(${this.#oneLine(node.of)}, ${node.least})`;
      case 'rename':
        return `min without (${node.from}) (label_replace(${this.#oneLine(node.of)}, ${renaming(node)}))`;
      case 'aggregate':
        return `${this.#aggregation(node)} (${this.#oneLine(node.of)})`;
      case 'set':
        return `${this.#parenthesised(node.left, SET)} ${this.#setOperator(node)} ${this.#parenthesised(node.right, SET + 1)}`;
      case 'or':
        return `${this.#parenthesised(node.left, OR)} or ${this.#parenthesised(node.right, OR + 1)}`;
      case 'arithmetic':
      case 'comparison':
      case 'copy': {
        const { operator, right } = this.#binary(node);
        const binds = precedence(node);
        return `${this.#parenthesised(node.left, binds)} ${operator} ${this.#parenthesised(right, binds + 1)}`;
      }
    }
  }

  #parenthesised(expr: Expr, binds: number): string {
    return precedence(expr.node) >= binds ? this.#oneLine(expr) : `(${this.#oneLine(expr)})`;
  }

  #setOperator({ op, left, right, key }: Extract<Node, { readonly kind: 'set' }>): string {
    return [op, ...this.#matching(key, left, right)].join(' ');
  }

  /** The operator with its matching clause. The result has the labels of the left side. */
  #binary(node: Binary): { readonly operator: string; readonly right: Expr } {
    const { left, key } = node;
    const right = node.kind === 'copy' ? node.info : node.right;
    const operator = node.kind === 'copy' ? '*' : node.op;
    if (key === undefined) return { operator, right };
    const copied = node.kind === 'copy' ? node.labels : [];
    const alike = alikeIn(key, left, right);
    const many = copied.length > 0 || this.#beside(key, left).some((label) => !alike.has(label));
    const matching = this.#matching(key, left, right, many);
    return {
      operator: [operator, ...matching, ...(many ? [`group_left (${copied.join(', ')})`] : [])].join(' '),
      right,
    };
  }

  /** `ignoring` the labels that are not in the key. Omitted if there are none, unless `group_left` follows (`always`). */
  #matching(key: Key, left: Expr, right: Expr, always = false): string[] {
    if (key.level === 'target') return [`on (${key.labels.join(', ')})`];
    const alike = alikeIn(key, left, right);
    const beside = new Set([...this.#beside(key, left), ...this.#beside(key, right)]);
    const ignored = [...beside].filter((label) => !alike.has(label));
    return ignored.length > 0 || always ? [`ignoring (${ignored.join(', ')})`] : [];
  }

  #aggregation({ op, of, key }: Extract<Node, { readonly kind: 'aggregate' }>): string {
    return `${op} without (${this.#beside(key, of).join(', ')})`;
  }

  /** Labels of a series that are not in the key. */
  #beside(key: Key, { labels, level }: Expr): readonly string[] {
    const own = labels.filter((label) => !key.labels.includes(label));
    return key.level === 'cluster' && level === 'host' ? [...this.#hostLabels, ...own] : own;
  }
}

/** Labels that depend on the ids of the key and that both sides have: they match anyway and need no `ignoring`. */
const alikeIn = (key: Key, left: Expr, right: Expr): Set<string> =>
  new Set(labelsThatGoWith(key.labels).filter((label) => left.labels.includes(label) && right.labels.includes(label)));

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
const withComma = (lines: readonly string[]): string[] => [...lines.slice(0, -1), `${lines.at(-1)},`];

type Binary = Extract<Node, { readonly kind: 'arithmetic' | 'comparison' | 'copy' }>;
const isBinary = (node: Node): node is Binary => ['arithmetic', 'comparison', 'copy'].includes(node.kind);

const renaming = ({ from, to }: Extract<Node, { readonly kind: 'rename' }>): string =>
  `"${to}", "$1", "${from}", "(.+)"`;

const braces = (matchers: readonly Matcher[]): string =>
  matchers.length === 0
    ? ''
    : `{${matchers.map(({ label, op, value }) => `${label}${op}${JSON.stringify(value)}`).join(',')}}`;

/** Precedence of operators by kind of node. All other nodes are not operators and bind strongest. */
const [OR, SET, COMPARISON, SUM, PRODUCT, NONE] = [1, 2, 3, 4, 5, 9];
const BINDS: Partial<Record<Node['kind'], number>> = { or: OR, set: SET, comparison: COMPARISON, copy: PRODUCT };
function precedence(node: Node): number {
  if (node.kind === 'arithmetic') return node.op === '+' || node.op === '-' ? SUM : PRODUCT;
  return BINDS[node.kind] ?? NONE;
}
