import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Body } from '../../src/body.ts';
import { type Asker, createKeptAnswers, type Question } from '../../src/http/kept.ts';
import { LIMITS } from '../../src/http/limits.ts';
import { type Made, ProblemError } from '../../src/http/route.ts';
import type { Steps } from '../../src/turn.ts';

const CLIENT = '192.0.2.1';
const view = {};
let kept = createKeptAnswers();
afterEach(() => {
  kept.clear();
  kept = createKeptAnswers();
  vi.useRealTimers();
});

/** Counts how often an answer is made. */
function counted(over: Partial<Question> = {}, bytes: string | Buffer = 'text', status = 200) {
  const question = {
    key: 'page',
    moment: view as object | undefined,
    freshMs: 20_000,
    times: 0,
    // oxlint-disable-next-line require-yield -- an answer in one step
    *make(): Steps<Made> {
      question.times++;
      return { status, contentType: 'text/plain', pieces: [Buffer.from(bytes)] };
    },
    ...over,
  };
  return question;
}
const waits = () => undefined;
const ask = (question: Question, client = CLIENT, onGone: Asker['onGone'] = waits) =>
  kept.answer(question, { client, onGone });

describe('an answer', () => {
  it('is made once for all who ask the same, at once or later, and again of the next view', async () => {
    const question = counted();
    const [one, other] = await Promise.all([ask(question), ask(question)]);
    const later = await ask(question);
    expect([question.times, one.body === other.body, later.body === one.body]).toEqual([1, true, true]);
    expect(one.body.plain().toString()).toBe('text');
    const next = await ask({ ...question, moment: {} });
    expect([question.times, next.body === one.body]).toEqual([2, false]);
    expect([one.body.life.retired, next.body.life.retired]).toEqual([true, false]);
  });

  it('is another one for another key', async () => {
    const [one, other] = [counted({ key: 'a' }), counted({ key: 'b' })];
    await ask(one);
    await ask(other);
    await ask(one);
    expect([one.times, other.times]).toEqual([1, 1]);
  });

  it('is not kept where there is no view, or it is not 200, or it cannot be made', async () => {
    const [without, missing] = [counted({ moment: undefined }), counted({}, 'no such VM', 404)];
    for (const question of [without, missing]) {
      await ask(question);
      await ask(question);
      expect(question.times).toBe(2);
    }
    expect((await ask(missing)).status).toBe(404);
    const failing = counted({
      key: 'failing',
      make() {
        failing.times++;
        throw new ProblemError(503, 'no poll has ended yet');
      },
    });
    for (const _ of [1, 2]) await expect(ask(failing)).rejects.toThrow('no poll has ended yet');
    expect(failing.times).toBe(2);
    // The next in line is made all the same.
    expect((await ask(counted({ key: 'next' }))).body.plain().toString()).toBe('text');
  });

  it('is made again after a while, even if no other view comes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const question = counted();
    const first = await ask(question);
    vi.advanceTimersByTime(19_999);
    await ask(question);
    expect(question.times).toBe(1);
    vi.advanceTimersByTime(1);
    await ask(question);
    expect([question.times, first.body.life.retired]).toEqual([2, true]);
  });

  it('counts its compressed bytes, too', async () => {
    // Random bytes cannot be compressed: each answer takes twice its size.
    const bodies: Body[] = [];
    for (let n = 0; n < 20; n++) {
      const { body } = await ask(counted({ key: `n ${n}` }, randomBytes(1024 * 1024)));
      await body.compressed();
      bodies.push(body);
    }
    await ask(counted({ key: 'last' }));
    const alive = bodies.filter(({ life }) => !life.retired);
    expect(alive.length).toBeGreaterThan(10);
    expect(alive.length).toBeLessThanOrEqual(16);
  });

  it('may come as bytes of its own', async () => {
    const body = new Body('text/plain', [Buffer.from('own')]);
    const answer = await ask({ key: 'own', moment: view, freshMs: 1000, make: () => Promise.resolve(body) });
    expect([answer.status, answer.body]).toEqual([200, body]);
  });
});

