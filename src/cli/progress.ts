import { systemClock } from '../clock.ts';

/** A command that ends sooner shows no progress. */
const AFTER_MS = 2000;
const EVERY_MS = 1000;
const ERASE = '\r\u001B[K';

/** One line on a terminal that says what a command is waiting for. */
export interface Progress {
  /** Shows this text until the next one; undefined when the command has ended. */
  show(text: string | undefined): void;
  /** Makes room for output. The line comes back after it. */
  erase(): void;
}

/**
 * Progress on standard error. It shows nothing where that is not a terminal that can erase a line, and in the first two
 * seconds. A text that stands for longer gets the seconds since it came.
 */
export function createProgress(stream: NodeJS.WriteStream, term: string | undefined): Progress {
  if (!stream.isTTY || term === 'dumb') return { show() {}, erase() {} };
  const now = () => systemClock.monotonic();
  let text: string | undefined;
  let began: number | undefined;
  let shownAt = 0;
  let isDrawn = false;
  let timer: NodeJS.Timeout | undefined;

  const erase = (): void => {
    if (isDrawn) stream.write(ERASE);
    isDrawn = false;
  };
  const draw = (): void => {
    if (text === undefined || now() - (began ?? now()) < AFTER_MS) return;
    const seconds = Math.floor((now() - shownAt) / 1000);
    const line = seconds * 1000 < AFTER_MS ? text : `${text} (${seconds} s)`;
    // A line that wraps could not be erased.
    stream.write(`${ERASE}${line.slice(0, Math.max(1, stream.columns - 1))}`);
    isDrawn = true;
  };
  return {
    erase,
    show(next) {
      text = next;
      if (next === undefined) {
        clearInterval(timer);
        timer = undefined;
        erase();
        return;
      }
      shownAt = now();
      began ??= shownAt;
      timer ??= setInterval(draw, EVERY_MS).unref();
      draw();
    },
  };
}
