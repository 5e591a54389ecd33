import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(?:ts|mjs|psm1)$/.test(file))
  .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
  .join('\n');
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const quoted = [...page.matchAll(/^> (.+)$/gm)].map(([, text = '']) => text);

/** What the router makes of a method list, and so stands nowhere as text. */
const MADE_UP: Readonly<Record<string, string>> = { 'use GET, HEAD': 'use ${allow}' };

it('docs/troubleshooting.md quotes many messages, none twice', () => {
  expect(quoted.length).toBeGreaterThan(30);
  expect(new Set(quoted).size).toBe(quoted.length);
});

it.each(quoted)('the program can print: %s', (text) => {
  const fragments = (MADE_UP[text] ?? text).split('…').map((part) => part.replace(/^[.:) ]+/, '').trim());
  const told = fragments.filter((part) => part.length > 3);
  expect(told.length).toBeGreaterThan(0);
  expect(told.filter((part) => !source.includes(part))).toEqual([]);
});
