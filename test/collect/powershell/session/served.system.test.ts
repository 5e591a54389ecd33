import { existsSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { GOOD, soon, useFakeShell } from './fake.ts';

const fake = useFakeShell();
const ask = (signal = soon()): Promise<unknown> => fake.reader.read('activity', signal);
const restarts = (): number => fake.reader.stats().restarts.activity;
const SERVED = { mode: 'served' } as const;

async function worksAgain(): Promise<void> {
  expect(await ask()).toMatchObject(GOOD);
  await vi.waitFor(() => expect(fake.running()).toHaveLength(1), 60_000);
}

describe.skipIf(process.platform !== 'linux')('a served session', () => {
  for (const fault of ['split', 'noise', 'stderr']) {
    it(`${fault}: the answer is had all the same`, async () => {
      fake.open({ FAKE_FAULT: fault }, SERVED);
      expect(await ask()).toMatchObject(GOOD);
      await worksAgain();
    });
  }

  for (const [fault, code] of [
    ['exit-0', 'powershell_exited'],
    ['exit-3', 'powershell_exited'],
    ['crash-at-start', 'powershell_exited'],
    ['endless', 'answer_too_large'],
    ['endless-error', 'answer_too_large'],
    ['wrong-id', 'frame_wrong_id'],
    ['wrong-checksum', 'frame_bad_gzip'],
  ] as const) {
    it(`${fault}: ${code}, and the next poll works in a new process`, async () => {
      fake.open({ FAKE_FAULT: fault }, { ...SERVED, outputLimit: 1_000_000 });
      await expect(ask()).rejects.toMatchObject({ code });
      await worksAgain();
      expect(restarts()).toBe(1);
    });
  }

  it('one that floods after its answer is ended, although nothing is asked', async () => {
    fake.open({ FAKE_FAULT: 'endless-after' }, { ...SERVED, outputLimit: 1_000_000 });
    expect(await ask()).toMatchObject(GOOD);
    const [pid = 0] = fake.running();
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), 60_000);
    await worksAgain();
  });

  it('a frame that is cut is waited for until the deadline', async () => {
    fake.open({ FAKE_FAULT: 'truncated' }, SERVED);
    await expect(ask(soon(1000))).rejects.toMatchObject({ code: 'timeout' });
    await worksAgain();
  });

  it('a hang ends at the deadline, with what it had started', async () => {
    fake.open({ FAKE_FAULT: 'hang' }, SERVED);
    await fake.reader.start('activity', soon());
    const asked = ask(soon(1000));
    await vi.waitFor(() => expect(fake.running()).toHaveLength(2), 60_000);
    await expect(asked).rejects.toMatchObject({ code: 'timeout' });
    await worksAgain();
  });

  it('a slow start fails the poll, and the session serves the next one', async () => {
    fake.open({ FAKE_FAULT: 'slow-start' }, SERVED);
    await expect(fake.reader.start('activity', soon(300))).rejects.toMatchObject({ code: 'timeout' });
    await worksAgain();
    expect(restarts()).toBe(0);
  });

  it('an error frame is the error, and the process is kept', async () => {
    fake.open({ FAKE_FAULT: 'error-frame' }, SERVED);
    await expect(ask()).rejects.toMatchObject({ code: 'collect_failed' });
    await worksAgain();
    expect(restarts()).toBe(0);
  });

  it('one that ends between two calls is replaced', async () => {
    fake.open({}, SERVED);
    expect(await ask()).toMatchObject(GOOD);
    const [pid = 0] = fake.running();
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), 60_000);
    await worksAgain();
    expect(restarts()).toBe(1);
  });

  it('is replaced before it reaches its own limit of calls', async () => {
    fake.open({ FAKE_SERVED_CALLS: '3' }, SERVED);
    for (let call = 0; call < 7; call += 1) expect(await ask()).toMatchObject(GOOD);
    expect(restarts()).toBe(2);
  });

  it('gets a ping after a minute without a call, and is killed if it does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout'] });
    try {
      fake.open({}, SERVED);
      expect(await ask()).toMatchObject(GOOD);
      const [pid = 0] = fake.running();
      for (let minute = 0; minute < 5; minute += 1) {
        await vi.advanceTimersByTimeAsync(60_000);
        // The answer comes in true time, and a call after it is not confused by it.
        expect(await ask()).toMatchObject(GOOD);
      }
      expect(fake.running()).toEqual([pid]);
      process.kill(pid, 'SIGSTOP');
      await vi.advanceTimersByTimeAsync(120_000);
      await vi.advanceTimersByTimeAsync(30_000);
      vi.useRealTimers();
      await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), 60_000);
      await worksAgain();
    } finally {
      vi.useRealTimers();
    }
  });

  it('two sessions serve all parts: one for activity, and one that takes the others in turn', async () => {
    fake.open({ FAKE_FAULT: 'slow-start' }, SERVED);
    const parts = ['inventory', 'config', 'cluster', 'eventlog', 'activity'] as const;
    const documents = await Promise.all(parts.map((part) => fake.reader.read(part, soon())));
    expect(documents).toMatchObject(parts.map((part) => ({ schema: 1, part })));
    expect(fake.running()).toHaveLength(2);
    expect(fake.reader.stats()).toMatchObject({
      calls: { inventory: 1, config: 1, cluster: 1, eventlog: 1, activity: 1 },
      restarts: { inventory: 0, activity: 0 },
    });
  });

  it('a part that waits for its turn is not read after its deadline, and the session is kept', async () => {
    fake.open({ FAKE_FAULT: 'hang' }, SERVED);
    const hung = fake.reader.read('inventory', soon(2000));
    await vi.waitFor(() => expect(fake.running().length).toBeGreaterThan(1), 60_000);
    await expect(fake.reader.start('config', soon(200))).rejects.toMatchObject({ code: 'timeout' });
    const next = fake.reader.read('cluster', soon());
    await expect(hung).rejects.toMatchObject({ code: 'timeout' });
    expect(await next).toMatchObject({ part: 'cluster' });
    expect(fake.reader.stats()).toMatchObject({ calls: { inventory: 1, config: 0, cluster: 1 } });
  });

  it('a start keeps the turn for its read, and gives it back where it fails', async () => {
    fake.open({ FAKE_FAULT: 'crash-at-start' }, SERVED);
    await expect(fake.reader.start('inventory', soon())).rejects.toMatchObject({ code: 'powershell_exited' });
    await fake.reader.start('config', soon());
    await expect(fake.reader.read('inventory', soon(100))).rejects.toMatchObject({ code: 'timeout' });
    expect(await fake.reader.read('config', soon())).toMatchObject({ part: 'config' });
    expect(await fake.reader.read('inventory', soon())).toMatchObject({ part: 'inventory' });
  });
});
