import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { win32 } from 'node:path';

/**
 * Ends a process and all that it started. On Windows by taskkill /T (full path: the search order starts in the current
 * folder); elsewhere by /proc, where there is one. Never throws: what is gone already is what was wanted.
 */
export function killTree(pid: number, systemRoot: string | undefined): void {
  if (process.platform === 'win32') {
    const taskkill = win32.join(systemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe');
    execFile(taskkill, ['/PID', String(pid), '/T', '/F'], { windowsHide: true }, () => {});
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
