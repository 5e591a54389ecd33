import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupBy } from '../../src/diagnosis/group.ts';
import { describeWith } from '../support/tools.ts';
import { type BoardQuery, queries } from './boards.ts';
import { type Cost, type Fleet, startFleet } from './fleet.ts';

/*
 * What every query of every panel costs at 200 hosts is in fleet.txt, which `npm run measure:boards` rewrites: that makes a
 * Prometheus with 200 hosts and takes some minutes. The suite asks ten of those hosts, and says whether the table still holds.
 */
const TABLE = join(import.meta.dirname, 'fleet.txt');
const MEASURING = process.env['MEASURE_BOARDS'] === 'true';
const FULL = { sites: ['east'], clusters: 20, steps: 288 } as const;
/** Of the same names at two sites */
const SMALL = { sites: ['east', 'west'], clusters: 1, steps: 12 } as const;
const SIZE = MEASURING ? FULL : SMALL;
const HOSTS = 10 * SIZE.clusters * SIZE.sites.length;
const FACTOR = MEASURING ? 1 : (10 * FULL.clusters) / HOSTS;
/** The largest number that a board shows by itself */
const TOP = 100;

/** Classes of time, since seconds differ from machine to machine and from run to run */
const CLASSES = [0.1, 0.3, 1, 3, 10] as const;
const classOf = (seconds: number): string => {
  const limit = CLASSES.find((each) => seconds < each);
  return limit === undefined ? 'longer' : `< ${limit} s`;
};

interface Row {
  readonly key: string;
  readonly series: number;
  readonly time: string;
}

const rowsOf = (text: string): Row[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('sriov-'))
    .map((line) => {
      const [board, panel, query, series, time = ''] = line.split('|').map((cell) => cell.trim());
      return { key: `${board} | ${panel} | ${query}`, series: Number(series), time };
    });

const line = (cells: readonly (string | number)[]): string => {
  const [board = '', panel = '', query = '', series = '', time = ''] = cells.map(String);
  return `${board.padEnd(14)} | ${panel.padEnd(40)} | ${query.padEnd(5)} | ${series.padStart(6)} | ${time}`;
};

const tableOf = (costs: ReadonlyMap<BoardQuery, Cost>): string =>
  [
    `# How many series each query of each panel gives at ${FULL.clusters * 10} hosts, ${FULL.clusters * 5 + 1} of them in trouble, and how long Prometheus`,
    '# takes for it: graphs over as many steps as six hours have. Written by npm run measure:boards.',
    '',
    line(['dashboard', 'panel', 'query', 'series', 'time']),
    '',
    ...[...costs].map(([query, { series, seconds }]) =>
      line([query.board.uid, query.panel.title, query.target.refId, series, classOf(seconds)]),
    ),
    '',
  ].join('\n');

describeWith(
  ['prometheus', 'promtool'],
  MEASURING ? 'the boards at 200 hosts' : 'the boards at two sites of ten hosts',
  () => {
    let fleet: Fleet;
    const costs = new Map<BoardQuery, Cost>();
    beforeAll(async () => {
      fleet = await startFleet(SIZE);
      for (const query of queries) costs.set(query, await fleet.cost(query));
      if (MEASURING) writeFileSync(TABLE, tableOf(costs));
    }, 3_600_000);
    afterAll(async () => {
      await fleet?.close();
    });

    it('are asked on hosts of which some have lost their VFs, fire alerts, or are gone', async () => {
      const now = (expr: string) => fleet.prometheus.value(expr, fleet.past.end);
      const up = 'up{job="hyperv-sriov"}';
      expect(await now(`count(${up})`)).toBe(HOSTS);
      expect(await now(`sum(${up})`)).toBe(HOSTS - SIZE.sites.length);
      expect(await now(`count(count by (cluster) (${up}))`)).toBe(SIZE.clusters);
      expect(await now(`count(count by (cluster, instance) (${up}))`)).toBe(10 * SIZE.clusters);
      expect(await now('count(hyperv_cluster_drift)')).toBe(2 * SIZE.clusters * SIZE.sites.length);
      expect(await now('count(hyperv_vnic_vf_active)')).toBeGreaterThan(30 * HOSTS);
      expect(await now('count(count by (vnic_id) (hyperv_vnic_vf_active))')).toBe(
        await now('count(hyperv_vnic_vf_active)'),
      );
      expect(await now('count(ALERTS{alertstate="firing"})')).toBeGreaterThan(10 * HOSTS);
    });

    it.each(queries)('$key gives a number of series that fits fleet.txt', (query) => {
      const { series = 0 } = costs.get(query) ?? {};
      const atAll = rowsOf(readFileSync(TABLE, 'utf8')).find(({ key }) => key === query.key)?.series ?? 0;
      if (MEASURING) expect(atAll).toBe(series);
      // As many as the reader asked for, or one for all hosts, for one host, or for each cluster.
      else if (query.target.expr.includes('topk($top, ')) {
        if (query.target.expr.startsWith('topk')) expect(atAll).toBeGreaterThanOrEqual(series);
        expect(atAll).toBeLessThanOrEqual(Math.min(TOP, series * FACTOR));
      } else {
        const atOne = series / SIZE.sites.length;
        expect([series, atOne, atOne * FULL.clusters]).toContain(atAll);
      }
    });

    it.each(queries)('$key keeps two sites with clusters and hosts of the same names apart', async (query) => {
      const found = await fleet.now(query, { top: '100000', vm: '.*', vm_id: '.*', instance: '.+' });
      const ofSite = (site: string) =>
        found
          .filter(({ metric }) => metric['site'] === site)
          .map(({ metric, value }) => JSON.stringify([metric['cluster'], metric['instance'], Number(value[1])]))
          .toSorted((a, b) => a.localeCompare(b));
      // A series is of one site, or of all of them and names no cluster and no host.
      for (const { metric } of found)
        expect(metric['site'] !== undefined || (metric['cluster'] ?? metric['instance']) === undefined).toBe(true);
      const [first = '', ...others] = SIZE.sites;
      for (const other of others) expect(ofSite(other)).toEqual(ofSite(first));
    });
  },
);

describe('fleet.txt', () => {
  const rows = rowsOf(readFileSync(TABLE, 'utf8'));

  it('has one row for each query of each panel', () => {
    expect(rows.map(({ key }) => key)).toEqual(queries.map(({ key }) => key));
    expect(rows.length).toBeGreaterThan(100);
  });

  it('says that no panel gets more than some hundred series, nor waits for them', () => {
    const byPanel = groupBy(rows, ({ key }) => key.slice(0, key.lastIndexOf('|')));
    expect(byPanel.size).toBeGreaterThan(50);
    for (const [panel, own] of byPanel) {
      expect(
        own.reduce((sum, { series }) => sum + series, 0),
        panel,
      ).toBeLessThanOrEqual(300);
      for (const { key, time } of own) expect(['< 0.1 s', '< 0.3 s', '< 1 s', '< 3 s'], key).toContain(time);
    }
    expect(rows.filter(({ series }) => series > 0).length).toBeGreaterThan(80);
  });
});
