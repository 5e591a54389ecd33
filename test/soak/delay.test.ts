import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DelayWatch, watchDelay } from '../../tools/soak/delay.ts';
import { threadTime } from '../../tools/thread-time.ts';

describe.skipIf(process.platform !== 'linux')('the delay of the event loop in processor time', () => {
  let delay: DelayWatch;
  beforeEach(() => void (delay = watchDelay()));
  afterEach(() => delay.close());

  it('is what this thread has worked in one turn', async () => {
    await sleep(30);
    delay.p99();
    const thread = threadTime();
    for (const end = thread.now() + 100e6; thread.now() < end;);
    thread.close();
    await sleep(30);
    expect(delay.p99()).toBeGreaterThan(80);
  });

  it('is not what the thread has waited for the processor', async () => {
    await sleep(30);
    delay.p99();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    await sleep(30);
    const measured = delay.p99();
    expect(measured).toBeGreaterThan(0);
    expect(measured).toBeLessThan(400);
  });
});
