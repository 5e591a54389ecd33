import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { prepareSshd } from '../../test/support/servers/sshd.ts';
import { findTool } from '../../test/support/tools.ts';
import { answersOf } from '../../src/cluster/answers.ts';
import { sshArguments } from '../../src/collect/ssh/arguments.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createFleet } from '../../src/fleet/fleet.ts';
import type { Target } from '../../src/fleet/target.ts';
import { createLogger } from '../../src/log.ts';
import { createSaves } from '../../src/state/saves.ts';
import type { View } from '../../src/metrics/define.ts';
import { NODE_FLAGS } from '../../src/node-flags.ts';
import { createPipeline } from '../../src/pipeline.ts';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import type { Figure } from './figure.ts';
import type { FleetReport } from './fleet-child.ts';
import { namesOf, recordHosts } from './fleet-frames.ts';
import { measure, median } from './measure.ts';
import { copyPageAssets } from './page-assets.ts';

/*
 * One collector of many hosts against an agent on each, and what only a collector does. The hosts are simulated, and
 * answer with frames as their PowerShell sends them; everything from the frame to the scrape is the program's own. The
 * processes of PowerShell and of the OpenSSH client are not in it: those of the client are measured for themselves.
 * FLEET_HOSTS=16 takes fewer hosts and shorter times.
 */
const HOSTS = Number(process.env['FLEET_HOSTS'] ?? 64);
const LARGER = 4;
/** The largest fleet, of which one of so many shards is measured */
const ALL = 1000;
const SHARDS = 4;
const IN_FULL = HOSTS >= 64;
const WINDOW_MS = IN_FULL ? 120_000 : 60_000;
const SETTLE_MS = IN_FULL ? 45_000 : 15_000;
const SCRAPE_MS = 30_000;
const STARTS = 8;
const CLUSTER = 16;
const RELOADED = 1000;
const CLIENTS = 64;

const CPU_MS = 110;
const TARGET_BYTES = 3e6;
const CLIENTS_BYTES = 3e6;
const BLOCK_MS = 50;
const CLUSTER_MS = 20;
const RELOAD_MS = 1000;

interface Measured extends FleetReport {
  readonly baseBytes: number;
  /** Proportional share: what processes share is divided among them */
  readonly shareBytes: number;
}
interface Scraped {
  readonly series: number;
  readonly bytes: number;
  readonly vms: number;
}

const child = fileURLToPath(new URL('./fleet-child.js', import.meta.url));

/** A process under measurement, once it listens. */
async function startChild(role: 'collector' | 'agent', number: number, file: string, shards = 1) {
  const started = fork(child, [role, String(number), file, String(shards)], { execArgv: [...NODE_FLAGS] });
  const [{ port, base }] = (await once(started, 'message')) as [{ port: number; base: number }];
  return {
    url: `http://127.0.0.1:${port}`,
    order: (what: 'start' | 'mark') => started.send(what),
    async read(): Promise<Measured> {
      const shareBytes = shareOf(started.pid ?? 0);
      started.send('read');
      const [report] = (await once(started, 'message')) as [FleetReport];
      return { ...report, shareBytes, baseBytes: base };
    },
    async stop() {
      started.send('stop');
      await once(started, 'exit');
    },
  };
}

const shareOf = (pid: number): number =>
  1024 * Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);

/** As Prometheus keeps its connections */
const scraper = new Agent({ keepAlive: true, maxSockets: 16 });

/** A scrape as Prometheus makes it, compressed. */
const scrape = (url: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    get(url, { agent: scraper, headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
    }).on('error', reject);
  });

