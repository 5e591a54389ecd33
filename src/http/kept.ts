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

/** Who asks. */
export interface Asker {
  /** See clientOf */
  readonly client: string;
  /** The listener is called once when the asker no longer waits: it has closed its connection, or the answer was sent. */
  readonly onGone: (listener: () => void) => void;
}

export interface KeptAnswers {
  /**
   * The answer to a question, kept or made. Work that nobody waits for any more is abandoned. Rejects with what `make`
   * throws, or with a ProblemError while too many wait.
   */
  answer(question: Question, asker: Asker): Promise<Answer>;
  /** Forgets all answers. */
  clear(): void;
}

/** An answer that is made. */
interface Making {
  readonly answer: Promise<Answer>;
  /** Another one waits for it. */
  readonly join: (asker: Asker) => void;
}

interface Entry {
  /** Weak, since a view of a large host is tens of megabytes, and is kept by nobody else once the next one is there */
  readonly moment: WeakRef<object>;
  readonly making: Making;
  readonly expiry: NodeJS.Timeout;
  /** Absent while it is made */
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
  /** Number of questions that wait, by client */
  const waiting = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();

  function drop(key: string, entry: Entry): void {
    clearTimeout(entry.expiry);
    entry.body?.retire();
    if (entries.get(key) === entry) entries.delete(key);
  }

  async function made({ make }: Question, checkWanted: () => void): Promise<Answer> {
    checkWanted();
    const making = make();
    const result = await (making instanceof Promise ? making : inSlices(making, checkWanted));
    if (result instanceof Body) return { status: 200, body: result };
    const { status = 200, contentType, pieces } = result;
    return { status, body: new Body(contentType, pieces, { inTurns: true }) };
  }

  /** Makes an answer after all that were asked before. @param abandoned called when nobody waits for it any more */
  function startMaking(question: Question, first: Asker, abandoned: () => void): Making {
    let askers = 0;
    let isEnded = false;
    const join = ({ onGone }: Asker): void => {
      askers++;
      onGone(() => {
        askers--;
        if (askers === 0 && !isEnded) abandoned();
      });
    };
    join(first);
    const answer = inTurn(question, first.client, () => {
      if (askers === 0) throw new ProblemError(503, 'nobody waits for this answer any more');
    });
    const ended = (): void => {
      isEnded = true;
    };
    answer.then(ended, ended);
    return { answer, join };
  }

  function inTurn(question: Question, client: string, checkWanted: () => void): Promise<Answer> {
    const own = waiting.get(client) ?? 0;
    const all = [...waiting.values()].reduce((sum, count) => sum + count, 0);
    if (own >= LIMITS.waitingOfClient || all >= LIMITS.waiting)
      return Promise.reject(new ProblemError(503, 'too many questions wait for their answer; ask again later'));
    waiting.set(client, own + 1);
    const answer = last.then(() => made(question, checkWanted));
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
    // Counted each time, because an answer that is compressed later grows.
    let bytes = 0;
    for (const other of entries.values()) bytes += other.body?.held ?? 0;
    for (const [oldest, other] of entries) {
      if (bytes <= LIMITS.keptBytes && entries.size <= LIMITS.keptAnswers) break;
      if (other === entry) continue;
      bytes -= other.body?.held ?? 0;
      drop(oldest, other);
    }
  }

  return {
    answer(question, asker) {
      const { key, moment, freshMs } = question;
      const former = entries.get(key);
      if (former !== undefined && former.moment.deref() === moment) {
        entries.delete(key);
        entries.set(key, former);
        former.making.join(asker);
        return former.making.answer;
      }
      if (moment === undefined) return startMaking(question, asker, () => {}).answer;
      if (former !== undefined) drop(key, former);
      const expiry = setTimeout(() => drop(key, entry), freshMs).unref();
      const making = startMaking(question, asker, () => drop(key, entry));
      const entry: Entry = { moment: new WeakRef(moment), making, expiry };
      entries.set(key, entry);
      const { answer } = making;
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
