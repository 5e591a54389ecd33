import { readFileSync } from 'node:fs';

/** A row of docs/unverified.md. */
export interface Assumption {
  readonly id: string;
  /** The heading above it, as the fragment of a link */
  readonly anchor: string;
  readonly cells: readonly string[];
  /** Metrics and reasons that would be wrong if it were wrong; `*` at the end matches any ending */
  readonly concerns: readonly string[];
}

const ROW = /^\| ([a-z0-9][a-z0-9-]*) \| (.*) \|$/;
const WHAT_RESTS_ON_IT = 1;

/** The rows of docs/unverified.md, in its order. `page` is its text. */
export function readAssumptions(page: string): readonly Assumption[] {
  let anchor = '';
  return page.split('\n').flatMap((line) => {
    if (line.startsWith('## ')) anchor = anchorOf(line.slice('## '.length));
    const [, id = 'id', rest = ''] = ROW.exec(line) ?? [];
    if (id === 'id') return [];
    const cells = rest.split(' | ');
    const concerns = [...(cells[WHAT_RESTS_ON_IT] ?? '').matchAll(/`([^`]*)`/g)].map(([, name = '']) => name);
    return [{ id, anchor, cells, concerns }];
  });
}

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');

/** Whether a name of the column "what rests on it" means a metric or reason. */
export const means = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** How sure a metric or a reason is, in Markdown for a page in docs: `stable`, or `unproven` with the rows that it rests on. */
export function levelOf(name: string, assumptions: readonly Assumption[]): string {
  const rows = assumptions.filter(({ concerns }) => concerns.some((pattern) => means(pattern, name)));
  if (rows.length === 0) return 'stable';
  return `unproven: ${rows.map(({ id, anchor }) => `[${id}](unverified.md#${anchor})`).join(', ')}`;
}

export const levelInDocs = (name: string): string =>
  levelOf(name, readAssumptions(readFileSync('docs/unverified.md', 'utf8')));
