import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAssumptions } from '../../tools/generate/levels.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/unverified.md'), 'utf8');
const rows = readAssumptions(page);

it('docs/unverified.md gives each assumption an id, what rests on it, a source and how a recording settles it', () => {
  expect(rows.length).toBeGreaterThan(60);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(rows.filter(({ cells }) => cells.length !== 4 || cells.some((cell) => cell.trim() === ''))).toEqual([]);
});

it('docs/unverified.md has every row that code, tests and other pages name', () => {
  const root = join(import.meta.dirname, '../..');
  const files = ['src', 'test', 'docs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|psm1|md)$/.test(name))
      .map((name) => join(root, folder, name)),
  );
  const named = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\(docs\/unverified\.md, ([a-z0-9-]+)\)/g)].map(([, id]) => id),
  );
  expect(named.length).toBeGreaterThan(1);
  const ids = new Set(rows.map(({ id }) => id));
  expect(named.filter((id = '') => !ids.has(id))).toEqual([]);
});
