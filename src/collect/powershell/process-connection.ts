import type { ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { answerBudget, droppedText, type HeldAnswer } from '../answer-budget.ts';
import { followEnd } from '../child-end.ts';
import { OperationalError } from '../../errors.ts';
import { tail } from '../../text/redact.ts';
import { FRAME_END } from './frame.ts';
import { killTree } from './kill-tree.ts';
import type { PartRequest } from './request.ts';
import type { Connection } from './transport.ts';

/** How long a process may take to end by itself once its input is closed. */
const GRACE_MS = 3000;
const STDERR_TAIL = 4000;

export interface ProcessOptions {
  /** What it is called in messages: `PowerShell` */
  readonly title: string;
  readonly env: Readonly<Record<string, string>>;
  readonly platform: NodeJS.Platform;
  /** Bytes that a call, and the time until the next one, may print on both streams before the process is killed */
  readonly outputLimit: number;
}

/**
 * A connection that is a child process: its calls, one at a time, its output with a limit, its end. No policy: any fault
 * rejects the call, and what to do with the process is up to the session. How a call is sent and when its answer is
 * complete is up to the subclass.
 */
export abstract class ProcessConnection implements Connection {
  readonly exited: Promise<void>;
  stderrTail = '';
  alive = true;
  ending = 'ended';
  bytes = 0;
  calls = 0;
  protected readonly child: ChildProcess;
  readonly #options: ProcessOptions;
  #output: string[] = [];
  #printedBytes = 0;
  #held: HeldAnswer | undefined;
  #settle: ((result: string | OperationalError) => void) | undefined;
  #abandoned: OperationalError | undefined;
  #killed = false;

  constructor(child: ChildProcess, options: ProcessOptions) {
    this.child = child;
    this.#options = options;
    this.exited = new Promise((resolve) => {
      followEnd(child, {
        exited: (how) => {
          this.alive = false;
          this.ending = how;
          resolve();
        },
        // What it still printed may hold the frame, or the reason on standard error.
        drained: () => this.settle(this.printed.includes(FRAME_END) ? this.printed : this.exitError()),
      });
    });
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => {});
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#onOutput(chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      if (this.#isTooMuch(chunk)) return;
      this.stderrTail = tail(this.stderrTail + this.onError(chunk), STDERR_TAIL);
    });
  }

  abstract describe(): object;
  abstract greet(): Promise<string>;
  abstract ask(requestId: number, request: PartRequest): Promise<string>;
  abstract explainSilence(stderr: string): OperationalError;
  /** Why a call cannot be answered, once the process has ended. */
  protected abstract exitError(): OperationalError;
  /** Looks at output of the running call that was just added to `printed`; calls `settle` once the answer is complete. */
  protected abstract onOutput(chunk: string): void;
  /** What of standard error is for people */
  protected onError(chunk: string): string {
    return chunk;
  }
  /** Called after a kill */
  protected dispose(): void {}

  /** All output of the running call so far */
  protected get printed(): string {
    return this.#output.join('');
  }

  /** The first so many characters of it: what a flood has printed must not be joined with each piece. */
  protected printedStart(length: number): string {
    let text = '';
    for (const piece of this.#output) {
      if (text.length >= length) break;
      text += piece;
    }
    return text.slice(0, length);
  }

  protected get running(): boolean {
    return this.#settle !== undefined;
  }

  /** Ends the running call with its answer or a fault. */
  protected settle(result: string | OperationalError): void {
    this.#settle?.(result);
  }

  /**
   * Runs one call: `send` writes it. Resolves with all that came on standard output for it.
   * @throws {OperationalError} `answer_too_large`, what `abandon` was given, or why the process has ended
   */
  protected async call(send: () => void): Promise<string> {
    if (this.#abandoned !== undefined) throw this.#abandoned;
    if (!this.alive) throw this.exitError();
    this.calls += 1;
    this.#output = [];
    this.#printedBytes = 0;
    this.#held = answerBudget.hold(() => this.#dropped());
    try {
      return await new Promise<string>((resolve, reject) => {
        this.#settle = (result) => {
          this.#settle = undefined;
          if (result instanceof OperationalError) reject(result);
          else resolve(result);
        };
        send();
      });
    } finally {
      this.#output = [];
      this.#held.release();
    }
  }

  abandon(error: OperationalError): void {
    this.#abandoned = error;
    this.settle(error);
    this.kill();
  }

  kill(): void {
    if (!this.alive || this.#killed) return;
    this.#killed = true;
    const { pid } = this.child;
    const { env, platform } = this.#options;
    const tree = pid === undefined ? Promise.resolve() : killTree(pid, env, platform);
    tree.then(() => this.dispose()).catch(() => {});
  }

  async stop(): Promise<void> {
    if (!this.alive) return;
    const { stdin, stdout, stderr } = this.child;
    stdout?.resume();
    stderr?.resume();
    stdin?.end();
    const timer = setTimeout(() => this.kill(), GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #onOutput(chunk: string): void {
    if (this.#isTooMuch(chunk) || !this.running) return;
    this.#output.push(chunk);
    this.#held?.add(chunk.length);
    // That may have ended the call.
    if (!this.running) return;
    this.bytes += chunk.length;
    this.onOutput(chunk);
  }

  #dropped(): void {
    const text = `${this.#options.title} was ended: ${droppedText(answerBudget)}`;
    this.abandon(new OperationalError('answer_too_large', text));
  }

  /** Counts all that is printed, between calls too, since reading it takes processor time; ends a process that floods. */
  #isTooMuch(chunk: string): boolean {
    this.#printedBytes += chunk.length;
    const { outputLimit, title } = this.#options;
    if (this.#printedBytes <= outputLimit) return false;
    if (this.#abandoned === undefined) {
      const text = `${title} printed more than ${outputLimit} bytes for one call and was ended`;
      this.abandon(new OperationalError('answer_too_large', text));
    }
    return true;
  }
}

/** Collecting must not take the processor from VMs. */
export function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {}
}
