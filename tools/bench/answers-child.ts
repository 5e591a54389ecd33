import { createAgent } from '../../src/agent.ts';
import { openTargetReaders } from '../../src/cli/reader.ts';
import { loadConfig } from '../../src/config/load.ts';
import { listen } from '../../src/http/listen.ts';
import { createLogger } from '../../src/log.ts';
import { createTrends, TREND_SHAPES } from '../../src/trend/trends.ts';
import { largeHost } from './large-host.ts';
import { threadTime } from '../thread-time.ts';
import { copyPageAssets } from './page-assets.ts';
import { serveHost } from './serve-host.ts';

/** `view`: the host is polled again. `watch`: looks for blocks until `read`, which costs a processor. `count`: without it. */
export type Order = 'view' | 'watch' | 'count' | 'read';

/** What the server's process did between `watch` or `count` and `read`. */
export interface Used {
  /** Of all threads */
  readonly cpuMs: number;
  /** The longest time between two turns of the event loop, by the clock and by the processor time of its thread */
  readonly blockMs: number;
  readonly blockCpuMs: number;
}

export interface Served {
  readonly origin: string;
  /** Ids of VMs, or names of targets, to ask for */
  readonly ids: readonly string[];
}

// The server that the benchmark of answers asks, in a process of its own: `answers-child host`, `answers-child fleet HOSTS`.
const [role, count = ''] = process.argv.slice(2);

async function host(): Promise<Served & { readonly renew: () => Promise<void> }> {
  const large = await largeHost(1024, { alerting: true });
  const { pipeline, events, alerts, document } = large;
  const tracked = pipeline.view()?.tracked;
  if (tracked === undefined) throw new Error('nothing was rendered');
  const trends = createTrends();
  const { step, steps } = TREND_SHAPES.host;
  for (let before = steps; before >= 0; before--) trends.observe({ ...tracked, now: tracked.now - before * step });
  const { origin } = await serveHost({
    exposition: (kind) => pipeline.exposition.body(kind),
    view: pipeline.view,
    collection: pipeline.collection,
    events: ({ limit }) => events.slice(-limit),
    alerts,
    trends,
    document,
  });
  const ids = tracked.host.vms.map(({ id }) => id);
  return { origin, ids, renew: () => large.poll('inventory') };
}

/** A collector of simulated hosts. They are read once, and rendered every 20 s. */
async function fleet(): Promise<Served & { readonly renew: () => Promise<void> }> {
  copyPageAssets();
  const seldom = ['inventory', 'activity', 'config', 'cluster', 'eventlog'].map(
    (part) => [`poll.${part}.interval`, '1h'] as const,
  );
  const loaded = loadConfig({
    flags: new Map([['source', 'demo'], ['demo.hosts', count], ...seldom]),
    environment: {},
  });
  const log = createLogger({ level: 'error', format: 'json' });
  const context = { environment: {}, platform: process.platform, version: '0.0.0' };
  const agent = await createAgent(loaded.config, {
    log,
    version: '0.0.0',
    readers: openTargetReaders(context, log, loaded),
  });
  const port = await listen(agent.server, { host: '127.0.0.1', port: 0 });
  agent.start();
  const ids = Array.from({ length: Number(count) }, (_, index) => `hv${String(index + 1).padStart(2, '0')}`);
  return { origin: `http://127.0.0.1:${port}`, ids, renew: () => Promise.resolve() };
}

const served = await (role === 'fleet' ? fleet() : host());
const thread = threadTime();
let watching = false;
let longest = 0;
let longestCpu = 0;
let cpu = process.cpuUsage();

function watch(): void {
  let last = performance.now();
  let lastCpu = thread.now();
  const look = (): void => {
    const [now, nowCpu] = [performance.now(), thread.now()];
    longest = Math.max(longest, now - last);
    longestCpu = Math.max(longestCpu, (nowCpu - lastCpu) / 1e6);
    [last, lastCpu] = [now, nowCpu];
    if (watching) setImmediate(look);
  };
  setImmediate(look);
}

process.on('message', (order: Order) => {
  if (order === 'view') {
    void served.renew().then(() => process.send?.('done'));
    return;
  }
  if (order === 'read') {
    watching = false;
    const { user, system } = process.cpuUsage(cpu);
    process.send?.({ cpuMs: (user + system) / 1000, blockMs: longest, blockCpuMs: longestCpu } satisfies Used);
    return;
  }
  [longest, longestCpu, cpu, watching] = [0, 0, process.cpuUsage(), order === 'watch'];
  if (watching) watch();
  process.send?.('done');
});
process.send?.({ origin: served.origin, ids: served.ids } satisfies Served);