describe('what clients ask', () => {
  it('is kept in a limited number and size, however many different questions come; the latest asked for stay', async () => {
    const large = Buffer.alloc(256 * 1024);
    const bodies: Body[] = [];
    const favourite = counted({ key: 'favourite' });
    for (let n = 0; n < 10_000; n++) {
      // Half of them small, so that the number is reached, half of them large, so that the bytes are.
      const bytes = n < 5000 ? Buffer.alloc(10) : large;
      bodies.push((await ask(counted({ key: `filter ${n}` }, bytes))).body);
      if (n % 50 === 0) await ask(favourite);
      if (n === 4999) expect(bodies.filter(({ life }) => !life.retired).length).toBeLessThan(LIMITS.keptAnswers);
    }
    const alive = bodies.filter(({ life }) => !life.retired);
    expect(alive.length).toBeGreaterThan(100);
    expect(alive.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(LIMITS.keptBytes);
    expect(alive.at(-1)).toBe(bodies.at(-1));
    expect(favourite.times).toBe(1);
  });

  it('an answer that is larger than all that is kept pushes nothing out', async () => {
    const small = counted({ key: 'small' });
    await ask(small);
    const { body } = await ask(counted({ key: 'large' }, Buffer.alloc(LIMITS.keptBytes + 1)));
    await ask(small);
    expect([body.life.retired, small.times]).toEqual([true, 1]);
  });

  it('waits in a limited number, of one client and in all; others are answered', async () => {
    const many = (client: string, count: number) =>
      Array.from({ length: count }, (_, n) =>
        ask(counted({ key: `${client} ${n}` }), client).then(
          ({ status }) => status,
          (error: unknown) => (error instanceof ProblemError ? error.statusCode : 0),
        ),
      );
    const greedy = many('192.0.2.2', 100);
    const modest = many('192.0.2.3', 1);
    const count = (answers: readonly number[], status: number) => answers.filter((one) => one === status).length;
    const answers = await Promise.all(greedy);
    expect([count(answers, 200), count(answers, 503)]).toEqual([LIMITS.waitingOfClient, 100 - LIMITS.waitingOfClient]);
    expect(await Promise.all(modest)).toEqual([200]);
    const all = await Promise.all(Array.from({ length: 10 }, (_, n) => many(`client ${n}`, 20)).flat());
    expect([count(all, 200), count(all, 503)]).toEqual([LIMITS.waiting, 200 - LIMITS.waiting]);
    expect(await Promise.all(many('192.0.2.2', 1))).toEqual([200]);
  });

  describe('and what nobody waits for any more', () => {
    /** Begins to be made, and goes on until it is told to end. */
    function endless(key: string) {
      const question = {
        key,
        moment: view,
        freshMs: 20_000,
        begun: 0,
        ends: false,
        *make(): Steps<Made> {
          question.begun++;
          while (!question.ends) yield;
          return { contentType: 'text/plain', pieces: [Buffer.from('made')] };
        },
      };
      return question;
    }
    /** An asker that can leave */
    function askAndLeave(question: Question) {
      let leave = waits as () => void;
      const answer = ask(question, CLIENT, (listener) => {
        leave = listener;
      });
      const outcome = answer.then(
        ({ body }) => body.plain().toString(),
        (error: unknown) => (error instanceof ProblemError ? error.message : 'another error'),
      );
      return { outcome, leave: () => leave() };
    }

    it('is not begun, or abandoned in the middle; the next in line is made', async () => {
      const [one, other] = [endless('one'), endless('other')];
      const [first, second] = [askAndLeave(one), askAndLeave(other)];
      const third = ask(counted({ key: 'third' }));
      await vi.waitUntil(() => one.begun === 1, { timeout: 30_000 });
      first.leave();
      second.leave();
      expect((await third).body.plain().toString()).toBe('text');
      expect(await Promise.all([first.outcome, second.outcome])).toEqual(
        Array(2).fill('nobody waits for this answer any more'),
      );
      expect([one.begun, other.begun]).toEqual([1, 0]);
      one.ends = true;
      // It was not kept.
      expect((await ask(one)).body.plain().toString()).toBe('made');
      expect(one.begun).toBe(2);
    });

    it('is made for one who stays, and kept when all have their answer', async () => {
      const question = endless('shared');
      const [first, second] = [askAndLeave(question), askAndLeave(question)];
      await vi.waitUntil(() => question.begun === 1, { timeout: 30_000 });
      first.leave();
      question.ends = true;
      expect(await second.outcome).toBe('made');
      second.leave();
      await ask(question);
      expect(question.begun).toBe(1);
    });
  });

  it('is made one at a time, in short turns', async () => {
    let running = 0;
    let most = 0;
    let turns = 0;
    const slow = (key: string): Question => ({
      key,
      moment: view,
      freshMs: 1000,
      *make() {
        most = Math.max(most, ++running);
        for (const end = performance.now() + 400; performance.now() < end;) yield;
        running--;
        return { contentType: 'text/plain', pieces: [] };
      },
    });
    let watching = true;
    const watch = (): void => {
      turns++;
      if (watching) setImmediate(watch);
    };
    setImmediate(watch);
    await Promise.all([ask(slow('a')), ask(slow('b'))]);
    watching = false;
    expect(most).toBe(1);
    // 800 ms of work in slices of 4 ms, with a turn of others between them
    expect(turns).toBeGreaterThan(20);
  });
});
