import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Part } from '../../src/document/document.ts';
import { after, atOnce, documentOf, HOUR, MINUTE, never, refuses, type Rig, rig, SECOND, timesOf } from './fakes.ts';

const NOON = Date.UTC(2026, 4, 4, 12);
let one: Rig;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  one = rig();
});
afterEach(async () => {
  await one.poller.stop();
  vi.useRealTimers();
});

const run = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const polls = (part: Part) => one.store.collection(false).parts[part].polls;

describe('from its start', () => {
  it('polls each part once, after the inventory where they are joined to it, and then at its interval', async () => {
    one.answers.inventory = after(3 * SECOND);
    await run(2 * SECOND);
    one.poller.start();
    await run(0);
    expect(one.asked.map(({ part }) => part)).toEqual(['inventory', 'activity']);
    await run(3 * SECOND);
    expect(one.asked.map(({ part }) => part)).toEqual(['inventory', 'activity', 'config', 'cluster', 'eventlog']);
    await run(20 * MINUTE - 5 * SECOND);
    // Ticks are at the full minute; one that comes sooner than an interval after the start before is left out.
    expect(timesOf(one, 'activity').slice(0, 4)).toEqual([2, 30, 45, 60]);
    expect(timesOf(one, 'inventory').slice(0, 4)).toEqual([2, 120, 180, 240]);
    expect(timesOf(one, 'config')).toEqual([5, 1200]);
    expect(timesOf(one, 'cluster').slice(0, 4)).toEqual([5, 120, 180, 240]);
    expect(timesOf(one, 'eventlog')).toEqual([5, 600, 900, 1200]);
    expect(timesOf(one, 'activity')).toHaveLength(80);
  });

  it('does not poll the part config before the first inventory, however long that takes', async () => {
    one.answers.inventory = after(100 * SECOND);
    one.poller.start();
    await run(99 * SECOND);
    expect([timesOf(one, 'config'), timesOf(one, 'cluster')]).toEqual([[], []]);
    await run(2 * SECOND);
    expect([timesOf(one, 'config'), timesOf(one, 'cluster')]).toEqual([[100], [100]]);
  });

  // Found by `npm run soak`: SriovPollStale fired, since the part config seemed an hour old for up to ten minutes.
  it('reads every part again within a quarter of its interval after the clock has been set', async () => {
    for (const hours of [1, -1]) {
      one.poller.start();
      await run(MINUTE);
      one.asked.length = 0;
      vi.setSystemTime(Date.now() + hours * HOUR);
      await run(2.5 * MINUTE + SECOND);
      expect(new Set(one.asked.map(({ part }) => part))).toEqual(
        new Set(['inventory', 'activity', 'config', 'cluster', 'eventlog']),
      );
      await one.poller.stop();
      one = rig();
    }
  });

  it('waits out its back-off though the clock has been set', async () => {
    one.answers.config = never;
    one.poller.start();
    await run(45 * MINUTE);
    const before = timesOf(one, 'config').length;
    vi.setSystemTime(Date.now() + HOUR);
    await run(MINUTE);
    expect(polls('config').timeout).toBeGreaterThanOrEqual(2);
    expect(timesOf(one, 'config')).toHaveLength(before);
  });

  it('never polls a part that is switched off', async () => {
    await one.poller.stop();
    one = rig({ inventory: { intervalMs: MINUTE, deadlineMs: MINUTE } });
    one.poller.start();
    await run(5 * MINUTE);
    expect(new Set(one.asked.map(({ part }) => part))).toEqual(new Set(['inventory']));
    expect(await one.poller.poll('activity', 'now')).toBe('skipped');
    expect(one.store.collection(false).parts.activity.enabled).toBe(false);
  });
});

