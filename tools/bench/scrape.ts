import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { NODE_FLAGS } from '../../src/node-flags.ts';
import { freePort } from '../../test/support/servers/port.ts';
import type { Figure, Ratio } from './figure.ts';
import { median } from './measure.ts';
import type { Order, Scraped } from './scrape-client.ts';

/** `SCRAPE_CLIENTS=1,8` and `SCRAPE_ROUNDS=1` for a quick look */
const CLIENTS = (process.env['SCRAPE_CLIENTS'] ?? '1,8,64').split(',').map(Number);
const ENCODINGS = ['plain', 'gzip'] as const;
/** The servers that are fast are asked alternately, so that other load of the machine affects both equally. */
const ROUNDS = Number(process.env['SCRAPE_ROUNDS'] ?? 5);
const ROUND_MS = 1500;
const SLOW_ROUND_MS = 3000;
const NODE_EXPORTER = 'prometheus-node-exporter';

const NAMES = {
  agent: 'this exporter',
  constant: 'constant buffer, node:http',
  usual: 'prom-client, register.metrics() at each scrape',
  nodeExporter: 'node_exporter, the same text by its textfile collector',
};
type Kind = keyof typeof NAMES;

interface Server {
  readonly url: string;
  readonly process: ChildProcess;
}

/** One server under one load. */
interface Result {
  readonly rate: number;
  /** Milliseconds */
  readonly p99: number;
  /** Scrapes per second of processor time of the server's process */
  readonly perCpuSecond: number;
  readonly refused: number;
}

async function startNode(kind: Exclude<Kind, 'nodeExporter'>, file = ''): Promise<Server> {
  const path = fileURLToPath(new URL('./scrape-server.js', import.meta.url));
  const child = fork(path, [kind, file], { execArgv: [...NODE_FLAGS] });
  const [url] = (await once(child, 'message')) as [string];
  return { url, process: child };
}

/** Only its textfile collector, without metrics of its own. It refuses more than 40 scrapes at once, as it does by default. */
async function startNodeExporter(folder: string): Promise<Server | undefined> {
  if (spawnSync(NODE_EXPORTER, ['--version']).error !== undefined) return undefined;
  const port = await freePort();
  const child = spawn(
    NODE_EXPORTER,
    [
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${folder}`,
      '--web.disable-exporter-metrics',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}/metrics`;
  for (let tries = 0; tries < 200; tries++) {
    if ((await fetch(url).catch(() => undefined))?.ok === true) return { url, process: child };
    await sleep(100);
  }
  child.kill();
  throw new Error(`${NODE_EXPORTER} does not answer`);
}

/** The exposition, over a connection that is closed then: one client may have 64 of them. */
const textOf = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      let whole = '';
      answer
        .setEncoding('utf8')
        .on('data', (piece: string) => (whole += piece))
        .on('end', () => resolve(whole))
        .on('error', reject);
    }).on('error', reject);
  });

