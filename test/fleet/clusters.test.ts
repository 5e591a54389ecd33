import { beforeEach, expect, it } from 'vitest';
import { openClusters, type Clusters } from '../../src/fleet/clusters.ts';
import type { FleetHost } from '../../src/fleet/fleet.ts';
import type { View } from '../../src/metrics/define.ts';
import { nextTurn } from '../../src/turn.ts';

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
  expect(clusters.answers().map(({ cluster, nodes }) => [cluster, nodes.map(({ name }) => name)])).toEqual([
    ['a', ['hv01', 'hv02']],
    ['b', ['hv11']],
  ]);
  expect(lookedAt(() => clusters.answers())).toEqual([]);
});

it('a new view of a host has those of its cluster worked out again, in a turn of their own and at most every 15 s', async () => {
  clusters.answers();
  seconds += 14;
  clusters.changed('a');
  await nextTurn();
  expect(lookedAt(() => clusters.answers())).toEqual([]);
  seconds += 1;
  expect(
    lookedAt(() => {
      clusters.changed('a');
      clusters.changed('a');
      clusters.changed(undefined);
    }),
  ).toEqual([]);
  await nextTurn();
  expect(looked).toEqual(['hv01', 'hv02']);
  // A scrape 29 s after the answers of b has no work to wait for.
  seconds += 14;
  expect(lookedAt(() => clusters.answers())).toEqual([]);
});

it('without new views they get no older than 30 s, and a host that came or went counts at once', () => {
  clusters.answers();
  seconds += 30;
  expect(lookedAt(() => clusters.answers())).toEqual(['hv01', 'hv02', 'hv11']);
  hosts.delete('hv02');
  expect(lookedAt(() => clusters.answers())).toEqual(['hv01']);
  hosts.delete('hv01');
  expect(clusters.answers().map(({ cluster }) => cluster)).toEqual(['b']);
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
  expect(lookedAt(() => clusters.answersOf('a'))).toEqual(['hv01', 'hv02']);
  const of = clusters.answersOf('a');
  asked = [];
  expect(lookedAt(() => expect(clusters.answersOf('a')).toBe(of))).toEqual([]);
  expect(asked).toEqual(['hv01', 'hv02']);
  expect(clusters.answers()[0]).toBe(of);
  expect([clusters.answersOf(undefined), clusters.answersOf('none')]).toEqual([undefined, undefined]);
});
