import { closeSync, constants, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { parse, join } from 'node:path';

export interface LogFileOptions {
  /** Full path of the log file; its folder must exist */
  readonly path: string;
  /** The file is rotated before it would become larger than this many bytes */
  readonly maxBytes: number;
  /** How many rotated files are kept. `agent.1.log` is the newest */
  readonly keep: number;
}

/** The destination of pino. A line that cannot be written is lost; the next line opens the file again. */
export interface LogFile {
  /** Appends a line and returns when it has been handed to the system. Never throws: a failing log must not end the agent. */
  write(line: string): void;
  close(): void;
}

/** Without O_NONBLOCK, opening a named pipe that nobody reads waits, and so does writing to it. Windows has no such flag. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a log file that rotates itself, because nothing else rotates the log of a Windows service. If the file cannot be
 * renamed because another program has it open, the same file is used further, and the rotation is tried again after
 * another tenth of `maxBytes`. A pipe, a device, and what /dev links to (/dev/stdout) are never renamed.
 * @throws the error of Node if the file cannot be opened for appending
 */
export function openLogFile({ path, maxBytes, keep }: LogFileOptions): LogFile {
  const { dir, name, ext } = parse(path);
  const rotated = (number: number) => join(dir, `${name}.${number}${ext}`);
  let file: number | undefined;
  let size = 0;
  let limit = maxBytes;
  let rotates = true;

  const open = (): number => {
    const opened = openSync(path, APPEND, 0o666);
    const about = fstatSync(opened);
    size = about.size;
    rotates = about.isFile() && !path.startsWith('/dev/');
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
          // There are not yet `keep` rotated files.
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
        if (rotates && size > 0 && size + bytes.length > limit) rotate();
        file ??= open();
        size += writeSync(file, bytes);
      } catch {
        // The disk is full or the folder was deleted.
        close();
      }
    },
    close,
  };
}
