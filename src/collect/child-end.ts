import type { ChildProcess } from 'node:child_process';
import { errorText } from '../errors.ts';

/** A process that the child started may hold the child's pipes open: this long after the child's end nothing more is read. */
const DRAIN_MS = 250;

export interface ChildEnd {
  /** Called once, when the process has ended or could not be started, with how: `ended with exit code 3` */
  readonly exited?: (how: string) => void;
  /** Called once after that, when its output has been read */
  readonly drained: () => void;
}

/**
 * Follows a child process to its end. Then its streams are destroyed: Node itself closes them only when the other ends
 * are closed, and each process that the child has started and that outlives it would cost two descriptors.
 */
export function followEnd(child: ChildProcess, { exited, drained }: ChildEnd): void {
  let isOver = false;
  const over = (how: string): void => {
    if (isOver) return;
    isOver = true;
    exited?.(how);
    const end = (): void => {
      clearTimeout(timer);
      child.off('close', end);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      drained();
    };
    const timer = setTimeout(end, DRAIN_MS);
    child.once('close', end);
    // A stream that nobody reads never ends.
    child.stdout?.resume();
    child.stderr?.resume();
  };
  child.once('exit', (code, signal) =>
    over(`ended with ${signal === null ? `exit code ${code}` : `signal ${signal}`}`),
  );
  child.once('error', (error) => over(errorText(error)));
}

/** Whether a process was not started because the system had no descriptor, no memory or no process id for it. @param ending as ChildEnd.exited says it */
export const lacksRoom = (ending: string): boolean => /\b(?:EMFILE|ENFILE|EAGAIN|ENOMEM)\b/.test(ending);
