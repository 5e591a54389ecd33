import { Agent, get } from 'node:http';
import { parentPort } from 'node:worker_threads';

// Scrapes an address repeatedly over persistent connections for a given time, and answers with the number of scrapes.
const agent = new Agent({ keepAlive: true, maxSockets: 2 });

const scrape = (url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { agent, headers: { 'accept-encoding': 'identity' } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answers ${answer.statusCode}`));
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => resolve(bytes));
    }).on('error', reject);
  });

async function scrapeFor({ url, ms }: { readonly url: string; readonly ms: number }): Promise<void> {
  const end = performance.now() + ms;
  let [scrapes, bytes] = [0, 0];
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      const received = await scrape(url);
      bytes += received;
      scrapes += 1;
    }
  };
  await Promise.all([one(), one()]);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has none
  parentPort?.postMessage({ scrapes, bytes });
}

parentPort?.on('message', (order: { readonly url: string; readonly ms: number }) => void scrapeFor(order));
