import { Option, type Command } from 'commander';
import { errorText, OperationalError } from '../errors.ts';
import { replaceFile } from '../state/replace-file.ts';
import { visibleText } from '../text/visible.ts';

/**
 * Adds the flag --output to a command, as a replacement for `>`. In Windows PowerShell, `>` writes UTF-16 with CRLF,
 * and the file is incomplete while the command runs.
 */
export const withOutput = (command: Command): Command =>
  command.addOption(new Option('--output <file>', 'Write to this file (UTF-8) instead of standard output.'));

/** The destination of a command's output. */
export interface Output {
  /** Prints a text for people: what a terminal would act on is made visible. */
  readonly print: (text: string) => void;
  /** Whether the output goes into a file */
  readonly toFile: () => boolean;
  /** Prints what another program reads, unchanged unless it is shown on a terminal. */
  readonly printData: (text: string) => void;
  /** Reads the flag of the command that is about to run. */
  use(command: Command): void;
  /**
   * Called when the command succeeded: writes the file, if one was given. @throws OperationalError `output_not_written`
   */
  end(): Promise<void>;
}

/** What `paint` writes to set a colour: nothing else that a terminal acts on is let through. */
// oxlint-disable-next-line no-control-regex -- ESC begins it
const COLOUR = /(\u001B\[\d{1,2}m)/;
const shown = (text: string): string =>
  text
    .split(COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : visibleText(part)))
    .join('');

/** Prints to `out`, or collects the text for the file of `--output` and writes it at the end. */
export function createOutput(out: (text: string) => void, isTerminal: boolean): Output {
  let file: string | undefined;
  let kept = '';
  const emit = (text: string): void => {
    if (file === undefined) out(text);
    else kept += text;
  };
  return {
    print: (text) => emit(file === undefined ? shown(text) : visibleText(text)),
    printData: (text) => emit(file === undefined && isTerminal ? visibleText(text) : text),
    toFile: () => file !== undefined,
    use(command) {
      const { output } = command.opts<{ readonly output?: string }>();
      file = output;
    },
    async end() {
      if (file === undefined) return;
      try {
        await replaceFile(file, kept);
      } catch (error) {
        throw new OperationalError('output_not_written', `${file} could not be written: ${errorText(error)}`, {
          cause: error,
        });
      }
    },
  };
}
