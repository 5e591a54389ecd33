import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { errorText, OperationalError } from '../../errors.ts';
import { FRAME_END } from './frame.ts';
import { killTree } from './kill-tree.ts';
import { explainImport, isAnswered, isFull, FIRST_LINES, readLanguage } from './language.ts';
import { HANDSHAKE_LINE } from './request.ts';
import { MarkedShell, type ShellOptions } from './shell.ts';
import type { Connection, Transport } from './transport.ts';

/** How long PowerShell may take to end by itself once its input is closed. */
const GRACE_MS = 3000;
/** Pipes may outlive the process while something else holds them. */
const DRAIN_MS = 250;
/** The library's streams need a turn or two of the event loop to see what was seen here. */
const NUDGE_MS = 20;
const STDERR_TAIL = 4000;
const LANGUAGE_ANSWER_LIMIT = 10_000;

export interface ChildOptions extends ShellOptions {
  /** Full path of the module's file, for messages */
  readonly moduleFile: string;
  /** Bytes that one call may print before the child is killed */
  readonly outputLimit: number;
}

/**
 * One PowerShell process and its calls, one at a time. No policy: any fault rejects the call, and what to do with the
 * process is the session's matter. It settles each call by what it saw itself, never only by the library's promise,
 * which can resolve with nothing (exit 0 in a call) or never settle.
 */
