// Builds dist/: TypeScript to JavaScript, then the PowerShell modules and page assets that belong next to the code.
// A Node script, so that it runs the same in every shell and from a path with spaces.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

// `npm ci --omit=dev` runs this too (prepare) where there is nothing to build with: the package then brings its dist.
if (!existsSync(compiler)) process.exit(0);

// Built beside and renamed at the end: an interrupted build leaves the former program, or none, never half of one.
const target = join(root, 'dist');
const building = join(root, `dist.${process.pid}`);
const former = `${building}.former`;

/** Whether a process still runs. */
const runs = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};
// What builds left that were killed.
for (const name of readdirSync(root)) {
  const pid = /^dist\.(\d+)(?:\.former)?$/.exec(name)?.[1];
  if (pid !== undefined && !runs(Number(pid))) rmSync(join(root, name), { recursive: true, force: true });
}
process.on('exit', () => rmSync(building, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const done = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', building], {
  stdio: 'inherit',
  cwd: root,
});
if (done.status !== 0) process.exit(done.status ?? 1);

/** Everything under src that is not TypeScript is shipped as it is. */
const copyAssets = (from, to) => {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) copyAssets(join(from, entry.name), join(to, entry.name));
    else if (!entry.name.endsWith('.ts')) cpSync(join(from, entry.name), join(to, entry.name));
  }
};
copyAssets(join(root, 'src'), building);

/** The commit that was built, where there is one: shown by --version. */
const git = spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: root, encoding: 'utf8' });
if (git.status === 0) writeFileSync(join(building, 'commit.txt'), git.stdout);
// `npx hyperv-sriov-exporter` and the link in the image start this file.
chmodSync(join(building, 'main.js'), 0o755);

if (existsSync(target)) renameSync(target, former);
renameSync(building, target);
rmSync(former, { recursive: true, force: true });
