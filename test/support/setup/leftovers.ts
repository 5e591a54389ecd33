import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { processesWith } from '../processes.ts';

/*
 * Setup of every test file: the file gets a temporary folder of its own, which os.tmpdir() and the programs that it
 * starts use too. After its last test nothing of the file may be left: files in that folder, processes (found by the
 * folder in their environment), child processes and servers of this process.
 */

/** Ended processes and closed servers may take this long to disappear. */
const WITHIN_MS = Number(process.env['LEFTOVERS_WITHIN_MS'] ?? 20_000);
/** PowerShell's own pipes, which it cannot delete when it is killed: for its debugger, and for .NET's. */
const OF_A_KILLED_POWERSHELL = /^(?:CoreFxPipe_|clr-debug-pipe-|dotnet-diagnostic-)/;
const KINDS: Readonly<Record<string, string>> = {
  ProcessWrap: 'child process',
  TCPServerWrap: 'listening server',
  PipeServerWrap: 'listening server',
};

/** Wine leaves an empty folder. */
const OF_WINE = /^wine-\w{6}$/;

const before = process.env['TMPDIR'];
const folder = mkdtempSync(join(tmpdir(), 'test-'));
process.env['TMPDIR'] = folder;
const resources = resourcesByKind();

function resourcesByKind(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function leftovers(): string[] {
  const files = readdirSync(folder).filter((name) => !OF_A_KILLED_POWERSHELL.test(name) && !OF_WINE.test(name));
  const now = resourcesByKind();
  return [
    ...files.map((name) => `temporary file or folder: ${name}`),
    ...ownProcesses().map((pid) => `process ${pid}: ${commandLine(pid)}`),
    ...Object.entries(KINDS).flatMap(([kind, words]) => {
      const more = (now.get(kind) ?? 0) - (resources.get(kind) ?? 0);
      return more > 0 ? [`${words}: ${more}`] : [];
    }),
  ];
}

/** What the file started, and what that started: found by its environment */
const ownProcesses = (): number[] => processesWith(`TMPDIR=${folder}`);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200);
  } catch {
    return 'ended before the check';
  }
}

// Registered first, so it runs after the file's own hooks.
afterAll(async () => {
  const end = Date.now() + WITHIN_MS;
  let left = leftovers();
  while (left.length > 0 && Date.now() < end) {
    await sleep(100);
    left = leftovers();
  }
  for (const pid of ownProcesses()) kill(pid);
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (left.length > 0) throw new Error(`the test file left behind:\n  ${left.join('\n  ')}`);
}, WITHIN_MS * 3);
