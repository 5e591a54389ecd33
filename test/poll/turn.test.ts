import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inTurns, type Steps } from '../../src/turn.ts';

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
