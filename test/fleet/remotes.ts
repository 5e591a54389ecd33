import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { gzipSync } from 'node:zlib';
import { vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Gate } from '../../src/collect/host-reader.ts';
import { PROTOCOL } from '../../src/collect/powershell/frame.ts';
import { createModuleReader, SERVED_PLANS } from '../../src/collect/powershell/module-reader.ts';
import type { Connection, Transport } from '../../src/collect/powershell/transport.ts';
import { linkOf } from '../../src/collect/ssh/reader.ts';
import { loadConfig } from '../../src/config/load.ts';
import { byPart, type Part } from '../../src/document/document.ts';
import { OperationalError } from '../../src/errors.ts';
import { createFleet, type Fleet, type TargetReader } from '../../src/fleet/fleet.ts';
import { createGate } from '../../src/fleet/gate.ts';
import type { Target } from '../../src/fleet/target.ts';
import { createLogger } from '../../src/log.ts';
import { documentOf, SECOND, vm } from '../poll/fakes.ts';
import { noSaves } from '../support/no-saves.ts';
import { pass } from '../support/simulated-time.ts';

const VERSION = '0.1.0';
const NOON = Date.UTC(2026, 4, 4, 12);
const frame = (id: number, base64: string): string => `@HVSRIOV${PROTOCOL} ${id} ok ${base64.length} ${base64}@END`;
const packed = (payload: unknown): string => gzipSync(JSON.stringify(payload)).toString('base64');
/** Of a host with one VM: a simulated hour of 64 hosts has 24,000 polls. */
const DOCUMENTS = byPart((part) =>
  packed(part === 'inventory' ? documentOf(part, { vm: { rows: [vm('1')] } }, NOON) : documentOf(part, {}, NOON)),
);
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What a host does when it is connected to and when it is asked. What is printed resolves, an error ends the connection. */
export interface Remote {
  greet(): Promise<string>;
  ask(id: number, part: Part): Promise<string>;
}

export const greeting = (module = VERSION): string =>
  frame(1, packed({ module, protocol: PROTOCOL, limits: { calls: 1000, minutes: 480 } }));
export const answer = (id: number, part: Part): string => frame(id, DOCUMENTS[part]);

/** Lets a session in after a second, and answers after so many milliseconds. */
export const healthy = (ms = 300): Remote => ({
  async greet() {
    await wait(1000);
    return greeting();
  },
  async ask(id, part) {
    await wait(ms);
    return answer(id, part);
  },
});
/** Cannot be connected to: the client gives up after so many milliseconds. */
export const refusing = (error: OperationalError, ms: number): Remote => ({
  async greet() {
    await wait(ms);
    throw error;
  },
  async ask() {
    throw error;
  },
});
export const silent = (): Promise<never> => new Promise(() => {});
export { wait };

export const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
const log = createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } });
/** A collector's fleet in simulated time. */
export interface SimulatedFleet {
  readonly seen: Observed;
  readonly fleet: Fleet;
  /** Starts a fleet of these hosts; a host's remote is asked for at each connection. */
  start(remotes: ReadonlyMap<string, () => Remote>): Promise<void>;
  /** Lets simulated time pass. */
  run(ms: number): Promise<void>;
  /** Ends the fleet and the simulated time. */
  end(): Promise<void>;
}

/** Begins the simulated time, at noon. */
export function simulateFleet(): SimulatedFleet {
  vi.useFakeTimers({ now: NOON });
  const seen = observed();
  const gate = createGate(config.fleet.connects);
  let remotesOf: ReadonlyMap<string, () => Remote> = new Map();
  const fleet = createFleet({
    log,
    saves: noSaves,
    thresholds: defaultThresholds,
    open: ({ name }) => Promise.resolve(remoteTarget(name, remotesOf.get(name) ?? healthy, gate.run, seen)),
  });
  return {
    seen,
    fleet,
    run: pass,
    async start(remotes) {
      remotesOf = remotes;
      const targets = [...remotes.keys()].map((name, number): Target => ({
        name,
        labels: { cluster: `c${number >> 4}` },
        from: { kind: 'demo', number },
      }));
      await fleet.apply(config, targets);
      fleet.start();
    },
    async end() {
      const closed = fleet.close();
      await pass(5 * SECOND);
      await closed;
      vi.useRealTimers();
    },
  };
}

/** What all targets do to the machine that reads them. */
interface Observed {
  connecting: number;
  mostConnecting: number;
  /** When each target was asked for a part, by systemClock.monotonic() */
  readonly asked: { readonly target: string; readonly part: Part; readonly at: number }[];
  readonly open: { readonly target: string; readonly end: () => void }[];
  /** Ends all connections of a target. */
  cut(target: string): void;
}
function observed(): Observed {
  const open: Observed['open'] = [];
  return {
    connecting: 0,
    mostConnecting: 0,
    asked: [],
    open,
    cut(name) {
      for (const { target, end } of open) if (target === name) end();
    },
  };
}

/**
 * A target of a collector whose sessions, gate, back-off and frames are those of SSH; in the place of ssh's process there
 * is `remote`, which is asked again for each connection.
 */
function remoteTarget(name: string, remote: () => Remote, gate: Gate, seen: Observed): TargetReader {
  const transport: Transport = { title: `SSH session with ${name}`, open: () => connection(name, remote(), seen) };
  const reader = createModuleReader({
    kind: 'ssh',
    transport,
    plans: SERVED_PLANS,
    gate,
    expectedModuleVersion: VERSION,
    clock: systemClock,
    log: { debug() {}, info() {}, warn() {} },
  });
  return { ...reader, link: () => linkOf(reader.sessions) };
}

function connection(target: string, remote: Remote, seen: Observed): Connection {
  let end: () => void = () => {};
  let fail: ((error: OperationalError) => void) | undefined;
  const exited = new Promise<void>((resolve) => {
    end = resolve;
  });
  const die = (error: OperationalError): void => {
    self.alive = false;
    fail?.(error);
    end();
  };
  const call = async (work: () => Promise<string>): Promise<string> => {
    self.calls += 1;
    const ended = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    try {
      const text = await Promise.race([work(), ended]);
      self.bytes += text.length;
      return text;
    } catch (error) {
      self.alive = false;
      end();
      throw error;
    } finally {
      fail = undefined;
    }
  };
  const self = {
    exited,
    alive: true,
    ending: 'ended',
    bytes: 0,
    calls: 0,
    stderrTail: '',
    describe: () => ({}),
    async greet() {
      seen.connecting += 1;
      seen.mostConnecting = Math.max(seen.mostConnecting, seen.connecting);
      try {
        return await call(() => remote.greet());
      } finally {
        seen.connecting -= 1;
      }
    },
    ask(id: number, { part }: { readonly part: Part }) {
      seen.asked.push({ target, part, at: systemClock.monotonic() });
      return call(() => remote.ask(id, part));
    },
    explainSilence: () => new OperationalError('session_not_served', 'no greeting came'),
    abandon: die,
    kill: () => die(new OperationalError('killed', 'the connection was ended')),
    async stop() {
      self.kill();
    },
  };
  seen.open.push({ target, end: self.kill });
  return self;
}
