import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COLLECTOR_FLAGS, NODE_FLAGS } from '../../src/node-flags.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const flags = NODE_FLAGS.join(' ');

/** Text files of a folder, or the file itself. */
const filesOf = (path: string): readonly string[] =>
  readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|mjs|js|md|json|ya?ml|sh)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));

describe('the flags of Node that the service runs with', () => {
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };

  it('are in the npm scripts that start it, which the packages for Windows take them from', () => {
    expect(NODE_FLAGS.length).toBeGreaterThan(0);
    expect(scripts['start']).toBe(`node ${flags} dist/main.js`);
    expect(scripts['demo']).toContain(`&& node ${flags} dist/main.js `);
  });

  it('are in the image', () => {
    const words = ['node', ...NODE_FLAGS, 'dist/main.js'].map((word) => JSON.stringify(word));
    expect(read('Dockerfile')).toContain(`\nENTRYPOINT [${words.join(', ')}]\n`);
  });

  it('are spelled nowhere else', () => {
    const files = ['src', 'tools', 'docs', 'packaging'].flatMap(filesOf);
    expect(files.length).toBeGreaterThan(300);
    const names = NODE_FLAGS.map((flag) => flag.replace(/=.*/, ''));
    const spelled = files.filter((file) => names.some((name) => read(file).includes(name)));
    expect(spelled.toSorted()).toEqual(['docs/performance.md', 'src/node-flags.ts']);
    expect(read('docs/performance.md')).toContain(`\`${flags}\``);
    expect(read('docs/performance.md')).toContain(`\`${COLLECTOR_FLAGS.join(' ')}\``);
  });
});
