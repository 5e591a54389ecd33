// Renews packaging/dependencies.json: size and licence of each package that is shipped, from node_modules. Run it after
// `npm ci`, and `npm run generate` after it.
//   --dates  asks the registry for the date of each package's last release, too. Only with direct access to
//            registry.npmjs.org: a mirror or a caching proxy gives the dates on which it fetched the packages. Without it
//            dates that are known stay, as long as the version is the same.
import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { dates: { type: 'boolean', default: false } } });
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FILE = join(root, 'packaging', 'dependencies.json');
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
/** Files of a package without those of packages inside it. */
function* filesOf(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesOf(path);
    else if (entry.isFile()) yield lstatSync(path).size;
  }
}

const former = json(FILE);

/** Date of the newest version; null where it is not known. */
function lastRelease(name, version) {
  if (!values.dates) return former[`${name}@${version}`]?.lastRelease ?? null;
  // npm is a script of the shell on Windows.
  const { stdout } = spawnSync('npm', ['view', name, 'time', 'dist-tags', '--json'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const { time, 'dist-tags': tags } = JSON.parse(stdout);
  return time[tags.latest]?.slice(0, 10) ?? null;
}

const packages = {};
for (const [path, { version, dev, devOptional, os }] of Object.entries(
  json(join(root, 'package-lock.json')).packages,
)) {
  // A prebuilt library for one platform (os) is part of the package that brings it.
  if (path === '' || dev === true || devOptional === true || os !== undefined) continue;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const sizes = [...filesOf(join(root, path))];
  packages[`${name}@${version}`] = {
    license: json(join(root, path, 'package.json')).license,
    files: sizes.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    lastRelease: lastRelease(name, version),
  };
}
const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
process.stdout.write(`${Object.keys(sorted).length} packages\n`);
