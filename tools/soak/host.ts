import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as realSleep } from 'node:timers/promises';
import zlib, { gunzipSync } from 'node:zlib';
import type { Part } from '../../src/document/document.ts';
import type { Control } from './documents.ts';
import { settle as settled } from '../../test/support/settle.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Real milliseconds that a shell has to take up a request which it will not answer; and that an answer which is due may take */
const HANG_MS = 100;
const STALL_MS = 120_000;
/** Virtual milliseconds after which a slow shell answers */
const SLOW_MS = 5000;
const VERSION = '0.1.0';
/** One event of a former run a line; more bytes than a state file may grow to while the disk is "full" */
const FORMER_EVENTS = 60;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The agent in this process, in virtual time, on shells that fail on demand. */
export interface SoakHost {
  readonly time: VirtualTime;
  readonly port: number;
  readonly folder: string;
  /** Alerts that the receiver has got, by name and state, oldest first */
  readonly received: readonly string[];
  /** Lets so much virtual time pass, milliseconds. */
  pass(ms: number): Promise<void>;
  scrape(): Promise<string>;
  /** @param path of a page or of the API */
  ask(path: string): Promise<Answer>;
  /** Changes what the shells are told. */
  tell(change: Partial<Omit<Control, 'now'>>): void;
  reload(): Promise<void>;
  /** Whether the configuration on disk has faults */
  broken(is: boolean): void;
  /** Kills all PowerShell processes. */
  kill(): void;
  children(): number;
  /** How many polls of a part have begun, and how many of them have ended */
  polls(part: Part): { readonly begun: number; readonly ended: number };
  /** How many polls of all parts have ended */
  pollsEnded(): number;
  /** Whether files of this process may grow: false is a full disk */
  diskFull(is: boolean): void;
  /** Seconds that the slowest scrape took, in real time */
  slowestScrape(): number;
  close(): Promise<void>;
}

/**
 * Whether zlib compresses something in a thread of its own, which Node does not list as work under way. Counts for modules
 * that are loaded later.
 */
function watchCompressions(): () => boolean {
  let running = 0;
  const { gzip } = zlib;
  const counted: (...args: Parameters<typeof gzip>) => void = (buffer, options, callback) => {
    running += 1;
    gzip(buffer, options, (error, result) => {
      running -= 1;
      callback(error, result);
    });
  };
  Object.assign(zlib, { gzip: counted });
  syncBuiltinESMExports();
  return () => running > 0;
}

