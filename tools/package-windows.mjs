// Makes the offline package for Windows under package/ (or --out FOLDER): a folder and the same as a .zip. Nothing is
// downloaded: production dependencies are those that `npm ci` installed here, chosen and checked by package-lock.json.
// A Node script, so that it runs the same in every shell.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zip } from './package-windows/zip.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outFlag = process.argv.indexOf('--out');
const out = resolve(outFlag < 0 ? join(root, 'package') : process.argv[outFlag + 1]);
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const fail = (text) => {
  process.stderr.write(`package-windows: ${text}\n`);
  process.exit(1);
};

const { name, version, description, license, type, engines, dependencies } = json(join(root, 'package.json'));
if (!existsSync(join(root, 'dist', 'main.js'))) fail('dist is not built: npm run build');
const folder = `${name}-${version}-windows`;
const target = join(out, folder);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const copy = (from, to = from, filter = () => true) =>
  cpSync(join(root, from), join(target, to), { recursive: true, filter });

/** Packages that the lock file does not mark as for development, each as installed and of the locked version. */
for (const [path, about] of Object.entries(json(join(root, 'package-lock.json')).packages)) {
  if (path === '' || about.dev === true || about.devOptional === true) continue;
  const manifest = join(root, path, 'package.json');
  if (!existsSync(manifest)) {
    if (about.optional === true) continue;
    fail(`${path} is not installed: npm ci`);
  }
  if (json(manifest).version !== about.version) fail(`${path} is not as in package-lock.json: npm ci`);
  // A package's own node_modules come as entries of their own: a nested one may be for development.
  const own = join(root, path) + sep;
  copy(path, path, (file) => !file.startsWith(join(own, 'node_modules')));
}

copy('dist', 'dist', (file) => !file.endsWith('.map'));
for (const each of ['alerts', 'dashboards', 'docs']) {
  copy(each, each, (file) => !file.split(sep).includes('src') && !file.endsWith('.ts') && !file.endsWith('.test.yaml'));
}
for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md']) copy(file);
for (const file of ['install.ps1', 'uninstall.ps1']) copy(join('packaging', 'windows', file), file);
const manifest = { name, version, description, license, type, private: true, engines, dependencies };
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

/** Files under the package with forward slashes, in a fixed order. */
const list = () =>
  readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(target.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort();
const sums = list().map((file) => {
  const hash = createHash('sha256')
    .update(readFileSync(join(target, file)))
    .digest('hex');
  return `${hash} *${file}\n`;
});
writeFileSync(join(target, 'SHA256SUMS'), sums.join(''));

const archive = zip(list().map((file) => ({ name: `${folder}/${file}`, content: readFileSync(join(target, file)) })));
writeFileSync(join(out, `${folder}.zip`), archive);
const hash = createHash('sha256').update(archive).digest('hex');
process.stdout.write(`${join(out, folder)}\n${join(out, `${folder}.zip`)}\n${hash} *${folder}.zip\n`);
