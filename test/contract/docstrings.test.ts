import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What one module gives to others, each with the line before it */
const EXPORTED = /^(?<before>.*)\nexport (?:async )?(?:function|class|const)\*? (?<name>\w+)/gm;

test('every function, class and table that a module exports says what it is', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name));
  const exported = files.flatMap((file) =>
    [...`\n${readFileSync(file, 'utf8')}`.matchAll(EXPORTED)].map(({ groups = {} }) => ({
      name: `${file}: ${groups['name']}`,
      // A second signature of the same function stands under the comment of the first.
      documented: /(\*\/|^\/\/.*|^export function .*;)$/.test(groups['before'] ?? ''),
    })),
  );
  expect(exported.length).toBeGreaterThan(900);
  expect(exported.filter(({ documented }) => !documented).map(({ name }) => name)).toEqual([]);
});
