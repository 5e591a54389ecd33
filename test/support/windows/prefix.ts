import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '../tools.ts';

/**
 * Gives a run of the project `windows` a Windows installation of its own (a Wine prefix), which its processes find by the
 * variable WIN_PREFIX, and ends and deletes it after the run.
 */
export default function ownPrefix(): (() => void) | undefined {
  const winRun = findTool('win-run');
  if (winRun === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'windows '));
  process.env['WIN_PREFIX'] = folder;
  // Made at its first use.
  execFileSync(winRun, ['cmd.exe', '/c', 'exit']);
  return () => {
    execFileSync(winRun, ['--stop']);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    delete process.env['WIN_PREFIX'];
  };
}
