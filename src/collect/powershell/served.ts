import { spawn } from 'node:child_process';
import type { OperationalError } from '../../errors.ts';
import { FrameEnd } from './frame.ts';
import { ProcessConnection, type ProcessOptions } from './process-connection.ts';
import { oneLine, type PartRequest, servedLine } from './request.ts';

/** A served session ends itself after three minutes without a request. */
const PING_AFTER_MS = 60_000;
const PING_ANSWER_MS = 30_000;
/** No part is asked with this id. */
const PING_LINE = '0 ping';

/** How a served session ended. */
export interface ServedEnd {
  /** In words: `ended with exit code 3` */
  readonly ending: string;
  readonly exitCode: number | null;
  /** False where the program could not be started at all */
  readonly started: boolean;
  /** Whether the module had greeted */
  readonly greeted: boolean;
  /** What was printed since the last answer */
  readonly stdout: string;
  /** The end of standard error */
  readonly stderr: string;
}

export interface ServedOptions extends ProcessOptions {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  /** Why it ended, for the person who must act */
  readonly explain: (end: ServedEnd) => OperationalError;
}

/**
 * A child process whose standard input and output are those of Start-HyperVSriovSession, on this machine or on another:
 * it greets by itself, takes requests line by line and answers each with a frame.
 */
export class ServedSession extends ProcessConnection {
  readonly #options: ServedOptions;
  #frame = new FrameEnd();
  #greeted = false;
  /** At the last look */
  #callsSeen = 0;
  #ping: Promise<void> | undefined;

  constructor(options: ServedOptions) {
    const { executable, cwd, env } = options;
    super(spawn(executable, options.arguments, { cwd, env: { ...env }, windowsHide: true }), options);
    this.#options = options;
    const timer = setInterval(() => this.#keepAlive(), PING_AFTER_MS).unref();
    this.exited.then(() => clearInterval(timer)).catch(() => {});
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  describe(): object {
    return { pid: this.pid };
  }

  async greet(): Promise<string> {
    const greeting = await this.call(() => {});
    this.#greeted = true;
    return greeting;
  }

  async ask(requestId: number, request: PartRequest): Promise<string> {
    await this.#ping;
    return this.#exchange(servedLine(requestId, request));
  }

  explainSilence(): OperationalError {
    return this.exitError();
  }

  #exchange(line: string): Promise<string> {
    this.#frame = new FrameEnd();
    return this.call(() => this.child.stdin?.write(`${oneLine(line)}\n`));
  }

  protected override onOutput(chunk: string): void {
    if (this.#frame.reached(chunk)) this.settle(this.printed);
  }

  protected override exitError(): OperationalError {
    return this.#options.explain({
      ending: this.ending,
      exitCode: this.child.exitCode,
      started: this.child.pid !== undefined,
      greeted: this.#greeted,
      stdout: this.printed,
      stderr: this.stderrTail,
    });
  }

  /** Sends a ping if there was no request since the last call. A session that does not answer is treated as dead. */
  #keepAlive(): void {
    const used = this.calls !== this.#callsSeen;
    this.#callsSeen = this.calls;
    if (!this.#greeted || used || this.running) return;
    const timer = setTimeout(() => this.kill(), PING_ANSWER_MS).unref();
    this.#ping = this.#exchange(PING_LINE).then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
    this.#callsSeen = this.calls;
  }
}
