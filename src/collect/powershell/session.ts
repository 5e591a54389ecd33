import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { errorText, OperationalError } from '../../errors.ts';
import { windowsText } from '../../text/guest-names.ts';
import { inSlices } from '../../turn.ts';
import type { Log } from '../../log.ts';
import type { Gate } from '../host-reader.ts';
import { frameInSteps } from './frame.ts';
import { checkGreeting, type Greeting } from './handshake.ts';
import { isWorn, type RecycleLimits } from './recycling.ts';
import { HANDSHAKE_ID, nextRequestId, type PartRequest } from './request.ts';
import { StderrLog } from './stderr-log.ts';
import type { Connection, Transport } from './transport.ts';
import { untilAborted } from './until-aborted.ts';

export interface SessionOptions {
  /** What it is for, in messages */
  readonly name: string;
  readonly transport: Transport;
  readonly moduleVersion: string;
  readonly onGreeting?: (greeting: Greeting) => void;
  readonly limits: RecycleLimits;
  /** How long the process may take to start and to load the module */
  readonly startMs: number;
  /** Limits how many connections are made at once; starts wait for it */
  readonly gate?: Gate | undefined;
  readonly clock: Clock;
  readonly log: Omit<Log, 'error'>;
  /** End the process after each call */
  readonly oneCall: boolean;
}

export type SessionState = 'idle' | 'starting' | 'ready' | 'busy' | 'back-off' | 'closed';

const BACK_OFF_FIRST_MS = 1000;
const BACK_OFF_LONGEST_MS = 60_000;

const childReport = z.object({
  child: z.object({
    cpuMs: z.coerce.number().nonnegative().optional().catch(undefined),
    workingSet: z.coerce.number().nonnegative().optional().catch(undefined),
    handles: z.number().nonnegative().optional().catch(undefined),
  }),
});

/**
 * A supervised connection to the module: at most one process in use and one call in it. It is started when first needed, replaced
 * after a fault (at once; from the second fault in a row on after a growing wait) and recycled by use. Any fault
 * rejects the call with an OperationalError, and the process it happened in is never used again.
 */
