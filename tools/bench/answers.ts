import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../../src/node-flags.ts';
import type { Order, Served, Used } from './answers-child.ts';
import type { Figure, Ratio } from './figure.ts';
import { median } from './measure.ts';

const BLOCK_BUDGET_MS = 10;
const CPU_BUDGET_MS = 10;
/** `ANSWERS_RUNS=2` for a quick look */
const RUNS = Number(process.env['ANSWERS_RUNS'] ?? 10);
/** Requests of one run, one after the other */
const REQUESTS = 20;
const HOSTS = 256;
/** A collector keeps what it has answered for so long. */
const FLEET_KEPT_MS = 5_100;

/** What is asked, given a number and an id (of a VM or a target): another number is another question. */
type Question = (n: number, id: string) => string;

/** Questions about a host with 1,024 VMs: each one another, so that none is answered from what is kept. */
const OF_HOST: Readonly<Record<string, Question>> = {
  'status page, filtered': (n) => `/?filter=vm-${n}`,
  'status page, sorted and grouped': (n) => `/?filter=v&group=nic&sort=-traffic&show=all&page=${n + 1}`,
  'page of a VM': (_, id) => `/vm?id=${id}`,
  'vNICs, all of them': (n) => `/api/v1/vnics?limit=${5000 + n}`,
  'explain, all VMs with their chains': (n) =>
    `/api/v1/explain?vm=${'*'.repeat(1 + (n % 20))}?${'*'.repeat(1 + Math.floor(n / 20))}`,
  events: (n) => `/api/v1/events?since=${n}`,
};
/** Questions that have one answer for each view */
const OF_VIEW: Readonly<Record<string, Question>> = {
  'status page': () => '/',
  explain: () => '/api/v1/explain',
  findings: () => '/api/v1/findings',
  capacity: () => '/api/v1/capacity',
  host: () => '/api/v1/host',
  alerts: () => '/api/v1/alerts',
  'document of the inventory': () => '/api/v1/document?part=inventory',
};
const OF_FLEET: Readonly<Record<string, Question>> = {
  'overview, filtered': (n) => `/?filter=h&page=${n + 1}`,
  'page of a host': (n, id) => `/host?target=${id}&filter=${n}`,
  'vNICs of a host': (n, id) => `/api/v1/vnics?target=${id}&limit=${5000 + n}`,
};
/** Questions that have one answer in five seconds */
const OF_FLEET_KEPT: Readonly<Record<string, Question>> = {
  overview: () => '/',
  'fleet, of all hosts and clusters': () => '/api/v1/fleet',
  'target groups': () => '/api/v1/targets',
  "the collector's own metrics": () => '/metrics',
};

const agent = new Agent({ keepAlive: true });

