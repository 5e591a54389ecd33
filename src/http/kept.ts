import { Body } from '../body.ts';
import { inSlices, type Steps } from '../turn.ts';
import { LIMITS } from './limits.ts';
import { type Made, ProblemError } from './route.ts';

/** An answer as it is sent. */
export interface Answer {
  readonly status: number;
  readonly body: Body;
}

/** What an answer depends on, and how it is made. */
export interface Question {
  /** The answer is the same for each question of the same key as long as `moment` is the same object. */
  readonly key: string;
  /** The view or other object that the answer is made of; undefined: it is not kept */
  readonly moment: object | undefined;
  /** How long it is kept at most, milliseconds: what it says of the present must not become wrong while no view follows */
  readonly freshMs: number;
  readonly make: () => Steps<Made> | Promise<Made | Body>;
}

export interface KeptAnswers {
  /**
   * The answer to a question, kept or made. Rejects with what `make` throws, or with a ProblemError while too many wait.
   * @param client who asks, see clientOf
   */
  answer(question: Question, client: string): Promise<Answer>;
  /** Forgets all answers. */
  clear(): void;
}

interface Entry {
  /** Weak, since a view of a large host is tens of megabytes, and is kept by nobody else once the next one is there */
  readonly moment: WeakRef<object>;
  readonly answer: Promise<Answer>;
  readonly expiry: NodeJS.Timeout;
  /** Number of bytes; 0 while it is made */
  bytes: number;
  body?: Body;
}

/**
 * Keeps answers, so that each is made once for all who ask the same in the same moment. Questions come from the network:
 * the number and the bytes of the answers are limited, those not asked for longest go first. One answer is made at a time, in
 * short turns of the event loop, and only a limited number waits.
 */
export function createKeptAnswers(): KeptAnswers {
  /** The one not asked for longest first */
  const entries = new Map<string, Entry>();
  let bytes = 0;
  /** Number of questions that wait, by client */
  const waiting = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();

  function drop(key: string, entry: Entry): void {
    clearTimeout(entry.expiry);
    entry.body?.retire();
    bytes -= entry.bytes;
    entry.bytes = 0;
    if (entries.get(key) === entry) entries.delete(key);
  }

  async function made({ make }: Question): Promise<Answer> {
    const making = make();
    const result = await (making instanceof Promise ? making : inSlices(making));
    if (result instanceof Body) return { status: 200, body: result };
    const { status = 200, contentType, pieces } = result;
    return { status, body: new Body(contentType, pieces) };
  }

  /** After all that were asked before. */
  function inTurn(question: Question, client: string): Promise<Answer> {
    const own = waiting.get(client) ?? 0;
    const all = [...waiting.values()].reduce((sum, count) => sum + count, 0);
    if (own >= LIMITS.waitingOfClient || all >= LIMITS.waiting)
      return Promise.reject(new ProblemError(503, 'too many questions wait for their answer; ask again later'));
    waiting.set(client, own + 1);
    const answer = last.then(() => made(question));
    const ended = (): void => {
      const left = (waiting.get(client) ?? 1) - 1;
      if (left === 0) waiting.delete(client);
      else waiting.set(client, left);
    };
    last = answer.then(ended, ended);
    return answer;
  }

  function keep(key: string, entry: Entry, { status, body }: Answer): void {
    if (entries.get(key) !== entry || status !== 200 || body.size > LIMITS.keptBytes) {
      body.retire();
      return drop(key, entry);
    }
    entry.body = body;
    entry.bytes = body.size;
    bytes += body.size;
    for (const [oldest, other] of entries) {
      if (bytes <= LIMITS.keptBytes && entries.size <= LIMITS.keptAnswers) break;
      if (other !== entry) drop(oldest, other);
    }
  }

  return {
    answer(question, client) {
      const { key, moment, freshMs } = question;
      const former = entries.get(key);
      if (former !== undefined && former.moment.deref() === moment) {
        entries.delete(key);
        entries.set(key, former);
        return former.answer;
      }
      const answer = inTurn(question, client);
      if (moment === undefined) return answer;
      if (former !== undefined) drop(key, former);
      const expiry = setTimeout(() => drop(key, entry), freshMs).unref();
      const entry: Entry = { moment: new WeakRef(moment), answer, expiry, bytes: 0 };
      entries.set(key, entry);
      answer.then(
        (result) => keep(key, entry, result),
        () => drop(key, entry),
      );
      return answer;
    },
    clear() {
      for (const [key, entry] of entries) drop(key, entry);
    },
  };
}
