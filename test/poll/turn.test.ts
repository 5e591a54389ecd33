import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inTurns, oneAtATime, type Steps } from '../../src/turn.ts';

const NAMES = ['a', 'b', 'c', 'd'];

describe('work in turns', () => {
  it('runs one step in each turn of the event loop, however much work there is, first come first served', async () => {
    const log: string[] = [];
    function* work(name: string): Steps<void> {
      for (let step = 1; step <= 3; step += 1) {
        log.push(`${name}${step}`);
        yield undefined;
      }
    }
    const ended = new AbortController();
    const loop = (async () => {
      while (!ended.signal.aborted) {
        await immediate();
        log.push('turn');
      }
    })();
    await Promise.all(NAMES.map(async (name) => inTurns(work(name))));
    ended.abort();
    await loop;
    const steps = [1, 2, 3].flatMap((step) => NAMES.map((name) => `${name}${step}`));
    expect(log.filter((entry) => entry !== 'turn')).toEqual(steps);
    // The first step of each is called, not waited for.
    const afterStart = log.slice(NAMES.length).join(' ');
    expect(afterStart).not.toMatch(/[a-d]\d [a-d]\d/);
  });
});

describe('work one at a time', () => {
  it('runs once more for all calls that come while it runs, and goes on after a failure', async () => {
    const runs: { end: (error?: Error) => void }[] = [];
    const run = oneAtATime(
      () =>
        new Promise<void>((resolve, reject) => {
          runs.push({ end: (error) => (error === undefined ? resolve() : reject(error)) });
        }),
    );
    const first = Promise.all([run(), run()]);
    await immediate();
    expect(runs).toHaveLength(1);
    const second = Promise.allSettled(Array.from({ length: 1000 }, run));
    await immediate();
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await first;
    await immediate();
    expect(runs).toHaveLength(2);
    const third = run();
    runs[1]?.end(new Error('faulty'));
    expect(new Set((await second).map(({ status }) => status))).toEqual(new Set(['rejected']));
    await immediate();
    expect(runs).toHaveLength(3);
    runs[2]?.end();
    await third;
  });
});
