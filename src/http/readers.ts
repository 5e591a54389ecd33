import type { Life } from '../body.ts';
import type { Log } from '../log.ts';
import { LIMITS } from './limits.ts';
import { onceAMinute } from './once-a-minute.ts';

/** An answer under way, as far as it can be followed and ended: of HTTP/1.1 or of HTTP/2. */
export interface Response {
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

interface Held {
  readonly size: number;
  readonly life: Life;
  readonly responses: Set<Response>;
}

/**
 * Watches what answers under way hold in memory. Bytes that are kept anyway cost nothing. Bytes that are retired are in
 * memory for their readers alone: where they exceed a limit, the answers that began first are ended, with their connections.
 * @param ended called with how many were ended
 */
export function createReaders(ended: (responses: number) => void): {
  /**
   * Call it before the bytes are sent.
   * @param bytes what is sent: the same object for all answers that share it
   * @param size number of bytes
   */
  add(bytes: Buffer | readonly Buffer[], size: number, life: Life, response: Response): void;
} {
  /** The one that was first sent longest ago first */
  const held = new Map<object, Held>();

  const remove = (bytes: object, response: Response): void => {
    const one = held.get(bytes);
    one?.responses.delete(response);
    if (one?.responses.size === 0) held.delete(bytes);
  };

  function limit(): void {
    let sum = 0;
    for (const { size, life } of held.values()) if (life.retired) sum += size;
    for (const [bytes, { size, life, responses }] of held) {
      if (sum <= LIMITS.retiredBytes) return;
      if (!life.retired) continue;
      sum -= size;
      held.delete(bytes);
      ended(responses.size);
      for (const response of responses) response.destroy();
    }
  }

  return {
    add(bytes, size, life, response) {
      const one = held.get(bytes);
      if (one === undefined) held.set(bytes, { size, life, responses: new Set([response]) });
      else one.responses.add(response);
      response.once('close', () => remove(bytes, response));
      limit();
    },
  };
}

/** A report of ended answers to the log: the first at once, then one line a minute with their number. */
export function logSlowAnswers(log: Pick<Log, 'warn'>): (answers: number) => void {
  const report = onceAMinute();
  return (count) =>
    report(count, (answers) =>
      log.warn(
        { answers, limit: LIMITS.retiredBytes },
        'answers ended: their clients read too slowly, and what they had not read yet filled the memory for it',
      ),
    );
}
