import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/clock.ts';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/log.ts';
import { createPipeline } from '../../src/pipeline.ts';
import { median } from './measure.ts';

// Ten thousand polls of a simulated host on a stepped clock: one of inventory to three of activity. In a process of its
// own, so that nothing else is measured.
const POLLS = 10_000;
const BASE = 1000;

async function memory(): Promise<number> {
  const readings: number[] = [];
  for (let each = 0; each < 5; each += 1) {
    await sleep(100);
    globalThis.gc?.();
    readings.push(process.memoryUsage.rss());
  }
  return median(readings);
}

let at = Date.UTC(2026, 4, 4, 12);
const start = at;
const clock: Clock = { now: () => at, monotonic: () => at - start };
const reader = createDemoReader({ seed: 1, scenario: 'live-migration', clock });
const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
const { poller, render, exposition } = createPipeline(config, {
  reader,
  log: createLogger({ level: 'error', format: 'json' }),
});
let base = Number.NaN;
for (let poll = 1; poll <= POLLS; poll += 1) {
  at += 15_000;
  await poller.poll(poll % 4 === 1 ? 'inventory' : 'activity', 'now');
  await render();
  if (poll % 40 === 0) await (await exposition.body('openmetrics')).compressed();
  if (poll === BASE) base = await memory();
}
process.send?.({ polls: POLLS, base, end: await memory() });
