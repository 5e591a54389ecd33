import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../../src/node-flags.ts';
import type { Figure } from './figure.ts';
import type { PollCosts } from './poll-child.ts';

const CPU_BUDGET_MS = 300;
const BLOCK_BUDGET_MS = 50;
const GROWTH = 2.3;

/**
 * An inventory poll of 1,024 VMs from PowerShell's frame to exposition bytes, and how it grows with their number; with the flags
 * of Node that the service runs with.
 */
export async function bench(): Promise<Figure> {
  const child = fork(fileURLToPath(new URL('./poll-child.js', import.meta.url)), { execArgv: [...NODE_FLAGS] });
  const [{ inventory, activity, inventoryOfTwice, series, seriesOfTwice }] = (await once(child, 'message')) as [
    PollCosts,
  ];
  if (series < 50_000 || seriesOfTwice < 1.9 * series)
    throw new Error(`the bench's hosts have only ${series} and ${seriesOfTwice} series`);
  return {
    name: `inventory poll of 1,024 VMs, ${series} series, frame to bytes, node ${NODE_FLAGS.join(' ')}`,
    ratios: {
      'share of its budget of 300 ms of CPU': { value: inventory.cpuMs / CPU_BUDGET_MS, atMost: 1 },
      'longest block against 50 ms': { value: inventory.blockMs / BLOCK_BUDGET_MS, atMost: 1 },
      '2,048 VMs against 1,024': { value: inventoryOfTwice.cpuMs / inventory.cpuMs, atMost: GROWTH },
    },
    numbers: {
      'inventory, ms of CPU': inventory.cpuMs,
      'inventory, ms': inventory.ms,
      'inventory, longest block, ms': inventory.blockMs,
      'activity, ms of CPU': activity.cpuMs,
      'activity, longest block, ms': activity.blockMs,
      '2,048 VMs, ms of CPU': inventoryOfTwice.cpuMs,
    },
  };
}
