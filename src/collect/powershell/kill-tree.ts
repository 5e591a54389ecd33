import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Environment, inSystem32 } from './environment.ts';

const TASKKILL_MS = 5000;

/** Ends a process and all that it started, on Windows. By full path: the search order starts in the current folder. */
export const taskkill = (pid: number | string, env: Environment): readonly [file: string, ...args: string[]] => [
  inSystem32(env, 'taskkill.exe'),
  '/PID',
  String(pid),
  '/T',
  '/F',
];

/**
 * Ends a process and all that it started. On Windows by taskkill, which finds what a process started only while that
 * lives: resolves when it is through. Elsewhere by /proc, where there is one, at once. Never rejects: what is gone
 * already is what was wanted.
 */
export async function killTree(pid: number, env: Environment, platform: NodeJS.Platform): Promise<void> {
  if (platform === 'win32') {
    const [file, ...args] = taskkill(pid, env);
    const options = { windowsHide: true, timeout: TASKKILL_MS };
    await new Promise<void>((resolve) => {
      execFile(file, args, options, () => resolve());
    });
    return;
  }
  for (const each of [...descendants(pid), pid]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {}
  }
}

/** Deepest first. */
function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (children === '') return [];
    return children.split(' ').flatMap((child) => descendants(Number(child)).concat(Number(child)));
  } catch {
    return [];
  }
}
