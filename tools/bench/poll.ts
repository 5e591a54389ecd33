import type { Figure } from './figure.ts';
import { largeHost } from './large-host.ts';
import { measure } from './measure.ts';

const CPU_BUDGET_MS = 300;
const BLOCK_BUDGET_MS = 50;
const GROWTH = 2.3;

/** An inventory poll of 1,024 VMs from PowerShell's frame to exposition bytes, and how it grows with their number. */
export async function bench(): Promise<Figure> {
  const host = await largeHost(1024);
  const small = await measure(() => host.poll('inventory'));
  const activity = await measure(() => host.poll('activity'));
  const series = host.pipeline.exposition.families().reduce((sum, { samples }) => sum + samples.length, 0);
  const larger = await largeHost(2048);
  const twice = await measure(() => larger.poll('inventory'), { runs: 9 });
  const seriesOfTwice = larger.pipeline.exposition.families().reduce((sum, { samples }) => sum + samples.length, 0);
  if (series < 50_000 || seriesOfTwice < 1.9 * series)
    throw new Error(`the bench's hosts have only ${series} and ${seriesOfTwice} series`);
  return {
    name: `inventory poll of 1,024 VMs, ${series} series, frame to bytes`,
    ratios: {
      'share of its budget of 300 ms of CPU': { value: small.cpuMs / CPU_BUDGET_MS, atMost: 1 },
      'longest block against 50 ms': { value: small.blockMs / BLOCK_BUDGET_MS, atMost: 1 },
      '2,048 VMs against 1,024': { value: twice.cpuMs / small.cpuMs, atMost: GROWTH },
    },
    numbers: {
      'inventory, ms of CPU': small.cpuMs,
      'inventory, ms': small.ms,
      'inventory, longest block, ms': small.blockMs,
      'activity, ms of CPU': activity.cpuMs,
      'activity, longest block, ms': activity.blockMs,
      '2,048 VMs, ms of CPU': twice.cpuMs,
    },
  };
}
