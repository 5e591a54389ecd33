import { once } from 'node:events';
import type { OperationalError } from '../../errors.ts';

/** Resolves when `signal` aborts or `other` settles, whichever is first; leaves no listener. */
export async function untilAborted<T>(
  other: Promise<T>,
  signal: AbortSignal,
  error: () => OperationalError,
): Promise<T> {
  const done = new AbortController();
  const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort', { signal: done.signal });
  try {
    return await Promise.race([other, aborted.then(() => Promise.reject(error()))]);
  } finally {
    aborted.catch(() => {});
    done.abort();
  }
}
