import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type FastifyInstance, fastify } from 'fastify';
import { systemClock } from '../../src/clock.ts';
import { createExposition } from '../../src/metrics/exposition.ts';
import { createProcessMetrics } from '../../src/metrics/process.ts';
import type { Figure } from './figure.ts';
import { largeHost } from './large-host.ts';
import { median } from './measure.ts';

const ROUNDS = 7;
const ROUND_MS = 1500;
const RATE = 0.9;
const quiet = { info() {}, warn() {}, error() {} };

async function urlOf(server: FastifyInstance, path: string): Promise<string> {
  return `${await server.listen({ host: '127.0.0.1', port: 0 })}${path}`;
}

/** Scrapes of 1,024 VMs a second, over loopback, against a Fastify that does nothing but send a buffer of that size. */
export async function bench(): Promise<Figure> {
  const { pipeline } = await largeHost(1024);
  const view = pipeline.view();
  if (view === undefined) throw new Error('nothing was rendered');
  const exposition = createExposition(systemClock, createProcessMetrics(systemClock));
  await exposition.update(view);
  const { body, contentType } = await exposition.scrape('text', false);

  // The compiler leaves behind what is not TypeScript.
  const page = fileURLToPath(new URL('../../src/http/page', import.meta.url));
  cpSync('src/http/page', page, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  const { createServer } = await import('../../src/http/server.ts');
  const server = createServer({
    version: '0.0.0',
    host: {
      simulated: true,
      scrape: (kind, gzip) => exposition.scrape(kind, gzip),
      view: pipeline.view,
      collection: pipeline.collection,
    },
    lifecycleEnabled: false,
    log: quiet,
  });
  const constant = fastify().get('/', (_request, reply) => reply.type(contentType).send(body));
  const worker = new Worker(new URL('./scrape-client.js', import.meta.url));
  const round = async (url: string): Promise<number> => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker.postMessage({ url, ms: ROUND_MS });
    const [{ scrapes, bytes }] = (await once(worker, 'message')) as [{ scrapes: number; bytes: number }];
    if (bytes < scrapes * body.length * 0.9) throw new Error(`${bytes} bytes in ${scrapes} scrapes of ${body.length}`);
    return (scrapes * 1000) / ROUND_MS;
  };
  const [metrics, plain] = [await urlOf(server, '/metrics'), await urlOf(constant, '/')];
  await round(metrics);
  await round(plain);
  const rates: { metrics: number; plain: number }[] = [];
  // Alternately, so that other load of the machine affects both equally.
  for (let turn = 0; turn < ROUNDS; turn++) rates.push({ metrics: await round(metrics), plain: await round(plain) });
  await Promise.all([worker.terminate(), server.close(), constant.close()]);
  return {
    name: `scrape of ${(body.length / 1e6).toFixed(1)} MB`,
    ratios: {
      'rate against a constant buffer': { value: median(rates.map((one) => one.metrics / one.plain)), atLeast: RATE },
    },
    numbers: {
      'scrapes a second': median(rates.map((one) => one.metrics)),
      'constant buffer, a second': median(rates.map((one) => one.plain)),
    },
  };
}
