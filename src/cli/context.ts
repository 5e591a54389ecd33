import type { Environment } from '../config/environment.ts';

/** What a command may touch of the process. */
export interface CommandContext {
  readonly environment: Environment;
  readonly version: string;
  readonly out: (text: string) => void;
  /** Sets the exit code that the program ends with. */
  readonly exit: (code: number) => void;
}
