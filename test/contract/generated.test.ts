import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generators } from '../../tools/generate/all.ts';

const root = join(import.meta.dirname, '../..');
const files = (await Promise.all(generators.map((generate) => generate()))).flat();

describe('generated files', () => {
  it('are each written by one generator', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
  });

  it.each(files.map(({ path, content }) => [path, content]))(
    '%s is as generated (npm run generate)',
    (path, content) => {
      expect(readFileSync(join(root, path), 'utf8')).toBe(content);
    },
  );
});
