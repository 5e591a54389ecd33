import { writeSync } from 'node:fs';

/** Bytes that wait at most while a pipe is full */
const MAX_WAITING = 256 * 1024;
const RETRY_MS = 100;

/** The destination of pino where the log goes to standard output. */
export interface LogOutput {
  /** Hands a line to the system, or keeps it. Never throws and never waits. */
  write(line: string): void;
}

const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EAGAIN';

/**
 * Writes lines to a descriptor. A log that nobody reads must neither stop nor end the agent: while a pipe is full, up to
 * 256 kB wait and further lines are dropped. A line that cannot be written (the reader has ended, the disk is full) is
 * dropped, and the next one is tried.
 * @param descriptor one that does not block, as process.stdout makes a pipe
 * @param onDropped called with the number of dropped lines once a line could be written again
 */
export function openLogOutput(descriptor: number, onDropped: (lines: number) => void): LogOutput {
  let waiting: Buffer[] = [];
  let size = 0;
  let dropped = 0;
  let retry: NodeJS.Timeout | undefined;

  /** @throws the error of Node if a line cannot be written, EAGAIN if the pipe is full */
  const writeWaiting = (): void => {
    for (let line = waiting[0]; line !== undefined; line = waiting[0]) {
      const written = writeSync(descriptor, line);
      size -= written;
      if (written === line.length) waiting.shift();
      else waiting[0] = line.subarray(written);
    }
  };
  const flush = (): void => {
    retry = undefined;
    try {
      writeWaiting();
    } catch (error) {
      if (isFull(error)) retry = setTimeout(flush, RETRY_MS).unref();
      else {
        dropped += waiting.length;
        waiting = [];
        size = 0;
      }
      return;
    }
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    onDropped(lines);
  };
  return {
    write(line) {
      const bytes = Buffer.from(line);
      if (retry !== undefined && size + bytes.length > MAX_WAITING) {
        dropped += 1;
        return;
      }
      waiting.push(bytes);
      size += bytes.length;
      if (retry === undefined) flush();
    },
  };
}
