import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.ts';

/** "Flat" leaves room for what the engine's own caches and the system's pages do. */
const GROWTH = 1.1;

/** Resident memory after 10,000 polls of a host whose VMs come and go, against that after 1,000. */
export async function bench(): Promise<Figure> {
  const child = fork(fileURLToPath(new URL('./memory-child.js', import.meta.url)), { execArgv: ['--expose-gc'] });
  const [{ polls, base, end }] = (await once(child, 'message')) as [{ polls: number; base: number; end: number }];
  return {
    name: `memory over ${polls} polls`,
    ratios: { 'resident at the end against after 1,000': { value: end / base, atMost: GROWTH } },
    numbers: { 'after 1,000, MB': base / 1e6, 'at the end, MB': end / 1e6 },
  };
}