describe('a part', () => {
  it('is never read twice at the same time: polls that are due during a read are skipped and counted', async () => {
    one.answers.activity = after(5 * SECOND);
    const first = one.poller.poll('activity', 'now');
    expect(await one.poller.poll('activity', 'now')).toBe('skipped');
    await run(5 * SECOND);
    expect(await first).toBe('ok');
    expect(polls('activity')).toEqual({ ok: 1, failed: 0, timeout: 0, starting: 0, skipped: 1 });
    expect(one.asked).toHaveLength(1);
  });

  it('whose PowerShell is slow to start counts as starting, not as timed out, and is read as soon as it has started', async () => {
    one.start = after(25 * SECOND);
    const results = [];
    for (let poll = 0; poll < 2; poll++) {
      const ended = one.poller.poll('activity', 'now');
      await run(10 * SECOND);
      results.push(await ended);
    }
    expect(results).toEqual(['starting', 'starting']);
    expect(timesOf(one, 'activity')).toEqual([]);
    expect(one.store.collection(false).parts.activity.error).toBe(
      'no session with the host within 10 s; it goes on starting',
    );
    one.start = after(5 * SECOND);
    const ended = one.poller.poll('activity', 'now');
    await run(5 * SECOND);
    expect(await ended).toBe('ok');
    expect(timesOf(one, 'activity')).toEqual([25]);
    expect(polls('activity')).toEqual({ ok: 1, failed: 0, timeout: 0, starting: 2, skipped: 0 });
  });

  it('is aborted at its deadline, and the reader is told', async () => {
    let told: unknown;
    one.answers.activity = (part, signal) => {
      signal.addEventListener('abort', () => (told = signal.reason));
      return never(part, signal);
    };
    const ended = one.poller.poll('activity', 'now');
    await run(10 * SECOND - 1);
    expect(one.ended).toEqual([]);
    await run(1);
    expect(await ended).toBe('timeout');
    expect(String(told)).toContain('no answer within 10 s');
    const state = one.store.collection(false).parts.activity;
    expect([state.tried, state.success, state.durationSeconds, state.error]).toEqual([
      true,
      false,
      10,
      'no answer within 10 s',
    ]);
  });

  it.each([
    ['refuses', refuses('vmms does not answer'), /vmms does not answer/],
    ['answers with something else', () => Promise.resolve('<html>'), /not a document/],
    ['answers for another part', () => Promise.resolve(documentOf('config')), /asked for inventory, got config/],
  ] as const)('that %s fails alone', async (_, answer, why) => {
    one.answers.inventory = answer;
    one.poller.start();
    await run(3 * MINUTE);
    const { parts } = one.store.collection(false);
    expect(parts.inventory.error).toMatch(why);
    expect([parts.inventory.success, parts.inventory.polls.ok]).toEqual([false, 0]);
    for (const part of ['activity', 'config', 'cluster'] as const)
      expect([part, parts[part].success]).toEqual([part, true]);
    expect(parts.inventory.polls.failed).toBe(4);
  });

  it('recovers with the next good document', async () => {
    one.answers.inventory = refuses('busy');
    await one.poller.poll('inventory', 'now');
    one.answers.inventory = atOnce;
    expect(await one.poller.poll('inventory', 'now')).toBe('ok');
    const { success, error, lastSuccess, polls: counts } = one.store.collection(false).parts.inventory;
    expect([success, error, lastSuccess, counts]).toEqual([
      true,
      undefined,
      NOON,
      { ok: 1, failed: 1, timeout: 0, starting: 0, skipped: 0 },
    ]);
  });

  it('cluster is read once an hour without a cluster service, and at its interval once there is one', async () => {
    const answer = (status: string) => () => Promise.resolve(documentOf('cluster', { cluster_node: { status } }));
    one.answers.cluster = answer('unsupported');
    one.poller.start();
    await run(2 * HOUR + 30 * MINUTE);
    expect(timesOf(one, 'cluster')).toEqual([0, 3600, 7200]);
    expect(one.store.collection(false).parts.cluster.enabled).toBe(false);
    one.answers.cluster = answer('ok');
    await run(33 * MINUTE);
    expect(timesOf(one, 'cluster').slice(3)).toEqual([10_800, 10_860, 10_920, 10_980]);
    expect(one.store.collection(false).parts.cluster.enabled).toBe(true);
  });

  it('that takes long is read at most a quarter of the time', async () => {
    one.answers.activity = after(8 * SECOND);
    one.poller.start();
    await run(3 * MINUTE);
    // 4 x 8 s = 32 s, and ticks are every 15 s: each third one.
    expect(timesOf(one, 'activity')).toEqual([0, 45, 90, 135, 180]);
    expect(one.store.collection(false).parts.activity.intervalSeconds).toBe(32);
    one.answers.activity = atOnce;
    await run(3 * MINUTE);
    expect(timesOf(one, 'activity').slice(-3)).toEqual([330, 345, 360]);
  });
});

