import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { parse, join } from 'node:path';

export interface LogFileOptions {
  /** Full path of the file that is written to; its folder must exist */
  readonly path: string;
  /** The file is rotated before a line would make it larger than this many bytes. */
  readonly maxBytes: number;
  /** Rotated files that are kept: `agent.1.log` is the newest of them */
  readonly keep: number;
}

/** Where pino writes to. A line that could not be written is lost; the next one opens the file again. */
export interface LogFile {
  /** Appends a line, written through before it returns. Never throws: a log must not end the agent. */
  write(line: string): void;
  close(): void;
}

/**
 * A log that rotates by itself, since no wrapper of the Windows service does. Where the file cannot be renamed, because
 * another program has it open, writing goes on in the same file and the rotation is tried again after another tenth of
 * `maxBytes`.
 * @throws what Node throws when the file cannot be opened for appending
 */
export function openLogFile({ path, maxBytes, keep }: LogFileOptions): LogFile {
  const { dir, name, ext } = parse(path);
  const rotated = (number: number) => join(dir, `${name}.${number}${ext}`);
  let file: number | undefined;
  let size = 0;
  let limit = maxBytes;

  const open = (): number => {
    const opened = openSync(path, 'a');
    size = fstatSync(opened).size;
    return opened;
  };
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const rotate = (): void => {
    close();
    try {
      if (keep === 0) rmSync(path);
      for (let number = keep; number > 0; number -= 1) {
        try {
          renameSync(number === 1 ? path : rotated(number - 1), rotated(number));
        } catch (error) {
          // Until there have been so many.
          if (number === 1 || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
        }
      }
      limit = maxBytes;
    } catch {
      limit = size + maxBytes / 10;
    }
  };

  file = open();
  return {
    write(line) {
      try {
        const bytes = Buffer.from(line);
        if (size > 0 && size + bytes.length > limit) rotate();
        file ??= open();
        size += writeSync(file, bytes);
      } catch {
        // The disk is full or the folder is gone.
        close();
      }
    },
    close,
  };
}