export class Child implements Connection {
  /** Resolves when the process is gone */
  readonly exited: Promise<void>;
  /** The end of what it wrote to standard error, without markers */
  stderrTail = '';
  alive = true;
  /** As the session reports it; under an audit policy that is not what it enforces */
  languageMode = 'FullLanguage';
  /** How it ended, in words */
  ending = 'ended';
  bytes = 0;
  calls = 0;
  readonly #shell: MarkedShell;
  readonly #options: ChildOptions;
  #output: string[] = [];
  #outputBytes = 0;
  #seen = { stdout: new MarkerCount(), stderr: new MarkerCount() };
  #settle: ((result: string | OperationalError) => void) | undefined;
  /** The call for which the markers were typed again */
  #nudged = 0;
  #killed = false;
  #languageKnown = false;
  /** The first call, until the language mode is known */
  #onLanguage: (() => void) | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#shell = new MarkedShell(options);
    const { child, streams } = this.#shell;
    this.exited = new Promise((resolve) => {
      const gone = (text: string): void => {
        if (!this.alive) return;
        this.alive = false;
        this.ending = text;
        resolve();
        streams.stdout.resume();
        streams.stderr.resume();
        // What it still printed may hold the frame, or the reason on standard error.
        const end = (): void => {
          clearTimeout(timer);
          this.#settle?.(this.#ended());
        };
        const timer = setTimeout(end, DRAIN_MS);
        child.once('close', end);
      };
      child.once('exit', (code, signal) =>
        gone(`ended with ${signal === null ? `exit code ${code}` : `signal ${signal}`}`),
      );
      child.once('error', (error) => gone(errorText(error)));
    });
    streams.stdout.on('data', (chunk: string) => this.#onOutput(chunk));
    streams.stderr.on('data', (chunk: string) => this.#onError(chunk));
    if (child.pid !== undefined) lowerPriority(child.pid);
    // Before anything that ConstrainedLanguage refuses. The first call waits for the answer, which chooses its markers.
    streams.stdin.write(FIRST_LINES.map((line) => `${line}\n`).join(''));
  }

  get pid(): number | undefined {
    return this.#shell.child.pid;
  }

  describe(): object {
    return { pid: this.pid, sessionLanguageMode: this.languageMode };
  }

  greet(): Promise<string> {
    return this.run(HANDSHAKE_LINE);
  }

  explainSilence(stderr: string): OperationalError {
    return explainImport({ id: stderr, text: stderr }, this.languageMode, this.#options.moduleFile);
  }

  /**
   * Types one line and resolves with all that came on standard output for it.
   * @throws {OperationalError} `powershell_exited`, `answer_too_large`, why the module may not run (see explainImport), or what `abandon` was given
   */
  async run(line: string): Promise<string> {
    if (!this.alive) throw this.#exitError();
    this.calls += 1;
    this.#output = [];
    this.#outputBytes = 0;
    this.#seen = { stdout: new MarkerCount(), stderr: new MarkerCount() };
    try {
      return await new Promise<string>((resolve, reject) => {
        this.#settle = (result) => {
          this.#settle = undefined;
          if (result instanceof OperationalError) reject(result);
          else resolve(result);
        };
        const settled = (): void => {
          // Settled by the exit: the process' own events say how, once its last output was read.
          if (this.alive && this.#shell.child.exitCode === null && this.#shell.child.signalCode === null)
            this.#settle?.(this.#output.join(''));
        };
        const invoke = (): void => void this.#shell.invoke(line).then(settled, settled);
        if (this.#languageKnown) invoke();
        else this.#onLanguage = invoke;
      });
    } finally {
      this.#onLanguage = undefined;
      this.#output = [];
      // The library keeps every answer there for ever.
      this.#shell.history.length = 0;
    }
  }

  /** Rejects the running call; the process is then in no state to be used again. */
  abandon(error: OperationalError): void {
    this.#settle?.(error);
    this.kill();
  }

  /** Ends it at once, with all that it started. */
  kill(): void {
    if (!this.alive || this.#killed) return;
    this.#killed = true;
    const { pid } = this;
    // The library last: it kills the process alone, and what that had started could not be found any more.
    const tree = pid === undefined ? Promise.resolve() : killTree(pid, this.#options.env, this.#options.platform);
    tree.then(() => this.#shell.dispose('SIGKILL')).catch(() => {});
  }

  /** Closes its input, at which an idle PowerShell ends by itself; kills it after 3 s. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    const { stdin, stdout, stderr } = this.#shell.streams;
    stdout.resume();
    stderr.resume();
    stdin.end();
    const timer = setTimeout(() => this.kill(), GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #onOutput(chunk: string): void {
    if (this.#settle === undefined) return;
    this.#output.push(chunk);
    this.bytes += chunk.length;
    this.#outputBytes += chunk.length;
    if (this.#outputBytes > this.#options.outputLimit) {
      const text = `PowerShell printed more than ${this.#options.outputLimit} bytes for one call and was ended`;
      this.abandon(new OperationalError('answer_too_large', text));
      return;
    }
    if (!this.#languageKnown) this.#checkLanguage();
    this.#seen.stdout.add(chunk, this.#shell.marker);
    this.#checkMarkers();
  }

  /** Starts the first call once the language mode is known, or rejects it where the mode does not let the module run. */
  #checkLanguage(): void {
    const language = readLanguage(this.#output.join('').slice(0, LANGUAGE_ANSWER_LIMIT));
    if (language === undefined || !isAnswered(language)) return;
    this.#languageKnown = true;
    this.languageMode = language.mode;
    if (!isFull(language) && language.module === '') {
      this.abandon(explainImport(language.refusal, language.mode, this.#options.moduleFile));
      return;
    }
    this.#shell.markedByModule = !isFull(language);
    this.#onLanguage?.();
    this.#onLanguage = undefined;
  }

  #onError(chunk: string): void {
    const text = this.#shell.marker === '' ? chunk : chunk.replaceAll(this.#shell.marker, '');
    this.stderrTail = (this.stderrTail + text).slice(-STDERR_TAIL);
    this.#seen.stderr.add(chunk, this.#shell.marker);
    this.#checkMarkers();
  }

  /** Both streams are through: where the library has not seen that, the markers are typed again for it. */
  #checkMarkers(): void {
    const call = this.calls;
    if (this.#nudged === call || this.#seen.stdout.count < 2 || this.#seen.stderr.count < 2) return;
    this.#nudged = call;
    setTimeout(() => {
      if (this.#settle !== undefined && this.calls === call) this.#shell.nudge();
    }, NUDGE_MS).unref();
  }

  /** What it had answered before it went, or that it went. */
  #ended(): OperationalError | string {
    const output = this.#output.join('');
    return output.includes(FRAME_END) ? output : this.#exitError();
  }

  #exitError(): OperationalError {
    const { executable } = this.#options;
    if (this.pid === undefined) {
      const text = `PowerShell cannot be started from ${executable} (${this.ending}). Give its full path with --powershell.executable`;
      return new OperationalError('powershell_not_found', text);
    }
    const stderr = this.stderrTail.replaceAll(/\s+/g, ' ').trim().slice(0, 500);
    const text = `PowerShell (${executable}) ${this.ending}${stderr === '' ? '' : `: ${stderr}`}`;
    return new OperationalError('powershell_exited', text);
  }
}

/** A PowerShell on this machine, driven by node-powershell. */
export const localPowerShell = (options: ChildOptions): Transport => ({
  title: 'PowerShell',
  open: () => new Child(options),
});

/** Counts a marker in a stream that comes in pieces. */
class MarkerCount {
  count = 0;
  #tail = '';
  add(chunk: string, marker: string): void {
    if (marker === '') return;
    const parts = (this.#tail + chunk).split(marker);
    this.count += parts.length - 1;
    this.#tail = (parts.at(-1) ?? '').slice(1 - marker.length);
  }
}

/** Collecting must not take the processor from VMs. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {}
}

/** Resolves when `signal` aborts or `other` settles, whichever is first; leaves no listener. */
export async function untilAborted<T>(
  other: Promise<T>,
  signal: AbortSignal,
  error: () => OperationalError,
): Promise<T> {
  const done = new AbortController();
  const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort', { signal: done.signal });
  try {
    return await Promise.race([other, aborted.then(() => Promise.reject(error()))]);
  } finally {
    aborted.catch(() => {});
    done.abort();
  }
}
