import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pkg = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
};

describe('package.json', () => {
  it('has scripts that run in every shell', () => {
    const scripts = Object.entries(pkg.scripts);
    expect(scripts.length).toBeGreaterThan(8);
    // cmd.exe knows && and nothing else of this; single quotes are letters to it.
    const shellIsms = scripts.filter(([, line]) => /['`$;|<>*~\\]|\brm\b|\bcp\b|\bmkdir\b|^[A-Z_]+=/.test(line));
    expect(shellIsms).toEqual([]);
  });

  it('has a lock file that names no registry', () => {
    const lock = read('package-lock.json');
    expect(lock.length).toBeGreaterThan(10_000);
    expect(lock).not.toContain('"resolved"');
  });

  it('has every npm script that README.md names', () => {
    const named = [...read('README.md').matchAll(/npm run ([a-z][a-z:-]*)/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in pkg.scripts))).toEqual([]);
  });

  it('has every file that README.md links to', () => {
    const links = [...read('README.md').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });
});
