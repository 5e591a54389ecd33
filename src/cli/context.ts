import type { Environment } from '../config/environment.ts';

/** The parts of the process that a command may use. */
export interface CommandContext {
  readonly environment: Environment;
  readonly platform: NodeJS.Platform;
  readonly version: string;
  readonly out: (text: string) => void;
  /** Shows the progress of a long command, next to its output; undefined when it is done. */
  readonly progress: (text: string | undefined) => void;
  /** Sets the exit code that the program ends with. */
  readonly exit: (code: number) => void;
}
