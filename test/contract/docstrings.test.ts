import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const EXPORTED = /^export (?:async )?(?:function|class|const)\*? (\w+)/;
/** The end of a comment, or the first of several signatures, under which the comment stands */
const DOCUMENTED = /\*\/$|^\/\/|^export function .*;$/;

test('every function, class and table that a module exports says what it is', () => {
  const exported = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((file) => {
      const lines = readFileSync(join('src', file), 'utf8').split('\n');
      return lines.flatMap((line, at) => {
        const [, name] = EXPORTED.exec(line) ?? [];
        return name === undefined ? [] : [{ name: `${file}: ${name}`, before: lines[at - 1] ?? '' }];
      });
    });
  expect(exported.length).toBeGreaterThan(900);
  expect(exported.filter(({ before }) => !DOCUMENTED.test(before)).map(({ name }) => name)).toEqual([]);
});
