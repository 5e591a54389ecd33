import { beforeEach, expect, it } from 'vitest';
import { openClusters, type Clusters } from '../../src/fleet/clusters.ts';
import type { FleetHost } from '../../src/fleet/fleet.ts';
import type { View } from '../../src/metrics/define.ts';
import { atOnce, nextTurn } from '../../src/turn.ts';

let seconds: number;
let looked: string[];
let hosts: Map<string, FleetHost>;
let clusters: Clusters;

/** A host that was never read: only that it was looked at counts here. */
function host(name: string, cluster: string): FleetHost {
  const served = {
    view(): View | undefined {
      looked.push(name);
      return undefined;
    },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is not here fails the test when it is used
  return {
    target: { name, labels: { cluster } },
    host: { served },
    state: () => ({ status: 'up' }),
  } as unknown as FleetHost;
}

beforeEach(async () => {
  seconds = 1000;
  looked = [];
  hosts = new Map([
    ['hv01', host('hv01', 'a')],
    ['hv02', host('hv02', 'a')],
    ['hv11', host('hv11', 'b')],
  ]);
  const clock = { now: () => seconds * 1000, monotonic: () => seconds * 1000 };
  clusters = await openClusters(
    hosts,
    clock,
    undefined,
    { warn: () => undefined },
    { run: () => Promise.resolve(true) },
  );
});

const lookedAt = (act: () => unknown): readonly string[] => {
  looked = [];
  act();
  return looked;
};

it('the answers of all clusters are worked out when they are asked for first', () => {
  expect(atOnce(clusters.answers()).map(({ cluster, nodes }) => [cluster, nodes.map(({ name }) => name)])).toEqual([
    ['a', ['hv01', 'hv02']],
    ['b', ['hv11']],
  ]);
  expect(lookedAt(() => atOnce(clusters.answers()))).toEqual([]);
});

it('a new view of a host has those of its cluster worked out again, in a turn of their own and at most every 15 s', async () => {
  atOnce(clusters.answers());
  seconds += 14;
  clusters.changed('a');
  await nextTurn();
  expect(lookedAt(() => atOnce(clusters.answers()))).toEqual([]);
  seconds += 1;
  expect(
    lookedAt(() => {
      clusters.changed('a');
      clusters.changed('a');
      clusters.changed(undefined);
    }),
  ).toEqual([]);
  while (looked.length < 2) await nextTurn();
  expect(looked).toEqual(['hv01', 'hv02']);
  // A scrape 29 s after the answers of b has no work to wait for.
  seconds += 14;
  expect(lookedAt(() => atOnce(clusters.answers()))).toEqual([]);
});

it('without new views they get no older than 30 s, and a host that came or went counts at once', () => {
  atOnce(clusters.answers());
  seconds += 30;
  expect(lookedAt(() => atOnce(clusters.answers()))).toEqual(['hv01', 'hv02', 'hv11']);
  hosts.delete('hv02');
  expect(lookedAt(() => atOnce(clusters.answers()))).toEqual(['hv01']);
  hosts.delete('hv01');
  expect(atOnce(clusters.answers()).map(({ cluster }) => cluster)).toEqual(['b']);
});

it('the alerts of a target have the answers of its own cluster, and nothing is asked of other clusters', () => {
  let asked: string[] = [];
  for (const [name, one] of hosts)
    hosts.set(name, {
      ...one,
      state() {
        asked.push(name);
        return one.state();
      },
    });
  expect(lookedAt(() => atOnce(clusters.answersOf('a')))).toEqual(['hv01', 'hv02']);
  const of = atOnce(clusters.answersOf('a'));
  asked = [];
  expect(lookedAt(() => expect(atOnce(clusters.answersOf('a'))).toBe(of))).toEqual([]);
  expect(asked).toEqual(['hv01', 'hv02']);
  expect(atOnce(clusters.answers())[0]).toBe(of);
  expect([atOnce(clusters.answersOf(undefined)), atOnce(clusters.answersOf('none'))]).toEqual([undefined, undefined]);
});

it('pauses at each host', () => {
  for (let number = 0; number < 50; number += 1) hosts.set(`more${number}`, host(`more${number}`, 'a'));
  const walk = clusters.answers();
  let steps = 0;
  while (walk.next().done !== true) steps += 1;
  expect(steps).toBeGreaterThanOrEqual(hosts.size);
});

it('works clusters that change at the same time out in different turns', async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const turnOf = new Map<string, number>();
  looked.push = (...names) => {
    for (const name of names) turnOf.set(name, turns);
    return turnOf.size;
  };
  for (const cluster of ['a', 'b']) clusters.changed(cluster);
  while (turnOf.size < 3) await nextTurn();
  clearImmediate(counting);
  expect(turnOf.get('hv11')).toBeGreaterThan(turnOf.get('hv01') ?? Number.NaN);
});

it('answers that were begun earlier and end later do not replace those of later views', () => {
  const earlier = clusters.answersOf('a');
  earlier.next();
  seconds += 1;
  const later = atOnce(clusters.answersOf('a'));
  expect(later).toBeDefined();
  expect(atOnce(earlier)).toBe(later);
  expect(atOnce(clusters.answersOf('a'))).toBe(later);
});