/** Starts all, waits until each host was read, and measures while each host is scraped every 30 s. */
async function measureAll(
  children: readonly Awaited<ReturnType<typeof startChild>>[],
  addresses: readonly string[],
  isReady: () => Promise<boolean>,
): Promise<{ readonly reports: readonly Measured[]; readonly scraped: Scraped }> {
  for (const each of children) each.order('start');
  while (!(await isReady().catch(() => false))) await sleep(500);
  let next = 0;
  const failures: unknown[] = [];
  const timer = setInterval(() => {
    scrape(addresses[next++ % addresses.length] ?? '').catch((error: unknown) => failures.push(error));
  }, SCRAPE_MS / addresses.length);
  await sleep(SETTLE_MS);
  for (const each of children) each.order('mark');
  await sleep(WINDOW_MS);
  const reports = await Promise.all(children.map((each) => each.read()));
  clearInterval(timer);
  const text = gunzipSync(await scrape(addresses[0] ?? '')).toString();
  await Promise.all(children.map((each) => each.stop()));
  if (failures.length > 0) throw new Error(`${failures.length} scrapes failed: ${String(failures[0])}`);
  const count = (what: RegExp): number => text.match(what)?.length ?? 0;
  return {
    reports,
    scraped: { series: count(/^[a-z]/gm), bytes: text.length, vms: count(/^hyperv_vm_running\{.* 1$/gm) },
  };
}

async function measureCollector(all: number, file: string, shards = 1) {
  const collector = await startChild('collector', all, file, shards);
  const names = namesOf(all, shards);
  const count = names.length;
  const { reports, scraped } = await measureAll(
    [collector],
    names.map((name) => `${collector.url}/probe?target=${name}`),
    async () =>
      (await (await fetch(`${collector.url}/metrics`)).text()).includes(`hyperv_exporter_targets{state="up"} ${count}`),
  );
  const [report] = reports;
  if (report === undefined) throw new Error('nothing was measured');
  return { ...report, count, scraped };
}

async function measureAgents(count: number, file: string) {
  const agents: Awaited<ReturnType<typeof startChild>>[] = [];
  for (let first = 0; first < count; first += STARTS)
    agents.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(STARTS, count - first) }, (_, index) => startChild('agent', first + index, file)),
      )),
    );
  const { reports } = await measureAll(
    agents,
    agents.map(({ url }) => `${url}/metrics`),
    async () => {
      const answers = await Promise.all(agents.map(({ url }) => fetch(`${url}/-/ready`)));
      return answers.every(({ ok }) => ok);
    },
  );
  const sum = (value: (report: Measured) => number): number => reports.reduce((all, each) => all + value(each), 0);
  return {
    cpuMs: sum(({ cpuMs, seconds }) => (cpuMs * 60) / seconds),
    residentBytes: sum(({ residentBytes }) => residentBytes),
    shareBytes: sum(({ shareBytes }) => shareBytes),
  };
}

/** Failover, placement and drift of one cluster whose hosts were read. */
async function measureCluster(): Promise<number> {
  const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
  const startedAt = Date.now();
  const members: { readonly name: string; readonly view: View }[] = [];
  for (let number = 1; number <= CLUSTER; number += 1) {
    const scenario = number === 2 ? 'switch-not-iov' : number === 3 ? 'vf-pool-exhausted' : 'healthy';
    const clock = { now: () => startedAt + 60_000, monotonic: () => 60_000 };
    const reader = createDemoReader({ seed: number, scenario, member: number, profile: 'x520', clock, startedAt });
    const log = createLogger({ level: 'error', format: 'json' });
    const { poller, render, view } = createPipeline(config, { reader, log });
    await poller.pollAll();
    await render();
    const read: View | undefined = view();
    if (read === undefined) throw new Error(`host ${number} was not read`);
    members.push({ name: `hv${number}`, view: read });
  }
  const { cpuMs } = await measure(() => Promise.resolve(answersOf('c', members)));
  return cpuMs;
}

/** Takes over a list of 1,000 targets with one more; what is open stays open. */
async function measureReload(): Promise<{ readonly ms: number; readonly blockMs: number }> {
  const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  let opened = 0;
  const fleet = createFleet({
    log: createLogger({ level: 'error', format: 'json' }),
    saves: createSaves({ warn() {}, info() {} }),
    thresholds: defaultThresholds,
    open: () => {
      opened += 1;
      return Promise.resolve({
        kind: 'ssh',
        clock,
        read: () => new Promise<never>(() => {}),
        close: () => Promise.resolve(),
      });
    },
  });
  const targets = (count: number): readonly Target[] =>
    Array.from({ length: count }, (_, number) => ({
      name: `hv${number}`,
      labels: { cluster: `c${number >> 4}`, site: 'berlin' },
      from: { kind: 'demo', number },
    }));
  await fleet.apply(config, targets(RELOADED));
  const { ms, blockMs } = await measure((run) => fleet.apply(config, targets(RELOADED + run + 1)), { runs: 5 });
  if (opened !== fleet.hosts.size) throw new Error(`${opened} hosts were opened for ${fleet.hosts.size}`);
  await fleet.close();
  return { ms, blockMs };
}

