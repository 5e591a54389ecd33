import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';

/** What to scrape, with how many connections, for how long, and whether compressed. */
export interface Order {
  readonly url: string;
  readonly clients: number;
  readonly ms: number;
  readonly gzip: boolean;
}

export interface Scraped {
  /** Milliseconds of each scrape that was answered with 200 */
  readonly latencies: readonly number[];
  /** Scrapes that were answered with another status */
  readonly refused: number;
  /** Bytes of the shortest answer, as sent */
  readonly shortest: number;
  /** From the first request to the last answer */
  readonly seconds: number;
}

const scrape = (
  url: string,
  agent: Agent,
  gzip: boolean,
): Promise<{ readonly status: number; readonly bytes: number }> =>
  new Promise((resolve, reject) => {
    get(url, { agent, headers: { 'accept-encoding': gzip ? 'gzip' : 'identity' } }, (answer) => {
      let bytes = 0;
      answer
        .on('data', (chunk: Buffer) => (bytes += chunk.length))
        .on('end', () => resolve({ status: answer.statusCode ?? 0, bytes }))
        .on('error', reject);
    }).on('error', reject);
  });

// Scrapes an address, again and again over kept connections, for as long as it is told to; each connection at least once.
async function scrapeFor({ url, clients, ms, gzip }: Order): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const start = performance.now();
  const latencies: number[] = [];
  let [refused, shortest] = [0, Infinity];
  const client = async (): Promise<void> => {
    do {
      const asked = performance.now();
      const { status, bytes } = await scrape(url, agent, gzip);
      if (status === 200) {
        latencies.push(performance.now() - asked);
        shortest = Math.min(shortest, bytes);
      } else refused++;
    } while (performance.now() - start < ms);
  };
  await Promise.all(Array.from({ length: clients }, client));
  const scraped: Scraped = { latencies, refused, shortest, seconds: (performance.now() - start) / 1000 };
  agent.destroy();
  // A server that limits the connections of one client has to hear that they are closed.
  await sleep(100);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has none
  parentPort?.postMessage(scraped);
}

parentPort?.on('message', (order: Order) => void scrapeFor(order));
