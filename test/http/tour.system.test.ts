import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import { AFTER_JUMP, SETTLE_SECONDS, stageAt, TOUR } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { type RunningAgent, startAgent } from '../support/servers/agent.ts';
import { until } from '../support/servers/until.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const stageOf = (scenario: string) => TOUR.findIndex((stage) => stage.scenario === scenario);

describe('the stages of the tour', () => {
  it('are where the timetable has them, at each speed and after each jump', () => {
    for (const speed of [0.5, 1, 10]) {
      expect(stageAt(SETTLE_SECONDS.tour / speed, { speed })).toEqual({ stage: 1, left: 180 / speed });
      for (const stage of TOUR.keys()) {
        const { settled, from, to } = TOUR[stage]!;
        const left = (to - from - settled) / speed;
        expect(left).toBeGreaterThan(0);
        expect(stageAt(AFTER_JUMP / speed, { speed, stage })).toEqual({
          stage,
          left: expect.closeTo(left, 6) as number,
        });
      }
    }
  });

  it('show the same host after a jump as in their turn, but for a VM that is about to attach its VF', () => {
    const asking = (world: ReturnType<typeof makeWorld>, seconds: number) =>
      world(seconds * 1000).vnics.filter(({ iovUsage }) => iovUsage === 1).length;
    const inTurn = makeWorld(1, 'tour');
    const all = TOUR.map(({ from, settled, scenario }, stage) => {
      const jumped = makeWorld(1, 'tour', 0, undefined, undefined, { stage });
      return { scenario, now: [asking(jumped, AFTER_JUMP), asking(inTurn, from + settled)] };
    });
    expect(all.filter(({ now: [one, other] }) => Math.abs((one ?? 0) - (other ?? 0)) > 1)).toEqual([]);
  });
});

it('the demo at ten times the speed shows its stages as the slow one does, and is read ten times as often', async () => {
  const agent = await startAgent(createDemoReader({ seed: 1, scenario: 'tour', clock, rehearsed: true, speed: 10 }));
  const page = async () => (await fetch(`http://127.0.0.1:${agent.port}/`)).text();
  try {
    let shown = '';
    const shows = (text: string) => async () => (shown = await page()).includes(text);
    await until('the exhausted pool', shows('5 of 75 virtual NICs that ask for a VF are in fallback'), {
      withinMs: 60_000,
    });
    expect(shown).toContain('stage 2 of 24: vf-pool-exhausted, next in less than a minute: healthy');
    expect(shown).toContain('<td data-label="Interval">6 s</td>');
    await until('the next stage', shows('stage 3 of 24: healthy'), { withinMs: 60_000 });
  } finally {
    await agent.close();
  }
}, 150_000);

describe('the demo', () => {
  let agent: RunningAgent;
  const page = async () => (await fetch(`http://127.0.0.1:${agent.port}/`)).text();
  const said = async () => /data-live="stage">([^<]+)</.exec(await page())?.[1];
  const jump = (number: number | string) =>
    fetch(`http://127.0.0.1:${agent.port}/demo/stage?number=${number}`, { method: 'POST', redirect: 'manual' });

  beforeAll(async () => {
    agent = await startAgent(createDemoReader({ seed: 1, scenario: 'tour', clock, rehearsed: true }));
    await until('the rehearsal has ended', async () => (await said())?.includes('next in 3 min: healthy') ?? false, {
      withinMs: 60_000,
    });
  }, 90_000);
  afterAll(() => agent.close());

  it('opens on a pool that is exhausted, seen to begin', async () => {
    expect(await said()).toBe('Simulated host, stage 2 of 24: vf-pool-exhausted, next in 3 min: healthy');
    await until('the first poll', async () => !(await page()).includes('settling'));
    expect(await page()).toContain('5 of 75 virtual NICs that ask for a VF are in fallback');
    const events = await (await fetch(`http://127.0.0.1:${agent.port}/api/v1/events?limit=200`)).text();
    expect(events.split('"vm_state"').length).toBeGreaterThan(10);
  });

  it('goes to a stage when asked, and shows it at once', async () => {
    const answer = await jump(stageOf('host-blocked') + 1);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    expect(await said()).toBe('Simulated host, stage 7 of 24: host-blocked, next in 5 min: healthy');
    expect(await page()).toContain('57 of 57 virtual NICs that ask for a VF are in fallback');
  });

  it('names the state of the cluster node', async () => {
    await jump(stageOf('cluster') + 1);
    expect(await page()).toMatch(/Cluster node <bdi>HV-02<\/bdi> is <b>paused<\/b>/);
  });

  it('refuses what is no stage, and a GET changes nothing', async () => {
    for (const [number, status] of [
      ['25', 404],
      ['0', 400],
      ['x', 400],
    ] as const)
      expect([number, (await jump(number)).status]).toEqual([number, status]);
    expect((await fetch(`http://127.0.0.1:${agent.port}/demo/stage?number=2`)).status).toBe(405);
  });
});
