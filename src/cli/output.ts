import { Option, type Command } from 'commander';
import { errorText, OperationalError } from '../errors.ts';
import { replaceFile } from '../state/replace-file.ts';

/**
 * Gives a command the flag --output, in the place of `>`: Windows PowerShell's writes UTF-16 with CRLF, and shows a part
 * of the file while the command runs.
 */
export const withOutput = (command: Command): Command =>
  command.addOption(new Option('--output <file>', 'Write to this file (UTF-8) instead of standard output.'));

/** Where a command prints to. */
export interface Output {
  readonly print: (text: string) => void;
  /** Takes the flag of the command that is about to run. */
  use(command: Command): void;
  /** The command has ended well: writes the file, if one was asked for. @throws OperationalError `output_not_written` */
  end(): Promise<void>;
}

export function createOutput(out: (text: string) => void): Output {
  let file: string | undefined;
  let kept = '';
  return {
    print(text) {
      if (file === undefined) out(text);
      else kept += text;
    },
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