const childrenOf = (pid: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => {
      try {
        return Number(readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === pid;
      } catch {
        return false;
      }
    });

/**
 * @param folder empty and for this run only
 * @param leak bytes of the heap that each poll leaves behind
 */
export async function openSoakHost(time: VirtualTime, folder: string, leak: number): Promise<SoakHost> {
  const isCompressing = watchCompressions();
  // Loaded here: what is loaded before VirtualTime.install would have the real timers.
  const [
    { createAgent },
    { systemClock },
    { createPowerShellReader },
    { loadConfig },
    { createLogger },
    receiving,
    { byPart },
    assets,
  ] = await Promise.all([
    import('../../src/agent.ts'),
    import('../../src/clock.ts'),
    import('../../src/collect/powershell/reader.ts'),
    import('../../src/config/load.ts'),
    import('../../src/log.ts'),
    import('../../test/support/servers/receiver.ts'),
    import('../../src/document/document.ts'),
    import('../place-assets.ts'),
  ]);
  const { OperationalError, UserError } = await import('../../src/errors.ts');
  assets.placeAssets();
  const control = join(folder, 'control.json');
  const state = join(folder, 'state');
  mkdirSync(state);
  const receiver = await receiving.startReceiver();
  const received: string[] = [];
  receiver.answer = ({ json }) => {
    for (const { labels, endsAt } of json as { labels: Record<string, string>; endsAt: string }[])
      received.push(`${labels['alertname']} ${Date.parse(endsAt) > time.now ? 'firing' : 'resolved'}`);
    return { status: 200 };
  };

  let told: Omit<Control, 'now'> = { scenario: 'healthy', startedAt: time.now, faults: {} };
  const write = (): void => {
    writeFileSync(`${control}.new`, JSON.stringify({ now: Math.floor(time.now), ...told }));
    renameSync(`${control}.new`, control);
  };
  write();
  writeFileSync(join(state, 'journal.jsonl'), formerEvents(time.now));

  const { config } = loadConfig({ flags: new Map([['storage.path', state]]), environment: {} });
  const settings = {
    ...config,
    alerting: {
      ...config.alerting,
      enabled: true,
      external_labels: { instance: 'hv01' },
      alertmanagers: [{ url: receiver.url }],
    },
  };
  const log = createLogger({ level: 'error', format: 'json', destination: { write() {} } });
  const shells = createPowerShellReader({
    executable: join(process.cwd(), 'test', 'support', 'fake-shell.mjs'),
    env: {
      PATH: process.env['PATH'],
      FAKE_CONTROL: control,
      FAKE_DOCUMENTS: join(import.meta.dirname, 'documents.js'),
    },
    expectedModuleVersion: VERSION,
    clock: systemClock,
    log,
  });
  /** What shells are asked now: virtual time at which an answer is due, infinite from a shell that hangs, and real time of the request */
  const asked = new Set<{ readonly due: number; readonly since: number }>();
  const polls = byPart(() => ({ begun: 0, ended: 0 }));
  const leaked: string[] = [];
  const waitedFor = async <T>(due: number, work: Promise<T>): Promise<T> => {
    const call = { due, since: time.real() };
    asked.add(call);
    try {
      return await work;
    } finally {
      asked.delete(call);
    }
  };
  /** When the answer of a part that is asked now is due; a slow shell is told */
  const dueOf = (part: Part): number => {
    const fault = told.faults[part];
    if (fault === 'hang') return Number.POSITIVE_INFINITY;
    if (fault !== 'slow') return time.elapsed;
    told = { ...told, slowUntil: Math.floor(time.now) + SLOW_MS };
    write();
    return time.elapsed + SLOW_MS;
  };
  let isBroken = false;
  const agent = await createAgent(settings, {
    reader: {
      kind: 'powershell',
      clock: systemClock,
      read(part: Part, signal) {
        // Flat, of one byte a character, and of its own
        if (leak > 0) leaked.push(Buffer.alloc(leak, leaked.length % 128).toString('latin1'));
        return waitedFor(dueOf(part), shells.read(part, signal));
      },
      start(part: Part, signal) {
        polls[part].begun += 1;
        return waitedFor(time.elapsed, shells.start?.(part, signal) ?? Promise.resolve());
      },
      stats: () => shells.stats(),
      close: () => shells.close(),
    },
    log,
    version: VERSION,
    onPoll: (part) => void (polls[part].ended += 1),
    loadConfig() {
      if (isBroken) throw new UserError('config.yaml:1: broken by the soak test');
      return settings;
    },
  });
  await agent.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = agent.server.server.address() as AddressInfo;
  agent.start();

  const isDue = ({ due, since }: { readonly due: number; readonly since: number }): boolean => {
    const waited = time.real() - since;
    if (due === Number.POSITIVE_INFINITY) return waited < HANG_MS;
    if (waited > STALL_MS) throw new OperationalError('shell_stalled', `no answer of a shell in ${STALL_MS / 1000} s`);
    return due <= time.elapsed;
  };
  /** Until every answer that is due has come and has been rendered, however slow the machine is. */
  const settle = async (): Promise<void> => {
    await settled(isCompressing);
    while ([...asked].some(isDue)) {
      await realSleep(1);
      await settled(isCompressing);
    }
  };
  const pass = async (ms: number): Promise<void> => {
    const end = time.elapsed + ms;
    let isOver = false;
    while (!isOver) {
      write();
      await settle();
      const later = [...asked].map(({ due }) => due).filter((due) => due > time.elapsed);
      isOver = !time.runNext(Math.min(end, ...later)) && time.elapsed === end;
    }
    write();
    await settle();
  };

  const connections = new Agent({ keepAlive: true, maxSockets: 2 });
  let gzip = false;
  let slowest = 0;
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port, path, agent: connections, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          const packed = response.headers['content-encoding'] === 'gzip';
          resolve({ status: response.statusCode ?? 0, body: (packed ? gunzipSync(bytes) : bytes).toString('utf8') });
        });
      });
      request.on('error', reject);
    });

  return {
    time,
    port,
    folder: state,
    received,
    pass,
    ask,
    async scrape() {
      gzip = !gzip;
      const before = time.real();
      const { status, body } = await ask('/metrics', gzip ? { 'accept-encoding': 'gzip' } : {});
      slowest = Math.max(slowest, (time.real() - before) / 1000);
      if (status !== 200) throw new OperationalError('scrape_failed', `a scrape was answered with ${status}`);
      return body;
    },
    tell(change) {
      told = { ...told, ...change };
      write();
    },
    reload: () => agent.reload(),
    broken: (is) => void (isBroken = is),
    kill() {
      for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL');
    },
    polls: (part) => polls[part],
    pollsEnded: () => Object.values(polls).reduce((sum, { ended }) => sum + ended, 0),
    children: () => childrenOf(process.pid).length,
    diskFull(is) {
      // Files of this process end where the journal ends, but for a few bytes: part of a line fits.
      const limit = is ? statSync(join(state, 'journal.jsonl')).size + 50 : 'unlimited';
      execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${limit}:unlimited`]);
    },
    slowestScrape: () => slowest,
    async close() {
      connections.destroy();
      const closing = { ended: false };
      void agent.close().then(() => void (closing.ended = true));
      while (!closing.ended) {
        await realSleep(10);
        time.runNext(time.elapsed + 1000);
      }
      await receiver.close();
    },
  };
}

const formerEvents = (now: number): string =>
  Array.from({ length: FORMER_EVENTS }, (_, index) => {
    const at = now - (FORMER_EVENTS - index) * 1000;
    const event = { schema: 1, at, kind: 'vm_state', subject: `former-${index}`, names: { vm: `former-${index}` } };
    return `${JSON.stringify({ ...event, before: 'running', after: 'off', text: `former-${index} was stopped` })}\n`;
  }).join('');
