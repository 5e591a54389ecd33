import { Option, type Command } from 'commander';
import { errorText, OperationalError } from '../errors.ts';
import { replaceFile } from '../state/replace-file.ts';

/**
 * Adds the flag --output to a command, as a replacement for `>`. In Windows PowerShell, `>` writes UTF-16 with CRLF,
 * and the file is incomplete while the command runs.
 */
export const withOutput = (command: Command): Command =>
  command.addOption(new Option('--output <file>', 'Write to this file (UTF-8) instead of standard output.'));

/** The destination of a command's output. */
export interface Output {
  readonly print: (text: string) => void;
  /** Whether the output goes into a file */
  readonly toFile: () => boolean;
  /** Reads the flag of the command that is about to run. */
  use(command: Command): void;
  /**
   * Called when the command succeeded: writes the file, if one was given. @throws OperationalError `output_not_written`
   */
  end(): Promise<void>;
}

/** Prints to `out`, or collects the text for the file of `--output` and writes it at the end. */
export function createOutput(out: (text: string) => void): Output {
  let file: string | undefined;
  let kept = '';
  return {
    print(text) {
      if (file === undefined) out(text);
      else kept += text;
    },
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