export class Session {
  calls = 0;
  restarts = 0;
  /** Connections made, and attempts that failed */
  readonly connects = { ok: 0, failed: 0 };
  frameBytes: number | undefined;
  residentBytes: number | undefined;
  readonly #options: SessionOptions;
  /** Every process that may live still, for close() */
  readonly #open = new Set<Connection>();
  #connection: Connection | undefined;
  #ready: Promise<Connection> | undefined;
  #readyNow = false;
  #startedAt = 0;
  #busy = false;
  #closed = false;
  #requestId = 0;
  #faults = 0;
  #lastFault: unknown;
  #notBefore = 0;
  #replaces = false;
  #recycleDue = false;
  #endedCpuMs = 0;
  #cpuMs: number | undefined;
  #handles: number | undefined;
  #endedBytes = 0;
  #served: Greeting['limits'];
  readonly #stderr: StderrLog;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#stderr = new StderrLog(options.clock, options.log);
  }

  get #title(): string {
    return `${this.#options.transport.title} for ${this.#options.name}`;
  }

  get state(): SessionState {
    if (this.#closed) return 'closed';
    if (this.#ready !== undefined) return this.#readyNow ? (this.#busy ? 'busy' : 'ready') : 'starting';
    return this.#options.clock.monotonic() < this.#notBefore ? 'back-off' : 'idle';
  }

  /** Received so far, of all connections */
  get bytes(): number {
    return this.#endedBytes + (this.#connection?.bytes ?? 0);
  }

  /** Why the last call or start failed; undefined after one that was well. */
  get lastFault(): unknown {
    return this.#lastFault;
  }

  /** Of all processes so far, seconds; absent until one was reported. */
  get cpuSeconds(): number | undefined {
    return this.#cpuMs === undefined && this.#endedCpuMs === 0
      ? undefined
      : (this.#endedCpuMs + (this.#cpuMs ?? 0)) / 1000;
  }

  /**
   * Asks for a part and resolves with the payload of its frame.
   * `signal` is the deadline: once aborted the process is killed and the call rejects with `timeout`. A process that is
   * still starting is left to start, for the next call.
   */
  async call(request: PartRequest, signal: AbortSignal): Promise<unknown> {
    return this.#exclusive(async () => {
      const connection = await this.#started(signal);
      this.calls += 1;
      this.#requestId = nextRequestId(this.#requestId);
      const id = this.#requestId;
      const payload = await this.#request(connection, connection.ask(id, request), id, signal);
      this.#faults = 0;
      this.#lastFault = undefined;
      this.#note(payload);
      if (this.#options.oneCall) this.#retire(false);
      else if (this.#worn(connection)) this.#retire(true);
      return payload;
    });
  }

  /**
   * Resolves once the process is ready for a call. Rejects with the fault of the start, or with `timeout` once `signal`
   * is aborted; the process then goes on starting, for the next call.
   */
  async start(signal: AbortSignal): Promise<void> {
    await this.#exclusive(async () => {
      await this.#started(signal);
    });
  }

  /** Ends the process after its running call, or at once where it is idle. The next call starts another. */
  recycle(): void {
    if (this.#readyNow && !this.#busy) this.#retire(true);
    else if (this.#connection !== undefined) this.#recycleDue = true;
  }

  /** Rejects the running call and ends every process. Never rejects; may be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#busy || !this.#readyNow) {
      const error = new OperationalError('session_closed', `${this.#title} is being closed`);
      this.#connection?.abandon(error);
    }
    this.#retire(false);
    await Promise.all([...this.#open].map((connection) => connection.stop()));
  }

  async #exclusive<T>(body: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new OperationalError('session_closed', `${this.#title} is closed`);
    if (this.#busy) throw new OperationalError('session_busy', `${this.#title} is busy with an earlier call`);
    this.#busy = true;
    try {
      return await body();
    } finally {
      this.#busy = false;
    }
  }

  /** @throws {OperationalError} `back_off` after several faults in a row, or why it did not start */
  async #started(signal: AbortSignal): Promise<Connection> {
    const wait = this.#notBefore - this.#options.clock.monotonic();
    if (this.#ready === undefined && wait > 0) {
      const text = `${this.#title} failed ${this.#faults} times in a row and is tried again in ${Math.ceil(wait / 1000)} s`;
      throw new OperationalError('back_off', `${text}: ${errorText(this.#lastFault)}`, { cause: this.#lastFault });
    }
    return untilAborted(this.#start(), signal, () => this.#timeout());
  }

  /** The process, started where there is none. Its handshake has a limit of its own, apart from the poll's. */
  #start(): Promise<Connection> {
    // While it waits for the gate there is a start without a connection.
    if (this.#ready !== undefined && this.#connection?.alive !== false) return this.#ready;
    if (this.#connection !== undefined) {
      const { log } = this.#options;
      log.warn({ ending: this.#connection.ending }, `${this.#title} ended between calls`);
    }
    this.#retire(true);
    if (this.#replaces) this.restarts += 1;
    const { gate } = this.#options;
    const ready = gate === undefined ? this.#connect() : gate(() => this.#connect());
    this.#ready = ready;
    // Rejected also when no call waits for it any more.
    ready.catch(() => {
      if (this.#ready === ready) this.#ready = undefined;
    });
    return ready;
  }

  async #connect(): Promise<Connection> {
    if (this.#closed) throw new OperationalError('session_closed', `${this.#title} is closed`);
    const { transport, log, clock, startMs } = this.#options;
    this.#startedAt = clock.monotonic();
    let opened: Connection | undefined;
    try {
      const connection = (opened = transport.open());
      this.#connection = connection;
      this.#open.add(connection);
      connection.exited.then(() => this.#open.delete(connection)).catch(() => {});
      const answer = await this.#request(connection, connection.greet(), HANDSHAKE_ID, AbortSignal.timeout(startMs));
      const greeting = checkGreeting(answer, this.#options.moduleVersion, transport.update);
      this.#options.onGreeting?.(greeting);
      this.#served = greeting.limits;
      this.#readyNow = true;
      this.connects.ok += 1;
      log.debug({ ...connection.describe(), greeting: answer }, `${this.#title} is ready`);
      return connection;
    } catch (error) {
      this.connects.failed += 1;
      const silent = error instanceof OperationalError && error.code === 'frame_missing';
      const explained = silent && opened !== undefined ? opened.explainSilence(this.#stderr.last) : error;
      this.#fault(opened, explained);
      throw explained;
    }
  }

  async #request(connection: Connection, running: Promise<string>, id: number, signal: AbortSignal): Promise<unknown> {
    const onAbort = (): void => connection.abandon(this.#timeout());
    try {
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      const output = await running;
      // It has answered: a deadline that passes while the answer is parsed does not end the process.
      signal.removeEventListener('abort', onAbort);
      const payload = await inSlices(frameInSteps(output, id));
      this.frameBytes = output.length;
      return payload;
    } catch (error) {
      // The module's own report of a failure leaves the process fit; anything else does not.
      if (
        id !== HANDSHAKE_ID &&
        !(error instanceof OperationalError && error.message.startsWith('The PowerShell module failed'))
      )
        this.#fault(connection, error);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#stderr.add(connection.stderrTail, this.#title);
      connection.stderrTail = '';
    }
  }

  /** The process is lost: it is killed, and the next start may have to wait. */
  #fault(connection: Connection | undefined, error: unknown): void {
    const { clock, log } = this.#options;
    connection?.kill();
    // A connection that was already released does not count as a failure of the session.
    if (this.#connection !== connection) return;
    this.#retire(true);
    this.#faults += 1;
    this.#lastFault = error;
    if (this.#closed) return;
    if (this.#faults > 1) {
      const wait = Math.min(BACK_OFF_LONGEST_MS, BACK_OFF_FIRST_MS * 2 ** Math.min(this.#faults - 2, 10));
      // Jitter: the sessions of a host must not all come back in one moment.
      this.#notBefore = clock.monotonic() + wait * (0.5 + Math.random() / 2);
    }
    log.warn({ faults: this.#faults, error: windowsText(errorText(error)) }, `${this.#title} was lost`);
  }

  /** Lets go of the process; it ends by itself or is killed, in the background. */
  #retire(replaced: boolean): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    this.#ready = undefined;
    this.#readyNow = false;
    this.#recycleDue = false;
    this.#replaces = replaced;
    this.#endedBytes += connection.bytes;
    this.#endedCpuMs += this.#cpuMs ?? 0;
    this.#cpuMs = undefined;
    this.residentBytes = undefined;
    this.#handles = undefined;
    connection.stop().catch(() => {});
  }

  #note(payload: unknown): void {
    const report = childReport.safeParse(payload);
    if (!report.success) return;
    this.#cpuMs = report.data.child.cpuMs ?? this.#cpuMs;
    this.residentBytes = report.data.child.workingSet;
    this.#handles = report.data.child.handles;
  }

  #worn(connection: Connection): boolean {
    const { limits, clock } = this.#options;
    const use = {
      calls: connection.calls,
      bytes: connection.bytes,
      ageMs: clock.monotonic() - this.#startedAt,
      workingSetBytes: this.residentBytes,
      handles: this.#handles,
    };
    return this.#recycleDue || isWorn(use, limits, this.#served);
  }

  #timeout(): OperationalError {
    return new OperationalError('timeout', `${this.#title} did not answer in time`);
  }
}
