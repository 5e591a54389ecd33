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
  it('needs only production dependencies at run time', () => {
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

  it('has the OpenSSH client, which a collector needs', () => {
    expect(of(final, 'RUN')).toEqual([
      expect.stringMatching(
        /apt-get install -y --no-install-recommends openssh-client .* && install -d -o node -g node \/var\/lib\/hyperv-sriov$/,
      ),
      'ln -s /app/dist/main.js /usr/local/bin/hyperv-sriov-exporter',
    ]);
  });

  it('starts the program as a user without rights', () => {
    expect(of(final, 'USER')).toEqual(['node']);
    expect(final.findIndex(({ name }) => name === 'USER')).toBeLessThan(
      final.findIndex(({ name }) => name === 'ENTRYPOINT'),
    );
  });

  it('is built on one image, which can be pinned from outside, in both stages', () => {
    expect(read('Dockerfile')).toMatch(/^ARG NODE_IMAGE=node:\d+-slim(?:@sha256:[0-9a-f]{64})?$/m);
    expect([...of(build, 'FROM'), ...of(final, 'FROM')]).toEqual(['${NODE_IMAGE} AS build', '${NODE_IMAGE}']);
  });

  it('holds the SBOM of the packages that are left after pruning', () => {
    const made = of(build, 'RUN').find((text) => text.includes('sbom.mjs')) ?? '';
    expect(made.indexOf('npm prune --omit=dev')).toBeGreaterThan(-1);
    expect(made.indexOf('node tools/sbom.mjs --installed sbom.cdx.json')).toBeGreaterThan(made.indexOf('npm prune'));
    expect(of(final, 'COPY').join(' ')).toContain('/build/sbom.cdx.json');
  });

  it('gets only what it copies past .dockerignore: no .git, node_modules, tests or data', () => {
    const lines = read('.dockerignore').trim().split('\n');
    expect(lines[0]).toBe('*');
    const admitted = lines.slice(1).map((line) => line.replace(/^!/, ''));
    const copied = [...of(build, 'COPY'), ...of(final, 'COPY').filter((text) => !text.startsWith('--from'))].flatMap(
      (text) => text.split(' ').slice(0, -1),
    );
    expect(lines.slice(1).every((line) => line.startsWith('!'))).toBe(true);
    expect(admitted.toSorted()).toEqual(copied.toSorted());
  });
});