/** Resident memory of one OpenSSH client with a session, its proportional share; undefined without a server. */
async function measureClients(): Promise<number | undefined> {
  const ssh = findTool('ssh');
  if (ssh === undefined || findTool('sshd') === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'fleet-bench-'));
  const server = await prepareSshd(folder);
  server.authorize('echo ready; exec sleep 300');
  await server.start(['MaxStartups 100']);
  const clients = [];
  try {
    for (let number = 0; number < CLIENTS; number += 1) {
      const client = spawn(ssh, [...sshArguments(server.target, process.platform)], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      clients.push(client);
      await once(client.stdout, 'data');
    }
    return median(clients.map(({ pid }) => shareOf(pid ?? 0)));
  } finally {
    for (const client of clients) client.kill();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const MARKS = ['<!-- sizing: npm run bench -- fleet -->', '<!-- end of sizing -->'] as const;

/** Replaces the table in docs/fleet.md. */
function writeTable(lines: readonly string[]): void {
  const text = readFileSync('docs/fleet.md', 'utf8');
  const [from, to] = MARKS.map((mark) => text.indexOf(mark));
  if (from === undefined || to === undefined || from < 0 || to < from)
    throw new Error(`docs/fleet.md has no place for the table: ${MARKS.join(' … ')}`);
  writeFileSync(
    'docs/fleet.md',
    `${text.slice(0, from + MARKS[0].length)}\n\n${lines.join('\n')}\n\n${text.slice(to)}`,
  );
}

export async function bench(): Promise<Figure> {
  copyPageAssets();
  const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
  const folder = mkdtempSync(join(tmpdir(), 'fleet-bench-'));
  const file = join(folder, 'hosts.json');
  try {
    writeFileSync(file, JSON.stringify(await recordHosts(config)));
    const client = await measureClients();
    const cluster = await measureCluster();
    const reload = await measureReload();
    const small = await measureCollector(HOSTS, file);
    const large = await measureCollector(HOSTS * LARGER, file);
    const shard = IN_FULL ? await measureCollector(ALL, file, SHARDS) : undefined;
    const agents = await measureAgents(HOSTS, file);

    const perMinute = ({ cpuMs, seconds }: FleetReport): number => (cpuMs * 60) / seconds;
    const perTarget = ({ residentBytes, baseBytes }: Measured, count: number): number =>
      (residentBytes - baseBytes) / count;
    const mb = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
    const percent = (cpuMs: number): string => `${(cpuMs / 600).toFixed(1)} %`;
    const rows = [
      { what: 'one collector', run: small },
      { what: 'one collector', run: large },
      ...(shard === undefined
        ? []
        : [{ what: `one of ${SHARDS} shards of ${ALL.toLocaleString('en')} hosts`, run: shard }]),
    ].map(({ what, run }) => {
      const { count } = run;
      const clients = client === undefined ? '' : mb(client * 2 * count);
      return `| ${count} | ${what} | ${percent(perMinute(run))} | ${mb(run.residentBytes)} MB | ${mb(perTarget(run, count))} MB | ${clients} MB | ${run.blockMs.toFixed(0)} ms |`;
    });
    const table = [
      `| hosts | read by | CPU of one core | resident memory | of that, per host | SSH clients in addition | longest block of the event loop |`,
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...rows,
      `| ${HOSTS} | an agent on each | ${percent(agents.cpuMs)} | ${mb(agents.residentBytes)} MB | ${mb(agents.residentBytes / HOSTS)} MB | none | |`,
      '',
      `Hosts of ${small.scraped.vms} running VMs: ${small.scraped.series} series, ${(small.scraped.bytes / 1e3).toFixed(0)} kB of text each; default intervals, scraped every 30 s. CPU and memory of agents are those of all ${HOSTS} together.`,
    ];
    if (IN_FULL) writeTable(table);
    else console.log(table.join('\n'));

    return {
      name: `a fleet of ${HOSTS} hosts of ${small.scraped.vms} running VMs`,
      ratios: {
        'CPU of a collector a host and minute against 110 ms': { value: perMinute(small) / HOSTS / CPU_MS, atMost: 1 },
        [`CPU a host and minute at ${HOSTS * LARGER} hosts against ${HOSTS}`]: {
          value: perMinute(large) / LARGER / perMinute(small),
          atMost: 1.2,
        },
        [`memory a target at ${HOSTS * LARGER} against 3 MB`]: {
          value: perTarget(large, HOSTS * LARGER) / TARGET_BYTES,
          atMost: 1,
        },
        ...(client === undefined
          ? {}
          : { 'two SSH clients against 3 MB': { value: (2 * client) / CLIENTS_BYTES, atMost: 1 } }),
        [`longest block of the event loop at ${HOSTS * LARGER} against 50 ms`]: {
          value: large.blockMs / BLOCK_MS,
          atMost: 1,
        },
        'answers of a cluster of 16 against 20 ms': { value: cluster / CLUSTER_MS, atMost: 1 },
        'reload of 1,000 targets with one added against 1 s': { value: reload.ms / RELOAD_MS, atMost: 1 },
        'longest block of that reload against 50 ms': { value: reload.blockMs / BLOCK_MS, atMost: 1 },
        'CPU of one collector against an agent on each': { value: perMinute(small) / agents.cpuMs },
        'memory of one collector against an agent on each': { value: small.residentBytes / agents.residentBytes },
      },
      numbers: {
        'CPU a host and minute, ms': perMinute(small) / HOSTS,
        [`CPU a host and minute at ${HOSTS * LARGER}, ms`]: perMinute(large) / (HOSTS * LARGER),
        'resident, MB': small.residentBytes / 1e6,
        [`resident at ${HOSTS * LARGER}, MB`]: large.residentBytes / 1e6,
        'resident before the first poll, MB': small.baseBytes / 1e6,
        'an SSH client, MB': (client ?? Number.NaN) / 1e6,
        'answers of a cluster of 16, ms': cluster,
        'reload of 1,000 targets, ms': reload.ms,
        'all agents: CPU a host and minute, ms': agents.cpuMs / HOSTS,
        'all agents: resident, MB': agents.residentBytes / 1e6,
        'all agents: proportional share, MB': agents.shareBytes / 1e6,
        'series of a host': small.scraped.series,
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
