import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createAgent } from '../../src/agent.ts';
import type { Clock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createGate } from '../../src/fleet/gate.ts';
import type { Target } from '../../src/fleet/target.ts';
import { listen } from '../../src/http/listen.ts';
import { createLogger } from '../../src/log.ts';
import { frameReader, namesOf, type RecordedHosts } from './fleet-frames.ts';
import { median } from './measure.ts';

/** What is measured of this process between `mark` and `read`. */
export interface FleetReport {
  readonly seconds: number;
  /** Of all threads */
  readonly cpuMs: number;
  /** Median of one reading a second */
  readonly residentBytes: number;
  readonly blockMs: number;
}

/*
 * A collector of many hosts, or an agent of one, over hosts that answer with recorded frames. In a process of its own, so
 * that nothing else is measured: `fleet-child collector COUNT FILE [SHARDS]`, the first of so many shards of COUNT hosts;
 * `fleet-child agent NUMBER FILE`.
 */
const [role, first = '', file = '', shards = '1'] = process.argv.slice(2);
const number = Number(first);
const recorded = JSON.parse(readFileSync(file, 'utf8')) as RecordedHosts;
const began = performance.now();
// The time of the recording goes on.
const clock: Clock = {
  now: () => recorded.startedAt + performance.now() - began,
  monotonic: () => performance.now(),
};
const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
const gate = createGate(config.fleet.connects);
const targets = namesOf(number, Number(shards)).map((name, index): Target => ({
  name,
  labels: { cluster: `c${index >> 4}` },
  from: { kind: 'demo', number: index },
}));
const log = createLogger({ level: 'error', format: 'json' });
const agent = await createAgent(config, {
  log,
  version: '0.0.0',
  ...(role === 'agent'
    ? { reader: frameReader(recorded, number, clock, gate.run) }
    : {
        readers: {
          clock,
          targets: () => targets,
          connectsWaiting: gate.waiting,
          open: ({ from }) =>
            Promise.resolve(frameReader(recorded, from.kind === 'demo' ? from.number : 0, clock, gate.run)),
        },
      }),
});
const port = await listen(agent.server, { host: '127.0.0.1', port: 0 });

const RESOLUTION_MS = 10;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let [since, cpu] = [performance.now(), process.cpuUsage()];
let resident: number[] = [];
setInterval(() => resident.push(process.memoryUsage.rss()), 1000).unref();

process.on('message', (order: 'start' | 'mark' | 'read' | 'stop') => {
  if (order === 'start') agent.start();
  else if (order === 'mark') {
    [since, cpu, resident] = [performance.now(), process.cpuUsage(), []];
    delay.enable();
    delay.reset();
  } else if (order === 'read') {
    const used = process.cpuUsage(cpu);
    const report: FleetReport = {
      seconds: (performance.now() - since) / 1000,
      cpuMs: (used.user + used.system) / 1000,
      residentBytes: median(resident),
      // A delay counts from the last look, one resolution before.
      blockMs: delay.max / 1e6 - RESOLUTION_MS,
    };
    process.send?.(report);
  } else process.exit(0);
});
process.send?.({ port, base: process.memoryUsage.rss() });
