import type { Environment } from '../config/environment.ts';

/** What a command may touch of the process. */
export interface CommandContext {
  readonly environment: Environment;
  readonly platform: NodeJS.Platform;
  readonly version: string;
  readonly out: (text: string) => void;
  /** Shows how far a long command is, beside its output; undefined: it is done. */
  readonly progress: (text: string | undefined) => void;
  /** Sets the exit code that the program ends with. */
  readonly exit: (code: number) => void;
}
