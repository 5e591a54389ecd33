import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { promisify } from 'node:util';
import { gzip as gzipWithCallback, gzipSync } from 'node:zlib';
import { Counter, Gauge, Registry } from 'prom-client';
import { systemClock } from '../../src/clock.ts';
import { createExposition, EXPOSITION_TYPE } from '../../src/metrics/exposition.ts';
import { createProcessMetrics } from '../../src/metrics/process.ts';
import { collectFamilies } from '../../src/metrics/families.ts';
import { largeHost } from './large-host.ts';
import { serveHost } from './serve-host.ts';

// One of the servers that the scrape benchmark compares, in a process of its own: `scrape-server.js KIND [FILE]`. Sends its
// URL to the parent.
const gzip = promisify<string, Buffer>(gzipWithCallback);
const takesGzip: (request: Parameters<RequestListener>[0]) => boolean = ({ headers }) =>
  headers['accept-encoding'] === 'gzip';

async function view() {
  const { pipeline } = await largeHost(1024);
  const shown = pipeline.view();
  if (shown === undefined) throw new Error('nothing was rendered');
  return { pipeline, shown };
}

function listen(listener: RequestListener): Promise<string> {
  const server = createHttpServer(listener);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/metrics`);
    });
  });
}

/** The agent's own server, with what one poll has rendered. */
async function agent(): Promise<string> {
  const { pipeline, shown } = await view();
  const exposition = createExposition(systemClock, createProcessMetrics(systemClock));
  await exposition.update(shown);
  const { origin } = await serveHost({
    exposition: (kind) => exposition.body(kind),
    view: pipeline.view,
    collection: pipeline.collection,
  });
  return `${origin}/metrics`;
}

/** The least that a server of Node can do: one buffer, plain or compressed beforehand. */
function constant(file: string): Promise<string> {
  const plain = readFileSync(file);
  const packed = gzipSync(plain, { level: 1 });
  return listen((request, response) => {
    const isPacked = takesGzip(request);
    const body = isPacked ? packed : plain;
    response
      .writeHead(200, {
        'content-type': EXPOSITION_TYPE.text,
        'content-length': body.length,
        ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
      })
      .end(body);
  });
}

/** prom-client as its documentation shows it: metrics in a registry, which each scrape renders. */
async function usual(): Promise<string> {
  const { shown } = await view();
  const register = new Registry();
  for (const { name, help, type, samples } of collectFamilies(shown)) {
    const labelNames = [...new Set(samples.flatMap(({ shared, labels }) => Object.keys({ ...shared, ...labels })))];
    const configuration = { name, help, labelNames, registers: [register] };
    const metric = type === 'counter' ? new Counter(configuration) : new Gauge(configuration);
    for (const { shared, labels, value } of samples) metric.inc({ ...shared, ...labels }, value);
  }
  return listen((request, response) => {
    void (async () => {
      const text = await register.metrics();
      response.setHeader('content-type', register.contentType);
      if (takesGzip(request)) response.setHeader('content-encoding', 'gzip').end(await gzip(text));
      else response.end(text);
    })();
  });
}

const [kind = '', file = ''] = process.argv.slice(2);
const servers: Readonly<Record<string, () => Promise<string>>> = { agent, constant: () => constant(file), usual };
process.send?.(await servers[kind]?.());
