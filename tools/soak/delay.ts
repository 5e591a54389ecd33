import { createHistogram } from 'node:perf_hooks';
import { threadTime } from '../thread-time.ts';

/** How often it is looked whether the event loop runs timers on time, milliseconds; the resolution of what is measured */
const EVERY_MS = 10;

export interface DelayWatch {
  /** The 99th percentile since the last call, milliseconds */
  p99(): number;
  close(): void;
}

/**
 * Measures how late the event loop runs a timer, as far as this thread has used the processor during that time: while another
 * process has it, the loop is late too, and that says nothing of this program. To be created before time is virtual.
 */
export function watchDelay(): DelayWatch {
  const thread = threadTime();
  const microseconds = createHistogram();
  const now = performance.now.bind(performance);
  let [last, lastThread] = [now(), thread.now()];
  const timer = setInterval(() => {
    const [at, atThread] = [now(), thread.now()];
    const late = at - last - EVERY_MS;
    const used = (atThread - lastThread) / 1e6;
    microseconds.record(Math.max(1, Math.round(1000 * Math.min(late, used))));
    [last, lastThread] = [at, atThread];
  }, EVERY_MS).unref();
  const stop = clearInterval.bind(undefined, timer);
  return {
    p99() {
      const value = microseconds.percentile(99) / 1000;
      microseconds.reset();
      return value;
    },
    close() {
      stop();
      thread.close();
    },
  };
}
