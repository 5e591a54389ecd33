import { setImmediate as immediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { frameInSteps, PROTOCOL } from '../../src/collect/powershell/frame.ts';
import { diagnoseInSteps } from '../../src/diagnosis/diagnose.ts';
import { parseInSteps } from '../../src/document/parse.ts';
import { buildInSteps } from '../../src/host/build.ts';
import { emptyHistory, stepInSteps } from '../../src/history/step.ts';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import { createStore } from '../../src/poll/store.ts';
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

/** What the steps make, and how many there are. */
function counted<T>(steps: Steps<T>): { readonly made: T; readonly count: number } {
  for (let count = 1; ; count += 1) {
    const step = steps.next();
    if (step.done === true) return { made: step.value, count };
  }
}

describe('a poll of a host with 1,024 VMs', () => {
  it('is divided into steps of a few hundred vNICs, from the frame to the diagnosis', async () => {
    const startedAt = Date.UTC(2026, 4, 4, 12);
    const clock = { now: () => startedAt, monotonic: () => 0 };
    const reader = createDemoReader({ seed: 1, scenario: 'large', clock, startedAt });
    const raw = await reader.read('inventory', new AbortController().signal);
    const base64 = gzipSync(JSON.stringify(raw)).toString('base64');

    const frame = counted(frameInSteps(`@HVSRIOV${PROTOCOL} 1 ok ${base64.length} ${base64}@END`, 1));
    const parsed = counted(parseInSteps(frame.made));
    const store = createStore({ clock, intervals: { inventory: 60_000 } });
    store.record('inventory', { result: 'ok', document: parsed.made });
    const built = counted(buildInSteps(store.snapshot()));
    const stepped = counted(stepInSteps(emptyHistory(), built.made, startedAt));
    const diagnosed = counted(diagnoseInSteps(stepped.made.tracked, () => true));

    const pieces = built.made.vnics.length / 256;
    expect(pieces).toBeGreaterThanOrEqual(8);
    // Base64; decompression; the text and its limits; JSON
    expect(frame.count).toBe(4);
    expect(parsed.count).toBeGreaterThan(Object.keys(parsed.made.sources).length + pieces);
    expect(built.count).toBeGreaterThan(pieces);
    // Once for the paths and once for what is tracked; once for the facts and once for the diagnosis
    expect(stepped.count).toBeGreaterThan(2 * pieces);
    expect(diagnosed.count).toBeGreaterThan(2 * pieces);
  });
});
