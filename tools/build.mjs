// Builds dist/: TypeScript to JavaScript, then the PowerShell modules and page assets that sit beside the code.
// A Node script, so that it runs the same in every shell and from a path with spaces.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

// `npm ci --omit=dev` runs this too (prepare) where there is nothing to build with: the package then brings its dist.
if (!existsSync(compiler)) process.exit(0);

rmSync(join(root, 'dist'), { recursive: true, force: true });
const done = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
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
copyAssets(join(root, 'src'), join(root, 'dist'));
process.exit(done.status ?? 1);
