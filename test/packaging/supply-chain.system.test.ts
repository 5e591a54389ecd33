import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shippedPackages } from '../../tools/generate/dependency-graph.ts';

const root = join(import.meta.dirname, '../..');
const out = mkdtempSync(join(tmpdir(), 'supply-'));
afterAll(() => rmSync(out, { recursive: true }));
const run = (tool: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [join(root, 'tools', tool), ...args], { cwd: root, encoding: 'utf8' });

interface Component {
  readonly name: string;
  readonly version: string;
  readonly 'bom-ref': string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}
interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly timestamp?: string; readonly component: object };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}
const bomOf = (...args: readonly string[]): Bom => {
  const { status, stdout, stderr } = run('sbom.mjs', ...args);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Bom;
};

describe('the SBOM', () => {
  const bom = bomOf();
  const names = bom.components.map(({ name, version }) => `${name}@${version}`);

  it('is CycloneDX of the program, the same for the same packages', () => {
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' });
    expect(bom.metadata.component).toMatchObject({ name: 'hyperv-sriov-exporter', type: 'application' });
    expect(bom.metadata.timestamp).toBeUndefined();
    expect(bomOf()).toEqual(bom);
  });

  it('lists what docs/dependencies.md lists, and the prebuilt libraries of koffi for every platform', () => {
    const listed = shippedPackages().map(({ name, version }) => `${name}@${version}`);
    expect(listed.length).toBeGreaterThan(60);
    expect(names.filter((name) => !name.startsWith('@koromix/koffi-')).toSorted()).toEqual(listed.toSorted());
    expect(names).toContainEqual(expect.stringMatching(/^@koromix\/koffi-win32-x64@/));
  });

  it('has a checksum of each package and no tool of development', () => {
    const without = bom.components.filter(({ hashes = [] }) => hashes.every(({ content }) => content.length !== 128));
    expect(without.map(({ name }) => name)).toEqual([]);
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    expect(bom.components.map(({ name }) => name).filter((name) => name in devDependencies)).toEqual([]);
  });

  it('has only references that it resolves', () => {
    const refs = new Set([...bom.components.map((each) => each['bom-ref']), bom.dependencies[0]?.ref ?? '']);
    const dangling = bom.dependencies
      .flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])
      .filter((each) => !refs.has(each));
    expect(dangling).toEqual([]);
  });

  it('is written into the package of npm', () => {
    const { files, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      files: readonly string[];
      scripts: Record<string, string>;
    };
    expect(files).toEqual(expect.arrayContaining(['sbom.cdx.json', 'SECURITY.md']));
    expect(scripts['prepack']).toBe('node tools/sbom.mjs sbom.cdx.json');
    const file = join(out, 'sbom.cdx.json');
    expect(run('sbom.mjs', file).status).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(bom);
  });
});

describe('the check before a release', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const copy = (path: string, change: (text: string) => string) => {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), change(readFileSync(join(root, path), 'utf8')));
  };
  const pinned = (text: string) =>
    text.replaceAll(
      /^(ARG NODE_IMAGE=|\s+image: (?!hyperv-))([^\s@]+)(?:@\S+)?$/gm,
      (_, key, image) => `${key}${image}@${digest}`,
    );
  const place = () => {
    for (const file of ['SECURITY.md', 'LICENSE', 'docs/dependencies.md', 'package.json'])
      cpSync(join(root, file), join(out, file), { recursive: true });
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    copy('Dockerfile', pinned);
    copy('compose.yaml', pinned);
    copy('CHANGELOG.md', (text) => text.replace(`## ${version} / unreleased`, `## ${version} / 2026-01-01`));
    copy('packaging/dependencies.json', (text) =>
      text.replaceAll('"lastRelease": null', '"lastRelease": "2026-01-01"'),
    );
  };
  const check = () => run('release-check.mjs', '--root', out);

  it('passes when images are pinned, dates are known and the changelog has the day', () => {
    place();
    expect(check()).toMatchObject({ status: 0, stdout: 'ready to release\n' });
  });

  it.each([
    [
      'Dockerfile',
      `@${digest}`,
      '',
      /^Dockerfile: node:\d+-slim has no digest\. .*docker buildx imagetools inspect node:/,
    ],
    ['compose.yaml', `@${digest}`, '@sha256:0', /^compose\.yaml: prom\/prometheus:\S+@sha256:0 has no digest/],
    ['CHANGELOG.md', ' / 2026-01-01', ' / unreleased', /^CHANGELOG\.md: no heading "## \d/],
    ['packaging/dependencies.json', '"2026-01-01"', 'null', /^packaging\/dependencies\.json: 1 packages have no date/],
  ])('fails for %s without what a release needs', (file, from, to, line) => {
    place();
    writeFileSync(join(out, file), readFileSync(join(out, file), 'utf8').replace(from, to));
    const { status, stdout } = check();
    expect(status).toBe(1);
    expect(stdout).toMatch(line);
    expect(stdout).toMatch(/\n1 to do before a release\n$/);
  });
});
