import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import { createPowerShellReader } from '../../src/collect/powershell/reader.ts';

const ALLOWED = 10 * 1024 * 1024;
const KINDS = ['rss', 'heapUsed', 'external'] as const;
type Reading = Readonly<Record<(typeof KINDS)[number], number>>;

/** Median of five readings, each after a forced collection. */
async function memory(): Promise<Reading> {
  const readings: NodeJS.MemoryUsage[] = [];
  for (let each = 0; each < 5; each += 1) {
    await pause(100);
    globalThis.gc?.();
    readings.push(process.memoryUsage());
  }
  const median = (kind: (typeof KINDS)[number]): number =>
    readings.map((reading) => reading[kind]).sort((a, b) => a - b)[2] ?? Number.NaN;
  return { rss: median('rss'), heapUsed: median('heapUsed'), external: median('external') };
}

/**
 * Ten thousand calls of one PowerShell session over a fake shell, recycles included: what the agent holds at the end may
 * exceed what it held after the first thousand by 10 MB at most. A tenth of the calls if `quick`.
 * @returns what did not hold
 */
export async function sessions(quick: boolean): Promise<readonly string[]> {
  const calls = quick ? 1000 : 10_000;
  const first = calls / 10;
  if (globalThis.gc === undefined) throw new Error('soak needs node --expose-gc');
  const ignore = (): void => {};
  const reader = createPowerShellReader({
    executable: join(process.cwd(), 'test', 'support', 'fake-shell.mjs'),
    env: { PATH: process.env['PATH'], FAKE_ROWS: '2000' },
    expectedModuleVersion: '0.1.0',
    clock: systemClock,
    log: { debug: ignore, info: ignore, warn: ignore },
  });
  let base: Reading | undefined;
  for (let call = 1; call <= calls; call += 1) {
    await reader.read('activity', AbortSignal.timeout(30_000));
    if (call === first) base = await memory();
  }
  const end = await memory();
  const stats = reader.stats();
  await reader.close();
  console.log(
    `${stats.calls.activity} calls, ${stats.restarts.activity} recycles, frames of ${stats.frameBytes.activity} bytes`,
  );
  const failures: string[] = [];
  for (const kind of KINDS) {
    const before = base?.[kind] ?? Number.NaN;
    const ok = end[kind] <= before + ALLOWED;
    if (!ok) failures.push(`${kind} grew`);
    const mb = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1).padStart(8);
    console.log(
      `${kind.padEnd(9)} after ${first}: ${mb(before)} MB   at the end: ${mb(end[kind])} MB   ${ok ? 'ok' : 'GREW'}`,
    );
  }
  return failures;
}
