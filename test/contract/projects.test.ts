import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/*
 * A test file that starts a program or a server is named *.system.test.ts, as are those of LONG, and no other one is. Here by what it imports
 * from test/ and tools/; test/support/setup/nothing-started.ts refuses it at run time, too.
 */
const root = join(import.meta.dirname, '../..');
/** What starts something */
const STARTERS = /from '(?:node:child_process|playwright-core)'|\.listen\(/;
/** The same in src, for those that import it directly */
const STARTERS_IN_SRC = new Set(
  ['src/collect/powershell/one-shot.ts', 'src/collect/powershell/reader.ts', 'src/http/listen.ts'].map((file) =>
    join(root, file),
  ),
);

/** Files that start nothing but take too long for the project `unit` */
const LONG: readonly string[] = ['fleet/simulated-hour.system.test.ts'];

const testFiles = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.test.ts') && !name.startsWith('windows/'));

/** The file, or a helper that it imports, that starts something; undefined if there is none. */
function starterOf(file: string, seen = new Set<string>()): string | undefined {
  if (seen.has(file)) return undefined;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  // A type alone starts nothing.
  const code = text.replaceAll(/import type [^;]+;/g, '');
  if (STARTERS.test(code)) return file;
  for (const [, specifier = ''] of code.matchAll(/from '(\.[^']+)'/g)) {
    const imported = resolve(dirname(file), specifier);
    if (STARTERS_IN_SRC.has(imported)) return imported;
    if (imported.startsWith(join(root, 'src')) || !existsSync(imported)) continue;
    const found = starterOf(imported, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('the project of a test file', () => {
  it('is system if it starts programs or servers or takes long, and unit if not', () => {
    const wrong = testFiles.flatMap((name) => {
      const starter = starterOf(join(root, 'test', name));
      if (name.endsWith('.system.test.ts') === (starter !== undefined || LONG.includes(name))) return [];
      return [starter === undefined ? `${name} starts nothing` : `${name} starts something in ${starter}`];
    });
    expect(wrong).toEqual([]);
    expect([...STARTERS_IN_SRC].filter((file) => !existsSync(file))).toEqual([]);
    expect(LONG.filter((name) => !testFiles.includes(name))).toEqual([]);
  });

  it('is found for both', () => {
    const system = testFiles.filter((name) => name.endsWith('.system.test.ts'));
    expect(system.length).toBeGreaterThan(40);
    expect(testFiles.length - system.length).toBeGreaterThan(60);
  });
});
