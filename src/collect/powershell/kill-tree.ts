import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { win32 } from 'node:path';

const TASKKILL_MS = 5000;

/**
 * Ends a process and all that it started. On Windows by taskkill /T (full path: the search order starts in the current
 * folder), which finds what a process started only while that lives: resolves when it is through. Elsewhere by /proc,
 * where there is one, at once. Never rejects: what is gone already is what was wanted.
 */
export async function killTree(pid: number, systemRoot: string | undefined): Promise<void> {
  if (process.platform === 'win32') {
    const taskkill = win32.join(systemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe');
    const options = { windowsHide: true, timeout: TASKKILL_MS };
    await new Promise<void>((resolve) => {
      execFile(taskkill, ['/PID', String(pid), '/T', '/F'], options, () => resolve());
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
