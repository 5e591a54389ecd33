/**
 * Errors by who must act. A command prints `message` on one line and exits with `exitCode`; only a `BugError`
 * (or anything else thrown) shows a stack trace.
 */

/** Exit codes of every command, as in sysexits(3) where one fits. */
export const EXIT = { ok: 0, fault: 1, fallback: 2, unknown: 3, usage: 64, bug: 70 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The user gave something that cannot be used (flag, file, configuration). */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: ExitCode = EXIT.usage;
}

/** The world is not as needed (PowerShell missing, port in use, rights). Says what was tried, what was got, what to do. */
export class OperationalError extends Error {
  override readonly name: string = 'OperationalError';
  readonly exitCode: ExitCode = EXIT.fault;
  /** Short machine-readable cause, stable, in snake_case: `powershell_not_found`, `port_in_use`, … */
  readonly code: string;
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Our own fault. */
export class BugError extends Error {
  override readonly name = 'BugError';
  readonly exitCode: ExitCode = EXIT.bug;
}

/** The text of anything thrown, for a log field or a message. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
