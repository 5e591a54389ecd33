import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageForWindows } from '../../../tools/package-windows/downloads.mjs';
import { findTool } from '../tools.ts';
import { linkRepository, windowsPath } from './windows.ts';

/** Native libraries that npm installs on Windows: koffi's, and those that vitest needs there. */
const NATIVE = ['@koromix/koffi-win32-x64', '@rolldown/binding-win32-x64-msvc', 'lightningcss-win32-x64-msvc'];

/**
 * Gives a run of the project `windows` a Windows installation of its own (a Wine prefix), which its processes find by the
 * variable WIN_PREFIX, and a folder of native libraries for Windows (WIN_NODE_PATH). Ends and deletes both after the run.
 */
export default function ownPrefix(): (() => void) | undefined {
  const winRun = findTool('win-run');
  if (winRun === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'windows '));
  const prefix = join(folder, 'prefix');
  const modules = join(folder, 'node_modules');
  for (const name of NATIVE) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(packageForWindows(name), join(modules, name));
  }
  process.env['WIN_PREFIX'] = prefix;
  process.env['WIN_NODE_PATH'] = windowsPath(modules);
  // Made at its first use.
  execFileSync(winRun, ['cmd.exe', '/c', 'exit']);
  // On drive C:, which is this user's alone: above Z: there may be folders that others can write, such as /tmp.
  linkRepository(prefix);
  return () => {
    execFileSync(winRun, ['--stop']);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    delete process.env['WIN_PREFIX'];
    delete process.env['WIN_NODE_PATH'];
  };
}
