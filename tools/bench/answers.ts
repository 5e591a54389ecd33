import { get } from 'node:http';
import type { Figure, Ratio } from './figure.ts';
import { largeHost } from './large-host.ts';
import { measure } from './measure.ts';
import { serveHost } from './serve-host.ts';

const BLOCK_BUDGET_MS = 10;
const CPU_BUDGET_MS = 10;
/** Requests of one run, one after the other */
const REQUESTS = 20;

const fetchBytes = (url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, (answer) => {
      let bytes = 0;
      if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode}`));
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => resolve(bytes));
    }).on('error', reject);
  });

/** Questions about a host with 1,024 VMs: each one another, so that none is answered from what is kept. */
const QUESTIONS: Readonly<Record<string, (n: number) => string>> = {
  'status page, another filter each time': (n) => `/?filter=vm-${n}`,
  'status page sorted and grouped, another filter each time': (n) =>
    `/?filter=v&group=nic&sort=-traffic&show=all&page=${n + 1}`,
  'page of a VM, another one each time': (n) => `/vm?id=${n}`,
  'vNICs, all of them': (n) => `/api/v1/vnics?limit=${5000 + n}`,
  'explain, another pattern for all VMs each time': (n) =>
    `/api/v1/explain?vm=${'*'.repeat(1 + (n % 20))}?${'*'.repeat(1 + Math.floor(n / 20))}`,
  'events, another time each time': (n) => `/api/v1/events?since=${n}`,
};

/**
 * What answers about a host with 1,024 VMs cost the one thread: those that are kept, and those that each client asks differently.
 * The client is in the same process and is measured with it.
 */
export async function bench(): Promise<Figure> {
  const { pipeline, events, trends } = await largeHost(1024);
  const ids = pipeline.view()?.tracked.host.vms.map(({ id }) => id) ?? [];
  const { origin, close } = await serveHost({
    exposition: (kind) => pipeline.exposition.body(kind),
    view: pipeline.view,
    collection: pipeline.collection,
    events: ({ limit }) => events.slice(-limit),
    trends,
  });
  const address = (path: string): string =>
    `${origin}${path.replace(/^\/vm\?id=(\d+)$/, (_, n: string) => `/vm?id=${ids[Number(n) % ids.length]}`)}`;
  const ratios: Record<string, Ratio> = {};
  const rows = [['ms of CPU', 'longest block, ms', 'kB', 'request']];
  let asked = 0;
  for (const [what, question] of Object.entries(QUESTIONS)) {
    let bytes = 0;
    const different = await measure(async () => {
      for (let n = 0; n < REQUESTS; n++) bytes = await fetchBytes(address(question(asked++ % 400)));
    });
    const kept = await measure(async () => {
      for (let n = 0; n < REQUESTS; n++) await fetchBytes(address(question(1)));
    });
    const cpu = different.cpuMs / REQUESTS;
    ratios[`${what}: CPU against ${CPU_BUDGET_MS} ms`] = { value: cpu / CPU_BUDGET_MS, atMost: 1 };
    ratios[`${what}: longest block against ${BLOCK_BUDGET_MS} ms`] = {
      value: different.blockMs / BLOCK_BUDGET_MS,
      atMost: 1,
    };
    rows.push(
      [cpu.toFixed(2), different.blockMs.toFixed(1), (bytes / 1000).toFixed(0), what],
      [(kept.cpuMs / REQUESTS).toFixed(2), kept.blockMs.toFixed(1), (bytes / 1000).toFixed(0), 'the same, kept'],
    );
  }
  await close();
  return { name: 'answers about a host with 1,024 VMs', ratios, numbers: {}, table: rows };
}
