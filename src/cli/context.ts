import type { Environment } from '../config/environment.ts';

/** What a command may touch of the process. */
export interface CommandContext {
  readonly environment: Environment;
  readonly version: string;
  out(text: string): void;
  /** Sets the exit code that the program ends with. */
  exit(code: number): void;
}
