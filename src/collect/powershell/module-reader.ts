import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { byPart, type Part, PARTS } from '../../document/document.ts';
import { BugError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Gate, HostReader, ReaderStats } from '../host-reader.ts';
import type { Greeting } from './handshake.ts';
import { assertSourceNames } from './request.ts';
import { RECYCLE_LIMITS, type RecycleLimits } from './recycling.ts';
import { Session } from './session.ts';
import type { Transport } from './transport.ts';
import { Turns } from './turns.ts';

/** The parts that one session serves, one after the other. */
export interface SessionPlan {
  readonly parts: readonly Part[];
  /** Started for each call and ended after it */
  readonly oneCall: boolean;
}

/** What a reader needs besides the transport. */
export interface ModuleOptions {
  /** The agent's version, which the module's must equal */
  readonly expectedModuleVersion: string;
  readonly clock: Clock;
  readonly log: Omit<Log, 'error'>;
  readonly includeIpAddresses?: boolean;
  readonly excludeSources?: readonly string[];
  readonly recycle?: Partial<RecycleLimits>;
  /** How long a session may take to start; 60 s */
  readonly startMs?: number;
}

export interface ModuleReaderOptions extends ModuleOptions {
  readonly kind: HostReader['kind'];
  readonly transport: Transport;
  readonly plans: readonly SessionPlan[];
  readonly onGreeting?: (greeting: Greeting) => void;
  readonly gate?: Gate | undefined;
}

/**
 * A counter must go on while the virtual machine management service hangs, so activity has a session of its own. The
 * others share one: each session is a logon on the host, and all of them ask that service.
 */
export const SERVED_PLANS: readonly SessionPlan[] = [
  { parts: ['activity'], oneCall: false },
  { parts: PARTS.filter((part) => part !== 'activity'), oneCall: false },
];

/** How far back the first read of the event log goes, and all of them at most. */
const LOG_MS = 86_400_000;
/** An entry may be written a little after its time. */
const LOG_OVERLAP_MS = 60_000;

/** A host through the module, whichever way leads to it. */
export interface ModuleReader extends HostReader {
  start(part: Part, signal: AbortSignal): Promise<void>;
  stats(): ReaderStats;
  readonly sessions: readonly Session[];
}

/**
 * Asks the module for parts through supervised sessions. Nothing is started before the first read.
 * @throws {UserError} for a wrong source name
 */
export function createModuleReader(options: ModuleReaderOptions): ModuleReader {
  const { clock } = options;
  const asked = {
    includeIpAddresses: options.includeIpAddresses ?? false,
    excludeSources: options.excludeSources ?? [],
  };
  assertSourceNames(asked.excludeSources);
  const lanes = options.plans.map(({ parts, oneCall }) => ({
    parts,
    turns: new Turns(),
    session: new Session({
      name: parts.join(', '),
      transport: options.transport,
      moduleVersion: options.expectedModuleVersion,
      ...(options.onGreeting === undefined ? {} : { onGreeting: options.onGreeting }),
      limits: { ...RECYCLE_LIMITS, ...options.recycle },
      startMs: options.startMs ?? 60_000,
      gate: options.gate,
      clock,
      log: options.log,
      oneCall,
    }),
  }));
  const laneOf = byPart((part) => {
    const lane = lanes.find(({ parts }) => parts.includes(part));
    if (lane === undefined) throw new BugError(`no session serves ${part}`);
    return lane;
  });
  const calls: Record<Part, number> = { ...byPart(() => 0) };
  const frameBytes: Partial<Record<Part, number>> = {};
  /** Start of the last read of the event log that brought all that it asked for */
  let logReadAt: number | undefined;
  let drivers: string | undefined;
  /**
   * A driver registers its counter sets, and .NET reads the list of counter categories once a process
   * (PerformanceCounterLib): only a new process sees the sets of another version.
   */
  const recycleOnNewDrivers = (inventory: unknown): void => {
    const found = driversOf(inventory);
    if (found === undefined) return;
    if (drivers !== undefined && drivers !== found) {
      options.log.info({}, 'The driver of a NIC changed: PowerShell for activity is started again');
      laneOf.activity.session.recycle();
    }
    drivers = found;
  };
  /** Runs `work` when it is the part's turn; `keep` leaves the turn to the read that follows. */
  const inTurn = async <T>(part: Part, signal: AbortSignal, keep: boolean, work: (session: Session) => Promise<T>) => {
    const { turns, session } = laneOf[part];
    await turns.take(part, signal);
    let done = false;
    try {
      const result = await work(session);
      done = true;
      return result;
    } finally {
      if (!done || !keep || signal.aborted) turns.release(part);
    }
  };
  return {
    kind: options.kind,
    clock,
    sessions: lanes.map(({ session }) => session),
    read: (part, signal) =>
      inTurn(part, signal, false, async (session) => {
        const began = clock.monotonic();
        const since = logReadAt === undefined ? LOG_MS : began - logReadAt + LOG_OVERLAP_MS;
        const request = { part, ...asked, withinMs: Math.min(LOG_MS, since) };
        const before = session.calls;
        try {
          const document = await session.call(request, signal);
          if (part === 'inventory') recycleOnNewDrivers(document);
          if (part === 'eventlog' && !hasFailed(document)) logReadAt = began;
          return document;
        } finally {
          calls[part] += session.calls - before;
          if (session.frameBytes !== undefined) frameBytes[part] = session.frameBytes;
        }
      }),
    start: (part, signal) => inTurn(part, signal, true, (session) => session.start(signal)),
    close: async () => {
      await Promise.all(lanes.map(({ session }) => session.close()));
    },
    // The cost of a session is counted for its first part.
    stats: (): ReaderStats => {
      const own = (part: Part): Session | undefined => {
        const { parts, session } = laneOf[part];
        return parts[0] === part ? session : undefined;
      };
      return {
        calls: { ...calls },
        restarts: byPart((part) => own(part)?.restarts ?? 0),
        frameBytes: { ...frameBytes },
        childCpuSeconds: known((part) => own(part)?.cpuSeconds),
        childResidentBytes: known((part) => own(part)?.residentBytes),
      };
    },
  };
}

const nicDrivers = z.object({
  sources: z.object({
    net_adapter: z.object({
      status: z.literal('ok'),
      rows: z.array(z.object({ driverFileName: z.string(), driverVersion: z.string() }).nullable().catch(null)),
    }),
  }),
});

/** The NICs' drivers and their versions as one text, from an inventory document; undefined where Get-NetAdapter was not read in full. */
function driversOf(inventory: unknown): string | undefined {
  const parsed = nicDrivers.safeParse(inventory);
  if (!parsed.success) return undefined;
  const nics = parsed.data.sources.net_adapter.rows.filter((row) => row !== null);
  return [...new Set(nics.map((nic) => JSON.stringify([nic.driverFileName, nic.driverVersion])))].sort().join();
}

const statuses = z.object({ sources: z.record(z.string(), z.object({ status: z.string() })) });

/** Whether a source of a document was not read in full. */
function hasFailed(document: unknown): boolean {
  const parsed = statuses.safeParse(document);
  return !parsed.success || Object.values(parsed.data.sources).some(({ status }) => status === 'failed');
}

function known(value: (part: Part) => number | undefined): Partial<Record<Part, number>> {
  const result: Partial<Record<Part, number>> = {};
  for (const part of PARTS) {
    const each = value(part);
    if (each !== undefined) result[part] = each;
  }
  return result;
}
