import type { Command } from 'commander';
import type { Environment } from '../config/environment.ts';
import type { Style } from '../text/style.ts';

/** The name by which the program is called. */
export const PROGRAM = 'hyperv-sriov-exporter';
/** The command that runs if none is named. */
export const DEFAULT_COMMAND = 'serve';

/** The parts of the process that a command may use. */
export interface CommandContext {
  readonly environment: Environment;
  readonly platform: NodeJS.Platform;
  readonly version: string;
  /** Prints a text for people; what a terminal would act on is made visible. */
  readonly out: (text: string) => void;
  /** Prints what another program reads: metrics, YAML. */
  readonly outData: (text: string) => void;
  /** A text in a colour, where the output is a terminal that shows colours; elsewhere the text alone. */
  readonly paint: (style: Style, text: string) => string;
  /** Shows on a terminal what a long command waits for; undefined when it is done. */
  readonly progress: (text: string | undefined) => void;
  /** All commands, for completions. */
  readonly commands: () => Promise<readonly Command[]>;
  /** Sets the exit code that the program ends with. */
  readonly exit: (code: number) => void;
}
