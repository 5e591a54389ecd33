import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { byPart, type Part, PARTS } from '../../document/document.ts';
import type { Log } from '../../log.ts';
import { shipped } from '../../shipped.ts';
import type { HostReader, ReaderStats } from '../host-reader.ts';
import { localPowerShell } from './child.ts';
import { childEnvironment, type Environment, findExecutable, moduleFile } from './environment.ts';
import { FRAME_LIMITS } from './frame.ts';
import { desktopOnlyFault, type Greeting } from './handshake.ts';
import { assertSourceNames, partLine } from './request.ts';
import { RECYCLE_LIMITS, type RecycleLimits, Session } from './session.ts';

export interface PowerShellOptions {
  /** Full path; the host's Windows PowerShell, or pwsh from the PATH, if absent */
  readonly executable?: string | undefined;
  /** The agent's environment, as config read it */
  readonly env: Environment;
  /** This system's unless given */
  readonly platform?: NodeJS.Platform;
  /** The agent's version, which the module's must equal */
  readonly expectedModuleVersion: string;
  readonly clock: Clock;
  readonly log: Omit<Log, 'error'>;
  /** Folder that holds HyperVSriov; beside this file if absent */
  readonly moduleRoot?: string;
  readonly includeIpAddresses?: boolean;
  readonly excludeSources?: readonly string[];
  readonly recycle?: Partial<RecycleLimits>;
  /** How long a PowerShell may take to start; 60 s */
  readonly startMs?: number;
  /** Bytes that one call may print */
  readonly outputLimit?: number;
}

export interface PowerShellReader extends HostReader {
  readonly kind: 'powershell';
  /** A cheap question, before a part that timed out is asked again: does a fresh PowerShell start? Rejects if not. */
  probe(part: Part, signal: AbortSignal): Promise<void>;
  start(part: Part, signal: AbortSignal): Promise<void>;
  stats(): ReaderStats;
}

/** Parts polled seldom: their PowerShell is started for the poll and ended after it. */
const STARTED_FOR_THE_POLL: ReadonlySet<Part> = new Set(['config', 'cluster', 'eventlog']);

/** How far back the first read of the event log goes, and all of them at most. */
const LOG_MS = 86_400_000;
/** An entry may be written a little after its time. */
const LOG_OVERLAP_MS = 60_000;

/**
 * The host through PowerShell: a session for each part, so that one that hangs does not blind the others. Nothing is
 * started before the first read.
 * @throws {UserError} for a relative executable or a wrong source name; {OperationalError} `powershell_not_found`
 */
export function createPowerShellReader(options: PowerShellOptions): PowerShellReader {
  const { env, platform = process.platform } = options;
  const executable = findExecutable(options.executable, env, platform);
  const moduleRoot = options.moduleRoot ?? fileURLToPath(shipped('collect/powershell'));
  const request = {
    includeIpAddresses: options.includeIpAddresses ?? false,
    excludeSources: options.excludeSources ?? [],
  };
  assertSourceNames(request.excludeSources);
  const transport = localPowerShell({
    executable,
    cwd: dirname(executable),
    env: childEnvironment({ env, executable, moduleRoot, platform }),
    platform,
    moduleFile: moduleFile(moduleRoot, platform),
    outputLimit: options.outputLimit ?? FRAME_LIMITS.wireBytes + 1024 * 1024,
  });
  let told: string | undefined;
  /** Once for all sessions. */
  const onGreeting = (greeting: Greeting): void => {
    const fault = desktopOnlyFault(greeting);
    if (fault !== undefined && fault !== told) options.log.warn({ executable }, fault);
    told = fault;
  };
  const session = (part: Part): Session =>
    new Session({
      name: part,
      transport,
      moduleVersion: options.expectedModuleVersion,
      onGreeting,
      limits: { ...RECYCLE_LIMITS, ...options.recycle },
      startMs: options.startMs ?? 60_000,
      clock: options.clock,
      log: options.log,
      oneCall: STARTED_FOR_THE_POLL.has(part),
    });
  const sessions = byPart(session);
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
      sessions.activity.recycle();
    }
    drivers = found;
  };
  return {
    kind: 'powershell',
    clock: options.clock,
    read: async (part, signal) => {
      const began = options.clock.monotonic();
      const since = logReadAt === undefined ? LOG_MS : began - logReadAt + LOG_OVERLAP_MS;
      const asked = { ...request, withinMs: Math.min(LOG_MS, since) };
      const document = await sessions[part].call((id) => partLine(part, id, asked), signal);
      if (part === 'inventory') recycleOnNewDrivers(document);
      if (part === 'eventlog' && !hasFailed(document)) logReadAt = began;
      return document;
    },
    start: (part, signal) => sessions[part].start(signal),
    probe: (part, signal) => sessions[part].probe(signal),
    close: async () => {
      await Promise.all(PARTS.map((part) => sessions[part].close()));
    },
    stats: () => ({
      calls: byPart((part) => sessions[part].calls),
      restarts: byPart((part) => sessions[part].restarts),
      frameBytes: known(sessions, (each) => each.frameBytes),
      childCpuSeconds: known(sessions, (each) => each.cpuSeconds),
      childResidentBytes: known(sessions, (each) => each.residentBytes),
    }),
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

/** The NICs' drivers and their versions as one text, from an inventory document; undefined where Get-NetAdapter was not read whole. */
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

type Sessions = Readonly<Record<Part, Session>>;

function known(sessions: Sessions, value: (session: Session) => number | undefined): Partial<Record<Part, number>> {
  const result: Partial<Record<Part, number>> = {};
  for (const part of PARTS) {
    const each = value(sessions[part]);
    if (each !== undefined) result[part] = each;
  }
  return result;
}
