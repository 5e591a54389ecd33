import { head, hideUrlSecrets } from './text/redact.ts';

/**
 * Errors, classified by who must act. A command prints `message` on one line and exits with `exitCode`. Only a `BugError`
 * or an unexpected error shows a stack trace.
 */

/** Exit codes of every command. `usage` and `bug` are those of sysexits(3). */
export const EXIT = { ok: 0, fault: 1, fallback: 2, unknown: 3, usage: 64, bug: 70 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A flag, a file or a setting from the user is not valid. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: ExitCode = EXIT.usage;
}

/**
 * The environment prevents the operation: PowerShell is missing, the port is in use, a right is missing. The message says
 * what was tried, what happened and what to do.
 */
export class OperationalError extends Error {
  override readonly name: string = 'OperationalError';
  readonly exitCode: ExitCode = EXIT.fault;
  /** Short machine-readable cause, stable, in snake_case: `powershell_not_found`, `port_in_use`, … */
  readonly code: string;
  /** Whether the message repeats what Windows said, which may name VMs */
  readonly quotesWindows: boolean;
  constructor(code: string, message: string, options?: { cause?: unknown; quotesWindows?: boolean }) {
    super(message, options);
    this.code = code;
    this.quotesWindows = options?.quotesWindows ?? false;
  }
}

/** A fault of this program. */
export class BugError extends Error {
  override readonly name = 'BugError';
  readonly exitCode: ExitCode = EXIT.bug;
}

const MAX_QUOTED = 80;

/** A value from outside for a message: as JSON without secrets of URLs, and cut, because a value of any length may be in a file. */
export const quoted = (value: unknown): string => head(JSON.stringify(value) ?? String(value), MAX_QUOTED);

/** The text of anything thrown, for a log field or a message, without secrets of URLs. */
export const errorText = (error: unknown): string =>
  hideUrlSecrets(error instanceof Error ? error.message : String(error));
