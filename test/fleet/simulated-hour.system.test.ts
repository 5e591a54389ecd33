import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Part, PARTS } from '../../src/document/document.ts';
import { OperationalError } from '../../src/errors.ts';
import { MINUTE, SECOND } from '../poll/fakes.ts';
import { config, healthy, refusing, type Remote, silent, type SimulatedFleet, simulateFleet } from './remotes.ts';

/** The suite runs twelve minutes, a fifth of the work; SIMULATED_MINUTES=60 runs an hour and prints its figures. */
const MINUTES = Number(process.env['SIMULATED_MINUTES'] ?? 12);
const HALF = MINUTES / 2;
const printed = process.env['SIMULATED_MINUTES'] !== undefined;
vi.setConfig({ testTimeout: 1_200_000 });

let simulated: SimulatedFleet;
beforeEach(() => {
  // 64 hosts make 5 renders of some 20 turns each in a second.
  simulated = simulateFleet();
});
afterEach(() => simulated.end());

const collectionOf = (name: string) => simulated.fleet.hosts.get(name)!.host.served.collection();
const pollsOf = (name: string, part: Part) => collectionOf(name).parts[part].polls;
const stateOf = (name: string) => simulated.fleet.hosts.get(name)!.state();
const timeout = new OperationalError('connect_timeout', 'the host does not answer');

setFlagsFromString('--expose-gc');
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the flag of Node adds
const collectGarbage = runInNewContext('gc') as () => void;
function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('a collector of 64 hosts, of which two are dead, two slow and two hang', () => {
  const HOSTS = 64;
  const name = (number: number): string => `hv${String(number).padStart(2, '0')}`;
  const all = Array.from({ length: HOSTS }, (_, index) => name(index + 1));
  const dead = [name(3), name(40)];
  const slow = [name(11), name(41)];
  const hanging = [name(17), name(42)];
  const good = all.filter((each) => ![...dead, ...slow, ...hanging].includes(each));
  const remoteOf = (each: string): Remote => {
    if (dead.includes(each)) return refusing(timeout, 15 * SECOND);
    // The activity may take 10 s.
    if (slow.includes(each)) return healthy(9 * SECOND);
    return hanging.includes(each) ? { ...healthy(), ask: silent } : healthy();
  };
  const isTried = (each: string): boolean => collectionOf(each).parts.inventory.tried;

  /** Intervals in which a part was not asked for. The time from the first poll to the schedule's own seconds is not counted. */
  function missedPolls(each: string, part: Part): number {
    const asked = simulated.seen.asked.filter((ask) => ask.target === each && ask.part === part).slice(1);
    const times = [...asked.map(({ at }) => at), systemClock.monotonic()];
    const { interval } = config.poll[part];
    return times
      .slice(1)
      .reduce((sum, at, index) => sum + Math.max(0, Math.round((at - times[index]!) / interval) - 1), 0);
  }

  it('starts within a minute, misses at most one poll of a part, makes eight connections at once and keeps its memory flat', async () => {
    await simulated.start(new Map(all.map((each) => [each, () => remoteOf(each)])));
    let started = 0;
    while (!all.every((each) => hanging.includes(each) || isTried(each)) && started < MINUTE) {
      await simulated.run(SECOND);
      started += SECOND;
    }
    await simulated.run(MINUTE - started);
    // An inventory may take two minutes: those that hang are not known to do so yet.
    expect(all.filter((each) => !isTried(each))).toEqual(hanging);
    expect(good.filter((each) => stateOf(each).status !== 'up')).toEqual([]);
    expect(simulated.seen.mostConnecting).toBe(config.fleet.connects);

    await simulated.run((HALF - 1) * MINUTE);
    const before = heapInUse();
    await simulated.run((MINUTES - HALF) * MINUTE);
    const grown = heapInUse() / before;

    const missed = new Map<string, number>();
    let counted = 0;
    for (const each of good)
      for (const part of PARTS) {
        const { ok, failed, timeout: late, starting } = pollsOf(each, part);
        counted += ok;
        missed.set(`${each} ${part}`, missedPolls(each, part));
        // Only the first poll may have found no session yet.
        expect(failed + late, `${each} ${part}`).toBe(0);
        expect(starting, `${each} ${part}`).toBeLessThanOrEqual(1);
      }
    expect([...missed].filter(([, times]) => times > 1)).toEqual([]);
    // In each minute four of the activity and one each of inventory and cluster
    expect(counted).toBeGreaterThan(good.length * (MINUTES - 1) * 5);
    expect(simulated.seen.mostConnecting).toBeLessThanOrEqual(8);
    expect(grown, 'heap at the end against half of the time').toBeLessThan(1.1);
    if (printed)
      console.info({
        minutes: MINUTES,
        startedSeconds: started / SECOND,
        polls: counted,
        missed: Object.fromEntries([...missed].filter(([, times]) => times > 0)),
        mostConnecting: simulated.seen.mostConnecting,
        heapMegabytes: [before / 1e6, (before * grown) / 1e6],
      });

    for (const each of slow) expect(stateOf(each)).toMatchObject({ status: 'up' });
    for (const each of dead) expect(stateOf(each)).toMatchObject({ status: 'down', code: 'connect_timeout' });
    for (const each of hanging) {
      expect(stateOf(each)).toMatchObject({ status: 'down', code: 'timeout' });
      // It is asked less often, but not given up.
      const asks = simulated.seen.asked.filter(({ target, part }) => target === each && part === 'activity').length;
      expect(asks).toBeGreaterThan(2);
      expect(asks).toBeLessThan(MINUTES);
    }
  });
});
