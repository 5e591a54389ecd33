import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Instruction {
  readonly name: string;
  readonly text: string;
}
/** The instructions of each stage. */
function stages(text: string): Instruction[][] {
  const result: Instruction[][] = [];
  const lines = text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  for (const line of lines) {
    const [name = '', ...rest] = line.split(' ');
    if (name === 'FROM') result.push([]);
    result.at(-1)?.push({ name, text: rest.join(' ').trim() });
  }
  return result;
}

const [build = [], final = []] = stages(read('Dockerfile'));
const of = (stage: readonly Instruction[], name: string) =>
  stage.filter((each) => each.name === name).map(({ text }) => text);

describe('Dockerfile', () => {
  it('has two stages on Node 24 slim', () => {
    expect(stages(read('Dockerfile'))).toHaveLength(2);
    expect([of(build, 'FROM'), of(final, 'FROM')]).toEqual([['node:24-slim AS build'], ['node:24-slim']]);
  });

  it('puts package.json, production dependencies, dist and the documents that it serves into the image, and nothing else', () => {
    expect(of(final, 'COPY')).toEqual([
      '--from=build /build/package.json ./',
      '--from=build /build/node_modules node_modules',
      '--from=build /build/dist dist',
      '--from=build /build/docs docs',
    ]);
    expect([...of(final, 'ADD'), ...of(final, 'RUN')]).toEqual([]);
    // What it copies from was installed by the lock file, built, and freed of development dependencies last.
    expect(of(build, 'RUN')).toEqual([
      'npm ci --ignore-scripts',
      'node tools/build.mjs && npm prune --omit=dev --ignore-scripts',
    ]);
  });

  it('needs at run time what is a production dependency only', () => {
    const { dependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<
      'dependencies' | 'optionalDependencies',
      Record<string, string>
    >;
    const imported = new Set<string>();
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((each) => /\.m?ts$|\.mjs$/.test(each)).map((each) => join('src', each))) {
      for (const [, name = ''] of read(file).matchAll(/^(?:import|export) (?!type )[^;]*? from '([^.'][^']*)'/gm)) {
        if (name.startsWith('node:') || builtinModules.includes(name)) continue;
        imported.add(
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        );
      }
    }
    expect(imported.size).toBeGreaterThan(5);
    expect([...imported].filter((name) => !(name in { ...dependencies, ...optionalDependencies }))).toEqual([]);
  });

  it('runs as a user without rights, with a health check, on the demo host', () => {
    expect(of(final, 'USER')).toEqual(['node']);
    expect(final.findIndex(({ name }) => name === 'USER')).toBeLessThan(
      final.findIndex(({ name }) => name === 'ENTRYPOINT'),
    );
    expect(of(final, 'HEALTHCHECK')[0]).toContain("fetch('http://127.0.0.1:10182/-/healthy')");
    expect(of(final, 'EXPOSE')).toEqual(['10182']);
    expect(of(final, 'ENTRYPOINT')).toEqual(['["node", "--max-semi-space-size=2", "dist/main.js"]']);
    expect(of(final, 'CMD')).toEqual(['["serve", "--source", "demo"]']);
  });

  it('gets from .dockerignore what it copies and no more: no .git, node_modules, tests or data', () => {
    const lines = read('.dockerignore').trim().split('\n');
    expect(lines[0]).toBe('*');
    const admitted = lines.slice(1).map((line) => line.replace(/^!/, ''));
    const copied = of(build, 'COPY').flatMap((text) => text.split(' ').slice(0, -1));
    expect(lines.slice(1).every((line) => line.startsWith('!'))).toBe(true);
    expect(admitted.toSorted()).toEqual(copied.toSorted());
  });
});
