import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** The block of docs/architecture.md that lists the rooms, from `src/` to `tools/`. */
const listed = /^src\/\n(.*?)^tools\//ms.exec(readFileSync(join(root, 'docs/architecture.md'), 'utf8'))?.[1] ?? '';
const entries = readdirSync(join(root, 'src'), { withFileTypes: true }).map((entry) =>
  entry.isDirectory() ? `${entry.name}/` : entry.name,
);
/** Names at the first level of the list: a line's first column, several files joined by commas. */
const named = [...listed.matchAll(/^ {2}([^\s,]+(?:, [^\s,]+)*)/gm)].flatMap(([, names = '']) => names.split(', '));

it('docs/architecture.md names every room and every top-level file of src, and nothing that is not there', () => {
  expect(entries.length).toBeGreaterThan(25);
  expect(named.toSorted()).toEqual(entries.toSorted());
});
