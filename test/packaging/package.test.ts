import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWith, tool } from '../support/tools.ts';

const root = join(import.meta.dirname, '../..');
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const pkg = readJson(join(root, 'package.json')) as {
  name: string;
  version: string;
  devDependencies: Record<string, string>;
};
const out = mkdtempSync(join(tmpdir(), 'package windows '));
const folder = `${pkg.name}-${pkg.version}-windows`;
const at = (...parts: string[]) => join(out, folder, ...parts);
let files: string[] = [];

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'tools/package-windows.mjs'), '--out', out], { cwd: tmpdir() });
  files = readdirSync(at(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(at().length + 1)
        .split(sep)
        .join('/'),
    );
});

describe('the package for Windows', () => {
  it('holds the program, its modules, rules, boards, documents and the scripts', () => {
    expect(readdirSync(at()).toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SHA256SUMS',
      'alerts',
      'dashboards',
      'dist',
      'docs',
      'install.ps1',
      'node_modules',
      'package.json',
      'uninstall.ps1',
    ]);
    for (const name of ['HyperVSriov', 'HyperVSriovCounters'])
      for (const end of ['psd1', 'psm1']) expect(files).toContain(`dist/collect/powershell/${name}/${name}.${end}`);
    expect(files).toEqual(
      expect.arrayContaining(['docs/windows.md', 'alerts/sriov-fallback.rules.yaml', 'dashboards/sriov-fleet.json']),
    );
  });

  it('holds no source and no development dependency', () => {
    expect(files.filter((file) => !file.startsWith('node_modules/') && /\.(?:ts|map|test\.yaml)$/.test(file))).toEqual(
      [],
    );
    const dev = Object.keys(pkg.devDependencies);
    expect(dev.length).toBeGreaterThan(5);
    expect(dev.filter((name) => existsSync(at('node_modules', name)))).toEqual([]);
    const { packages: locked } = readJson(join(root, 'package-lock.json')) as {
      packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
    };
    const production = Object.keys(locked).filter(
      (path) => path !== '' && !locked[path]?.dev && !locked[path]?.devOptional,
    );
    const packaged = files.filter((file) => /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(file));
    expect(packaged.map((file) => file.slice(0, -'/package.json'.length)).toSorted()).toEqual(production.toSorted());
  });

  it('names no host to download from and no script to run', () => {
    const manifest = readJson(at('package.json')) as Record<string, unknown>;
    expect(Object.keys(manifest)).toEqual([
      'name',
      'version',
      'description',
      'license',
      'type',
      'private',
      'engines',
      'dependencies',
    ]);
    expect(readFileSync(at('install.ps1'), 'utf8')).not.toMatch(
      /Invoke-WebRequest|WebClient|Start-BitsTransfer|curl|npm /,
    );
  });

  it('has a checksum for every file, and each is right', () => {
    const sums = readFileSync(at('SHA256SUMS'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' *'));
    expect(sums.map(([, file = '']) => file).sort()).toEqual(files.filter((file) => file !== 'SHA256SUMS').sort());
    const wrong = sums.filter(
      ([sum, file]) =>
        createHash('sha256')
          .update(readFileSync(at(file ?? '')))
          .digest('hex') !== sum,
    );
    expect(wrong).toEqual([]);
  });

  it('runs where it lies, from another folder', () => {
    const { stdout, status } = spawnSync(process.execPath, [at('dist/main.js'), '--version'], {
      cwd: tmpdir(),
      encoding: 'utf8',
    });
    expect([stdout, status]).toEqual([`${pkg.version}\n`, 0]);
  });
});

describeWith(['python3'], 'the package for Windows as .zip', () => {
  it('unpacks to the same files', () => {
    const check = `
import hashlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for name in sorted(archive.namelist()):
        print(hashlib.sha256(archive.read(name)).hexdigest() + ' *' + name)
`;
    const printed = execFileSync(tool('python3'), ['-c', check, join(out, `${folder}.zip`)], { encoding: 'utf8' });
    const expected = files.toSorted().map((file) => {
      const hash = createHash('sha256')
        .update(readFileSync(at(file)))
        .digest('hex');
      return `${hash} *${folder}/${file}`;
    });
    expect(printed.trim().split('\n').toSorted()).toEqual(expected.toSorted());
  });
});
