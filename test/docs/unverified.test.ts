import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allQueries } from '../../src/document/queries/index.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/unverified.md'), 'utf8');
const rows = [...page.matchAll(/^\| (\d+) \|(.*)\|$/gm)].map(([, number, rest = '']) => ({
  number: Number(number),
  cells: rest.split(' | ').map((cell) => cell.trim()),
}));

it('docs/unverified.md numbers its assumptions, each with a source and how a recording settles it', () => {
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_, i) => i + 1));
  expect(rows.filter(({ cells }) => cells.length !== 3 || cells.some((cell) => cell === ''))).toEqual([]);
});

it('docs/unverified.md speaks of every source that is read', () => {
  const sources = allQueries().map(({ source }) => source);
  expect(sources.length).toBeGreaterThan(25);
  expect(sources.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
