import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeWith, tool } from '../support/tools.ts';

const root = join(import.meta.dirname, '../..');
interface Bom {
  readonly serialNumber: string;
  readonly metadata: { readonly component: object };
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly hashes?: readonly { readonly alg: string }[];
  }[];
}
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const pkg = readJson(join(root, 'package.json')) as { name: string; version: string };
// Another version than the repository's, as a release build gives it.
const VERSION = '9.8.7';
const name = `${pkg.name}-${VERSION}-x64`;
const out = mkdtempSync(join(tmpdir(), 'package ü '));
const at = (...parts: string[]) => join(out, name, ...parts);
let files: string[] = [];
let printed = '';

// npm fetches Node for Windows, 34 MB, where it has not been fetched before.
const MINUTES = 300_000;
const make = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(root, 'tools/package-windows.mjs'), '--out', out, '--version', VERSION, ...args], {
    cwd: tmpdir(),
    encoding: 'utf8',
  });
afterAll(() => rmSync(out, { recursive: true, force: true }));

describeWith(['wixl', 'msibuild', 'python3'], 'the packages for Windows', () => {
  beforeAll(() => {
    const { status, stdout, stderr } = make('--url', 'https://packages.example.com/exporter');
    if (status !== 0) throw new Error(stderr);
    printed = stdout;
    files = readdirSync(at(), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(at().length + 1)
          .split(sep)
          .join('/'),
      );
  }, MINUTES);

  it('hold Node, the program in one file, its modules, rules, boards and documents', () => {
    expect(readdirSync(at()).toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'SHA256SUMS',
      'THIRD-PARTY-NOTICES.txt',
      'alerts',
      'bin',
      'dashboards',
      'dist',
      'docs',
      'node.exe',
      'node_modules',
      'package.json',
      'sbom.cdx.json',
    ]);
    expect(files.filter((file) => /^(?:dist|bin|node_modules)\//.test(file)).toSorted()).toEqual(
      [
        'bin/hyperv-sriov-exporter.cmd',
        ...readdirSync(join(root, 'src/collect/powershell'), { recursive: true, encoding: 'utf8' })
          .filter((file) => /\.psd?m?1$/.test(file))
          .map((file) => `dist/collect/powershell/${file.split(sep).join('/')}`),
        // Written by a build in a checkout with its history
        ...files.filter((file) => file === 'dist/commit.txt'),
        'dist/http/page/document.css',
        'dist/http/page/page.css',
        'dist/http/page/page.js',
        'dist/http/web-config/bcrypt-worker.mjs',
        'dist/main.js',
        'node_modules/@koromix/koffi-win32-x64/index.js',
        'node_modules/@koromix/koffi-win32-x64/package.json',
        'node_modules/@koromix/koffi-win32-x64/win32_x64/koffi.node',
      ].toSorted(),
    );
    expect(files).toEqual(
      expect.arrayContaining(['docs/windows.md', 'alerts/sriov-fallback.rules.yaml', 'dashboards/sriov-fleet.json']),
    );
  });

  it('hold few files and no source', () => {
    expect(files.length).toBeLessThan(120);
    expect(files.filter((file) => /\.(?:ts|map|test\.yaml)$/.test(file))).toEqual([]);
  });

  it('have the version that it was given, in the modules too, which the agent compares', () => {
    expect(readJson(at('package.json'))).toMatchObject({ name: pkg.name, version: VERSION });
    const manifests = files.filter((file) => /HyperVSriov(?:Counters)?\.psd1$/.test(file));
    expect(manifests).toHaveLength(2);
    for (const manifest of manifests)
      expect(readFileSync(at(manifest), 'utf8')).toMatch(new RegExp(`ModuleVersion\\s*=\\s*'${VERSION}'`));
  });

  it('have a Windows program as node.exe, and names who signed it where that could be checked', () => {
    expect(readFileSync(at('node.exe')).subarray(0, 2).toString()).toBe('MZ');
    expect(printed).toMatch(/^Node 22\.\d+\.\d+: (?:signed by the OpenJS Foundation|not checked: )/);
  });

  it('have the licence of each package that went into it', () => {
    const notices = readFileSync(at('THIRD-PARTY-NOTICES.txt'), 'utf8');
    const { dependencies } = readJson(join(root, 'package.json')) as { dependencies: Record<string, string> };
    const missing = Object.keys(dependencies).filter((each) => !new RegExp(`^${each} \\d`, 'm').test(notices));
    expect(missing).toEqual([]);
    for (const each of ['Node.js 22', '@koromix/koffi-win32-x64 ', 'koffi ', 'find-my-way '])
      expect(notices).toContain(`\n${each}`.trimStart());
  });

  it('have an SBOM of what went into them: the packages of the notices, with checksums, and Node', () => {
    const { metadata, components, serialNumber } = readJson(at('sbom.cdx.json')) as Bom;
    expect(metadata.component).toMatchObject({ name: pkg.name, version: VERSION, type: 'application' });
    expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const node = components.find((each) => each.name === 'node');
    const sha256 = createHash('sha256')
      .update(readFileSync(at('node.exe')))
      .digest('hex');
    expect(node).toMatchObject({ type: 'platform', hashes: [{ alg: 'SHA-256', content: sha256 }] });
    const packages = components.filter((each) => each !== node);
    expect(packages.filter(({ hashes = [] }) => hashes.every(({ alg }) => alg !== 'SHA-512'))).toEqual([]);
    const notices = [...readFileSync(at('THIRD-PARTY-NOTICES.txt'), 'utf8').matchAll(/^(\S+) (\d\S*) \(/gm)];
    expect(notices.length).toBeGreaterThan(50);
    expect(packages.map((each) => `${each.name} ${each.version}`).toSorted()).toEqual(
      notices
        .map(([, title, version]) => `${title} ${version}`)
        .filter((each) => !each.startsWith('Node.js '))
        .toSorted(),
    );
  });

  it('have a checksum for every file, and each is right', () => {
    const sums = readFileSync(at('SHA256SUMS'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' *'));
    expect(sums.map(([, file = '']) => file).toSorted()).toEqual(
      files.filter((file) => file !== 'SHA256SUMS').toSorted(),
    );
    const wrong = sums.filter(
      ([sum, file]) =>
        createHash('sha256')
          .update(readFileSync(at(file ?? '')))
          .digest('hex') !== sum,
    );
    expect(wrong).toEqual([]);
  });

  it('are the same files as .zip', () => {
    const check = `
import hashlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for name in sorted(archive.namelist()):
        print(hashlib.sha256(archive.read(name)).hexdigest() + ' *' + name)
`;
    const unpacked = execFileSync(tool('python3'), ['-c', check, join(out, `${name}.zip`)], { encoding: 'utf8' });
    const expected = files.toSorted().map((file) => {
      const hash = createHash('sha256')
        .update(readFileSync(at(file)))
        .digest('hex');
      return `${hash} *${name}/${file}`;
    });
    expect(unpacked.trim().split('\n').toSorted()).toEqual(expected.toSorted());
  });

  /** A table of the installer's database, a row a line. */
  const table = (each: string): string[] =>
    execFileSync('msiinfo', ['export', join(out, `${name}.msi`), each], { encoding: 'utf8' })
      .trim()
      .split(/\r?\n/)
      .slice(3);

  it('come with a winget manifest for where it will be', () => {
    const [, hash = ''] = /^([0-9a-f]{64}) \*.*\.msi/m.exec(printed) ?? [];
    const manifests = readdirSync(join(out, 'winget')).map(
      (file) => parse(readFileSync(join(out, 'winget', file), 'utf8')) as Record<string, unknown>,
    );
    expect(manifests.map(({ ManifestType }) => String(ManifestType)).toSorted()).toEqual([
      'defaultLocale',
      'installer',
      'version',
    ]);
    const code = table('Property')
      .find((row) => row.startsWith('ProductCode\t'))
      ?.split('\t')[1];
    expect(code).toMatch(/^\{[0-9A-F-]{36}\}$/);
    expect(manifests.find(({ ManifestType }) => ManifestType === 'installer')).toMatchObject({
      PackageVersion: VERSION,
      Installers: [
        {
          InstallerUrl: `https://packages.example.com/exporter/${name}.msi`,
          InstallerSha256: hash.toUpperCase(),
          ProductCode: code,
        },
      ],
    });
  });

  it('never restart the host: /qn alone would, where a file is in use', () => {
    expect(table('Property')).toContain('REBOOT\tReallySuppress');
  });

  it('hold every file in the installer, too', () => {
    expect(table('File')).toHaveLength(files.length);
  });

  it('exchange old and new in one transaction, and call setup before the service starts', () => {
    const order = table('InstallExecuteSequence')
      .map((row) => row.split('\t'))
      .map(([action = '', condition = '', sequence]) => ({ action, condition, sequence: Number(sequence) }))
      .toSorted((a, b) => a.sequence - b.sequence);
    const interesting = [
      'InstallInitialize',
      'RemoveExistingProducts',
      'Stop',
      'StopServices',
      'Undo',
      'RemoveFiles',
      'InstallFiles',
      'WriteEnvironmentStrings',
      'SetupRollback',
      'Setup',
      'StartServices',
      'InstallFinalize',
    ];
    expect(order.map(({ action }) => action).filter((action) => interesting.includes(action))).toEqual(interesting);
    const condition = (wanted: string) => order.find(({ action }) => action === wanted)?.condition;
    expect([condition('Setup'), condition('Undo')]).toEqual([
      'NOT REMOVE~="ALL"',
      'REMOVE~="ALL" AND NOT UPGRADINGPRODUCTCODE',
    ]);
  });
});
