import { OperationalError } from '../../errors.ts';
import { lacksRoom } from '../child-end.ts';
import { head } from '../../text/redact.ts';
import { explainImport, isAnswered, isFull, FIRST_LINES, readLanguage } from './language.ts';
import { lowerPriority, ProcessConnection, type ProcessOptions } from './process-connection.ts';
import { HANDSHAKE_LINE, partLine, type PartRequest } from './request.ts';
import { MarkedShell, notStarted, type ShellOptions } from './shell.ts';
import type { Transport } from './transport.ts';

const LANGUAGE_ANSWER_LIMIT = 10_000;

export interface ChildOptions extends ShellOptions, Pick<ProcessOptions, 'outputLimit'> {
  /** Full path of the module's file, for messages */
  readonly moduleFile: string;
}

const TITLE = 'PowerShell';

/**
 * A PowerShell prompt, driven by node-powershell. It settles each call by what it saw itself, never only by the library's
 * promise, which can resolve with nothing (exit 0 in a call) or never settle.
 */
export class Child extends ProcessConnection {
  /** As the session reports it; under an audit policy that is not what it enforces */
  languageMode = 'FullLanguage';
  readonly #shell: MarkedShell;
  readonly #options: ChildOptions;
  #languageKnown = false;
  /** The first call, until the language mode is known */
  #onLanguage: (() => void) | undefined;

  constructor(options: ChildOptions) {
    const shell = MarkedShell.start(options);
    super(shell.child, { ...options, title: TITLE });
    this.#options = options;
    this.#shell = shell;
    if (shell.child.pid !== undefined) lowerPriority(shell.child.pid);
    // Before anything that ConstrainedLanguage refuses. The first call waits for the answer, which chooses its markers.
    shell.streams.stdin.write(FIRST_LINES.map((line) => `${line}\n`).join(''));
  }

  describe(): object {
    return { pid: this.child.pid, sessionLanguageMode: this.languageMode };
  }

  greet(): Promise<string> {
    return this.#run(HANDSHAKE_LINE);
  }

  ask(requestId: number, request: PartRequest): Promise<string> {
    return this.#run(partLine(requestId, request));
  }

  explainSilence(stderr: string): OperationalError {
    return explainImport({ id: stderr, text: stderr }, this.languageMode, this.#options.moduleFile);
  }

  /**
   * Types one line.
   * @throws {OperationalError} `powershell_exited`, or why the module may not run (see explainImport), and the errors of `call`
   */
  async #run(line: string): Promise<string> {
    try {
      return await this.call(() => {
        const settled = (): void => {
          // Settled by the exit: the process' own events say how, once its last output was read.
          if (this.alive && this.child.exitCode === null && this.child.signalCode === null) this.settle(this.printed);
        };
        const invoke = (): void => void this.#shell.invoke(line).then(settled, settled);
        if (this.#languageKnown) invoke();
        else this.#onLanguage = invoke;
      });
    } finally {
      this.#onLanguage = undefined;
      // The library never removes an answer from there.
      this.#shell.history.length = 0;
    }
  }

  /** After its children: the library kills the process alone, and what that had started could not be found any more. */
  protected override dispose(): void {
    this.#shell.dispose('SIGKILL').catch(() => {});
  }

  protected override onOutput(): void {
    if (!this.#languageKnown) this.#checkLanguage();
  }

  /** Starts the first call once the language mode is known, or rejects it where the mode does not let the module run. */
  #checkLanguage(): void {
    const language = readLanguage(this.printedStart(LANGUAGE_ANSWER_LIMIT));
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

  protected override onError(chunk: string): string {
    return this.#shell.marker === '' ? chunk : chunk.replaceAll(this.#shell.marker, '');
  }

  protected override exitError(): OperationalError {
    return exitError(this.#options.executable, this.child.pid !== undefined, this.ending, this.stderrTail);
  }
}

/** That PowerShell did not start, or has ended. */
export function exitError(executable: string, started: boolean, ending: string, stderr: string): OperationalError {
  if (!started) {
    if (lacksRoom(ending)) return notStarted(executable, ending);
    const text = `PowerShell cannot be started from ${executable} (${ending}). Give its full path with --powershell.executable`;
    return new OperationalError('powershell_not_found', text);
  }
  const errorOutput = head(stderr.replaceAll(/\s+/g, ' ').trim(), 500);
  return new OperationalError(
    'powershell_exited',
    `PowerShell (${executable}) ${ending}${errorOutput === '' ? '' : `: ${errorOutput}`}`,
  );
}

/** A PowerShell on this machine, driven by node-powershell. */
export const localPowerShell = (options: ChildOptions): Transport => ({
  title: TITLE,
  open: () => new Child(options),
});
