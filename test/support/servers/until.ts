import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../../../src/errors.ts';

const EVERY_MS = 200;

/**
 * Waits until `look` gives something other than undefined or false, and gives that back. What it throws counts as not
 * yet; after `withinMs` it is a failure that says what was waited for, and `why` (a server's log, say).
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMs = 120_000, why = () => '' }: { readonly withinMs?: number; readonly why?: () => string } = {},
): Promise<T> {
  const end = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      throw new Error(
        `${what}: not within ${withinMs / 1000} s${last === undefined ? '' : ` (${errorText(last)})`}\n${why()}`,
      );
    await sleep(EVERY_MS);
  }
}