const fetchBytes = (url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      let bytes = 0;
      if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode}`));
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => resolve(bytes));
    }).on('error', reject);
  });

/** A server in a process of its own, and what it uses while it answers. */
async function startServer(...args: readonly string[]) {
  const child = fork(fileURLToPath(new URL('./answers-child.js', import.meta.url)), args, {
    execArgv: [...NODE_FLAGS],
  });
  const [{ origin, ids }] = (await once(child, 'message')) as [Served];
  const order = async (what: Order): Promise<Used> => {
    child.send(what);
    const [answer] = (await once(child, 'message')) as [Used];
    return answer;
  };
  let asked = 0;
  return {
    origin,
    order,
    /** Asks a question so many times in a row. @param fixed the same each time. @returns bytes of an answer */
    async ask(question: Question, times: number, fixed = false): Promise<number> {
      let bytes = 0;
      for (let n = 0; n < times; n++) {
        const number = fixed ? 0 : asked++ % 400;
        bytes = await fetchBytes(`${origin}${question(number, ids[number % ids.length] ?? '')}`);
      }
      return bytes;
    },
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}
type Server = Awaited<ReturnType<typeof startServer>>;

/** Waits until a collector has tried all its hosts. @returns a VM for which it knows where it would get its VFs */
async function whenRead(origin: string): Promise<string> {
  for (;;) {
    const answer = await fetch(`${origin}/api/v1/vnics?target=hv02&path=vf&limit=1`);
    const { vnics = [] } = (await answer.json()) as { readonly vnics?: readonly { readonly vmId?: string }[] };
    const { targets } = (await (await fetch(`${origin}/api/v1/fleet`)).json()) as {
      readonly targets: readonly { readonly state: string }[];
    };
    const vm = vnics[0]?.vmId;
    if (vm !== undefined && targets.every(({ state }) => state !== 'connecting')) {
      const places = await fetch(`${origin}/api/v1/placement?vm=${vm}`);
      if (places.ok) return vm;
    }
    await sleep(FLEET_KEPT_MS);
  }
}

interface Cost {
  readonly cpuMs: number;
  readonly blockMs: number;
  readonly blockCpuMs: number;
  readonly bytes: number;
}

/** The processor time of an answer and the longest block, in turns: looking for blocks costs a processor. */
async function measureAsked({ order }: Server, times: number, ask: () => Promise<number>): Promise<Cost> {
  const cpu: number[] = [];
  let [blockMs, blockCpuMs, bytes] = [0, 0, 0];
  for (let run = 0; run < RUNS; run++) {
    await order('count');
    bytes = await ask();
    cpu.push((await order('read')).cpuMs / times);
    await order('watch');
    await ask();
    const used = await order('read');
    blockMs = Math.max(blockMs, used.blockMs);
    blockCpuMs = Math.max(blockCpuMs, used.blockCpuMs);
  }
  return { cpuMs: median(cpu), blockMs, blockCpuMs, bytes };
}

/** The first answers about something new: each question once after each `renew`. */
async function measureFirst(
  server: Server,
  questions: Readonly<Record<string, Question>>,
  renew: () => Promise<unknown>,
): Promise<ReadonlyMap<string, Cost>> {
  const costs = new Map<string, { cpu: number[]; blockMs: number; blockCpuMs: number; bytes: number }>();
  for (let run = 0; run < 2 * RUNS + 2; run++) {
    await renew();
    for (const [what, question] of Object.entries(questions)) {
      const isWatched = run % 2 === 1;
      await server.order(isWatched ? 'watch' : 'count');
      const bytes = await server.ask(question, 1);
      const used = await server.order('read');
      // The first two warm up.
      if (run < 2) continue;
      const cost = costs.get(what) ?? { cpu: [], blockMs: 0, blockCpuMs: 0, bytes };
      costs.set(what, cost);
      if (isWatched) {
        cost.blockMs = Math.max(cost.blockMs, used.blockMs);
        cost.blockCpuMs = Math.max(cost.blockCpuMs, used.blockCpuMs);
      } else cost.cpu.push(used.cpuMs);
    }
  }
  return new Map([...costs].map(([what, { cpu, ...cost }]) => [what, { cpuMs: median(cpu), ...cost }]));
}

/**
 * What answers about a host with 1,024 VMs, and of a collector of 256 hosts, cost the one thread: those that each client asks
 * differently, the first about a new view, and those that are kept. The client is in another process.
 */
export async function bench(): Promise<Figure> {
  const ratios: Record<string, Ratio> = {};
  const rows = [['CPU ms', 'longest block ms', 'of it CPU ms', 'kB', 'request']];
  const row = (what: string, { cpuMs, blockMs, blockCpuMs, bytes }: Cost): void => {
    rows.push([cpuMs.toFixed(2), blockMs.toFixed(1), blockCpuMs.toFixed(1), (bytes / 1000).toFixed(0), what]);
  };
  /** An answer that is made once for all who ask costs its CPU once: only its longest block is judged. */
  const judged = (what: string, cost: Cost, isMadeOnce: boolean): void => {
    if (!isMadeOnce)
      ratios[`${what}: CPU against ${CPU_BUDGET_MS} ms`] = { value: cost.cpuMs / CPU_BUDGET_MS, atMost: 1 };
    ratios[`${what}: longest block against ${BLOCK_BUDGET_MS} ms`] = {
      value: cost.blockMs / BLOCK_BUDGET_MS,
      atMost: 1,
    };
    row(what, cost);
  };
  const different = async (server: Server, questions: Readonly<Record<string, Question>>): Promise<void> => {
    for (const [what, question] of Object.entries(questions)) {
      const ask = (): Promise<number> => server.ask(question, REQUESTS);
      for (let warmUp = 0; warmUp < 3; warmUp++) await ask();
      judged(`${what}, another one each time`, await measureAsked(server, REQUESTS, ask), false);
      row(`${what}, kept`, await measureAsked(server, REQUESTS, () => server.ask(question, REQUESTS, true)));
    }
  };
  const host = await startServer('host');
  try {
    await different(host, OF_HOST);
    const first = await measureFirst(host, { ...OF_VIEW, ...OF_HOST }, () => host.order('view'));
    for (const [what, cost] of first) judged(`${what}, first of a view`, cost, true);
  } finally {
    await host.stop();
  }
  const fleet = await startServer('fleet', String(HOSTS));
  try {
    const vm = await whenRead(fleet.origin);
    await different(fleet, OF_FLEET);
    const kept = { ...OF_FLEET_KEPT, 'placement of a VM': () => `/api/v1/placement?vm=${vm}` };
    for (const [what, cost] of await measureFirst(fleet, kept, () => sleep(FLEET_KEPT_MS)))
      judged(`collector of ${HOSTS} hosts: ${what}, not kept`, cost, true);
  } finally {
    await fleet.stop();
  }
  return { name: 'answers', ratios, numbers: {}, table: rows };
}