/** Seconds of processor time that a process has used, in steps of 10 ms; from /proc of Linux. */
function cpuSeconds({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * Scrapes of a host with 1,024 VMs over loopback: by this exporter, by a server that sends one buffer, by prom-client as it is
 * usually used, and by node_exporter, which serves the same text. Each in a process of its own.
 */
export async function bench(): Promise<Figure> {
  if (process.platform !== 'linux')
    throw new Error('the processor time of other processes is read from /proc: Linux only');
  const folder = mkdtempSync(join(tmpdir(), 'scrape-'));
  const servers = new Map<Kind, Server>();
  const worker = new Worker(new URL('./scrape-client.js', import.meta.url));
  try {
    servers.set('agent', await startNode('agent'));
    const text = await textOf(servers.get('agent')?.url ?? '');
    const file = join(folder, 'metrics.prom');
    writeFileSync(file, text);
    servers.set('constant', await startNode('constant', file));
    servers.set('usual', await startNode('usual'));
    const nodeExporter = await startNodeExporter(folder);
    if (nodeExporter !== undefined) servers.set('nodeExporter', nodeExporter);

    const round = async (server: Server, order: Omit<Order, 'url'>): Promise<Result> => {
      const before = cpuSeconds(server.process);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
      worker.postMessage({ ...order, url: server.url } satisfies Order);
      const [{ latencies, refused, shortest, seconds }] = (await once(worker, 'message')) as [Scraped];
      const cpu = cpuSeconds(server.process) - before;
      // prom-client's text lacks the metrics of the process; compressed text has a twentieth of the size.
      const least = text.length * (order.gzip ? 0.02 : 0.9);
      if (latencies.length > 0 && shortest < least) throw new Error(`${server.url}: only ${shortest} bytes`);
      return {
        rate: latencies.length / seconds,
        p99: latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
        perCpuSecond: latencies.length / cpu,
        refused,
      };
    };

    const ratios: Record<string, Ratio> = {};
    const rows = [['clients', '', 'server', 'scrapes/s', 'p99 ms', 'scrapes per CPU second', 'refused']];
    for (const clients of CLIENTS) {
      for (const encoding of ENCODINGS) {
        const order = { clients, gzip: encoding === 'gzip' };
        const results = new Map<Kind, Result>();
        const fast: Record<'agent' | 'constant', Result[]> = { agent: [], constant: [] };
        for (const server of servers.values()) await round(server, { ...order, clients: 1, ms: 300 });
        for (let turn = 0; turn < ROUNDS; turn++)
          for (const kind of turn % 2 === 0 ? (['agent', 'constant'] as const) : (['constant', 'agent'] as const)) {
            const server = servers.get(kind);
            if (server !== undefined) fast[kind].push(await round(server, { ...order, ms: ROUND_MS }));
          }
        for (const kind of ['agent', 'constant'] as const) {
          const of = (value: (result: Result) => number): number => median(fast[kind].map(value));
          results.set(kind, {
            rate: of(({ rate }) => rate),
            p99: of(({ p99 }) => p99),
            perCpuSecond: of(({ perCpuSecond }) => perCpuSecond),
            refused: 0,
          });
        }
        for (const kind of ['usual', 'nodeExporter'] as const) {
          const server = servers.get(kind);
          if (server !== undefined) results.set(kind, await round(server, { ...order, ms: SLOW_ROUND_MS }));
        }
        const load = `${clients} client${clients === 1 ? '' : 's'}, ${encoding}`;
        const [own, usual, exporter] = [results.get('agent'), results.get('usual'), results.get('nodeExporter')];
        if (own === undefined || usual === undefined) continue;
        ratios[`${load}: rate against a constant buffer`] = {
          value: median(fast.agent.map(({ rate }, turn) => rate / (fast.constant[turn]?.rate ?? Number.NaN))),
          atLeast: 0.95,
        };
        ratios[`${load}: rate against prom-client`] = { value: own.rate / usual.rate, atLeast: 50 };
        if (exporter !== undefined)
          ratios[`${load}: scrapes per CPU second against node_exporter`] = {
            value: own.perCpuSecond / exporter.perCpuSecond,
            atLeast: 1,
          };
        for (const [kind, { rate, p99, perCpuSecond, refused }] of results)
          rows.push([
            String(clients),
            encoding,
            NAMES[kind],
            rate.toFixed(1),
            p99.toFixed(1),
            perCpuSecond.toFixed(1),
            String(refused),
          ]);
      }
    }
    return {
      name: `scrape of ${(text.length / 1e6).toFixed(1)} MB`,
      ratios,
      numbers: {},
      table: rows,
      ...(nodeExporter === undefined
        ? { missing: `${NODE_EXPORTER} is not installed and was not compared: apt-get install -y ${NODE_EXPORTER}` }
        : {}),
    };
  } finally {
    await worker.terminate();
    for (const { process: child } of servers.values()) child.kill();
    rmSync(folder, { recursive: true });
  }
}