describe('after timeouts', () => {
  it('waits 2, 5, 15 minutes, and recovers with the first answer', async () => {
    one.answers.activity = never;
    one.poller.start();
    await run(30 * MINUTE);
    // Two timeouts of 10 s at 0 and 15 s; then 25 s + 2 min, and so on, each at the next tick of 15 s.
    expect(timesOf(one, 'activity')).toEqual([0, 15, 150, 465, 1380]);
    one.answers.activity = atOnce;
    await run(10 * MINUTE);
    // 1390 + 900 s = 2290, the next tick is 2295; from then on as ever.
    expect(timesOf(one, 'activity').slice(5, 9)).toEqual([2295, 2310, 2325, 2340]);
    expect(polls('activity').timeout).toBe(5);
    // The other parts know nothing of it.
    expect(polls('inventory').timeout).toBe(0);
    expect(timesOf(one, 'inventory')).toHaveLength(41);
  });

  it('does not read while no session starts, and this does not count as another timeout', async () => {
    one.answers.activity = never;
    one.poller.start();
    await run(MINUTE);
    one.answers.activity = atOnce;
    one.start = never;
    await run(2 * MINUTE);
    expect(timesOf(one, 'activity')).toEqual([0, 15]);
    expect(polls('activity')).toMatchObject({ ok: 0, timeout: 2, starting: 2 });
  });

  it('a single timeout changes nothing', async () => {
    one.answers.activity = never;
    one.poller.start();
    await run(12 * SECOND);
    one.answers.activity = atOnce;
    await run(20 * SECOND);
    expect(timesOf(one, 'activity')).toEqual([0, 15, 30]);
  });

  it('keeps its interval after a hung poll, whose duration is not the cost of a poll', async () => {
    one.answers.inventory = never;
    one.poller.start();
    await run(2 * MINUTE);
    expect(one.store.effectiveInterval('inventory')).toBe(MINUTE);
  });
});

describe('a jump of the wall clock', () => {
  it.each([
    ['ahead by an hour', 60 * MINUTE],
    ['back by an hour', -60 * MINUTE],
  ])('%s neither floods the host nor starves it', async (_, jump) => {
    one.poller.start();
    await run(5 * MINUTE);
    const before = one.asked.length;
    vi.setSystemTime(Date.now() + jump);
    await run(10 * MINUTE);
    const reads = one.asked.slice(before).filter(({ part }) => part === 'activity').length;
    expect(reads).toBeGreaterThanOrEqual(38);
    expect(reads).toBeLessThanOrEqual(42);
  });
});

describe('stop', () => {
  it('aborts what runs, records nothing more, and starts nothing', async () => {
    one.answers.inventory = never;
    one.poller.start();
    await run(SECOND);
    await one.poller.stop();
    const asked = one.asked.length;
    const ended = one.ended.length;
    await run(10 * MINUTE);
    expect([one.asked.length, one.ended.length]).toEqual([asked, ended]);
    expect(await one.poller.poll('activity', 'now')).toBe('skipped');
    expect(one.store.collection(false).parts.inventory.tried).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});
