import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEASURED_VM } from '../../src/simulated-host/vm-specs.ts';
import { TOUR } from '../../src/simulated-host/scenarios.ts';
import { describeWith } from '../support/tools.ts';
import { boards, expand, labelValues, panelsOf, queries } from './boards.ts';
import type { InstantSample } from '../support/servers/prometheus.ts';
import { type Past, startPast } from './past.ts';

/** coverage.txt, row by row. */
const rows = readFileSync(join(import.meta.dirname, 'coverage.txt'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('sriov-'))
  .map((line) => {
    const [dashboard = '', panel = '', ref = '', healthy = '', scenario = '', shows = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    return { key: `${dashboard} | ${panel} | ${ref}`, healthy, scenario, shows };
  });

describe('coverage.txt', () => {
  it('has one row for each query of each panel', () => {
    expect(rows.map(({ key }) => key).toSorted()).toEqual(queries.map(({ key }) => key).toSorted());
    expect(rows.length).toBeGreaterThan(100);
  });

  it('has a scenario in which it gives something for each query that gives nothing while healthy', () => {
    const silent = rows.filter(({ healthy, shows }) => healthy === 'none' && !['0', 'not 0'].includes(shows));
    expect(silent).toEqual([]);
  });
});

describeWith(['prometheus', 'promtool'], 'the boards on a cluster of demo hosts that was through the tour', () => {
  let past: Past;
  beforeAll(async () => {
    past = await startPast();
  }, 900_000);
  afterAll(async () => {
    await past?.close();
  });

  const valuesOf = async (dashboard: string, panel: string, ref: string, scenario: string) => {
    const query = queries.find(({ key }) => key === `${dashboard} | ${panel} | ${ref}`);
    if (query === undefined) throw new Error(`no query ${ref} in ${dashboard} / ${panel}`);
    return new Map(
      (await past.vector(query, scenario)).map(({ metric, value }) => [
        `${metric['instance']} ${metric['vswitch']}`,
        Number(value[1]),
      ]),
    );
  };

  it.each(rows)('$key gives $healthy while healthy, in $scenario $shows', async ({ key, healthy, scenario, shows }) => {
    const query = queries.find((each) => each.key === key);
    if (query === undefined) throw new Error(`no query ${key}`);
    expect((await past.seen(query, 'healthy')).what).toBe(healthy);
    if (scenario !== '') expect((await past.seen(query, scenario)).what).toBe(shows);
  });

  it('names in legends and links only labels that the series have', async () => {
    let checked = 0;
    for (const board of boards)
      for (const panel of panelsOf(board)) {
        const labels = new Set<string>();
        for (const query of queries.filter((each) => each.panel === panel)) {
          const row = rows.find(({ key }) => key === query.key);
          const own = (await past.seen(query, row?.scenario || 'healthy')).labels;
          own.forEach((label) => labels.add(label));
          for (const [, label = ''] of (query.target.legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g)) {
            checked++;
            expect([...own], `${query.key}: legend`).toContain(label);
          }
        }
        for (const { url, title } of panel.fieldConfig?.defaults.links ?? [])
          for (const [, label = ''] of url.matchAll(/\$\{__(?:data\.fields|field\.labels)\.(\w+):percentencode\}/g)) {
            checked++;
            expect([...labels], `${board.uid} / ${panel.title}: ${title}`).toContain(label);
          }
      }
    expect(checked).toBeGreaterThan(50);
  });

  it('gives a table rows that belong together, and columns of every name that it mentions', async () => {
    const tables = boards.flatMap((board) => panelsOf(board).map((panel) => ({ board, panel })));
    let checked = 0;
    for (const { board, panel } of tables.filter(({ panel: { type } }) => type === 'table')) {
      const name = `${board.uid} / ${panel.title}`;
      const own = queries.filter((each) => each.board === board && each.panel === panel);
      const { renameByName = {}, excludeByName = {} } = panel.transformations?.[1]?.options ?? {};
      const columns = new Set<string>();
      const found: { readonly labels: readonly string[]; readonly rows: readonly InstantSample[] }[] = [];
      for (const query of own) {
        const row = rows.find(({ key }) => key === query.key);
        const scenario = row?.healthy === 'none' && row.scenario !== '' ? row.scenario : 'healthy';
        const labels = [...(await past.seen(query, scenario)).labels].filter((label) => !(label in excludeByName));
        found.push({ labels, rows: await past.vector(query, scenario) });
        labels.forEach((label) => columns.add(renameByName[label] ?? label));
        const value = own.length === 1 ? 'Value' : `Value #${query.target.refId}`;
        if (!(value in excludeByName)) columns.add(renameByName[value] ?? value);
      }
      // `merge` makes one row of the rows that have the labels in common alike: no query may have two of them.
      const common = found[0]?.labels.filter((label) => found.every(({ labels }) => labels.includes(label))) ?? [];
      if (own.length > 1)
        for (const { rows: series } of found) {
          const keys = series.map(({ metric }) => common.map((label) => metric[label]).join());
          expect(new Set(keys).size, `${name} by ${common.join()}`).toBe(keys.length);
        }
      const mentioned = [
        ...(panel.fieldConfig?.overrides ?? []).map(({ matcher }) => matcher.options),
        ...(panel.options?.sortBy ?? []).map(({ displayName }) => displayName),
        ...Object.keys(renameByName)
          .filter((field) => !field.startsWith('Value'))
          .map((field) => renameByName[field] ?? ''),
        ...[...JSON.stringify(panel.fieldConfig?.overrides ?? []).matchAll(/__data\.fields\.(\w+)/g)].map(
          ([, field = '']) => field,
        ),
      ];
      checked += mentioned.length;
      expect(
        mentioned.filter((column) => !columns.has(column)),
        `${name} has ${[...columns].join()}`,
      ).toEqual([]);
    }
    expect(checked).toBeGreaterThan(40);
  });

  it.each(boards)('$uid finds values for each variable', async (board) => {
    const { start, end } = past.backfill;
    const variables = board.templating.list.flatMap((variable) => labelValues(variable) ?? []);
    expect(variables.length).toBeGreaterThan(2);
    for (const { series, label } of variables) {
      const match = encodeURIComponent(expand(series, past.variables(board)));
      const found = (await past.prometheus.api(`label/${label}/values?match[]=${match}&start=${start}&end=${end}`)) as
        | string[]
        | undefined;
      expect(found?.length, `${label} of ${series}`).toBeGreaterThan(0);
    }
  });

  it.each(boards)('$uid has all clusters, the job of the exporters, and all hosts or one chosen', (board) => {
    const { cluster, job, instance } = past.variables(board);
    expect([cluster, job, instance]).toEqual(['.*', 'hyperv-sriov', board.uid === 'sriov-host' ? 'hv1:10182' : '.+']);
  });

  it('counts no target of another job', async () => {
    const at = past.backfill.start + 240;
    expect((await past.prometheus.query('count by (job) (up)', at)).map(({ metric }) => metric['job'])).toEqual([
      'hyperv-sriov',
      'node',
      'hyperv-sriov-collector',
    ]);
    expect(await past.prometheus.query('process_cpu_seconds_total{job="node"}', at)).toHaveLength(3);
    const [reporting, expected] = await Promise.all(
      ['A', 'B'].map((ref) => valuesOf('sriov-fleet', 'Hosts read', ref, 'healthy')),
    );
    expect([...(reporting?.values() ?? []), ...(expected?.values() ?? [])]).toEqual([4, 4]);
    for (const { board, target, key } of queries) {
      const variables = past.variables(board);
      const [all, own] = await Promise.all(
        [variables, { ...variables, job: 'hyperv-sriov' }].map((each) =>
          past.prometheus.query(expand(target.expr, each), at),
        ),
      );
      expect(all, key).toEqual(own);
    }
  });

  it.each(boards)('$uid gets marks for warnings and path changes in the course of the tour', async (board) => {
    const { start, end } = past.backfill;
    for (const { name, expr } of board.annotations.list) {
      if (expr === undefined) continue;
      const marks = await past.prometheus.queryRange(expand(expr, past.variables(board)), start, end, 60);
      expect(marks.length > 0, name).toBe(name !== 'Firing alerts, critical' || marks.length > 0);
    }
  });

  it('tells hosts that are well, wait for VFs, are blocked and are not scraped apart', async () => {
    const at = async (scenario: string) => {
      const found = await valuesOf('sriov-fleet', 'Hosts over time', 'A', scenario);
      return [found.get('hv1:10182 undefined'), found.get('hv4:10182 undefined')];
    };
    expect(await at('healthy')).toEqual([0, 0]);
    expect(await at('vf-pool-exhausted')).toEqual([1, 0]);
    expect(await at('host-blocked')).toEqual([2, 3]);
    expect(await at('gone')).toEqual([expect.any(Number), 3]);
  });

  it('counts in the evacuation table what is short: needed, less what is free elsewhere', async () => {
    for (const scenario of ['healthy', 'vf-pool-exhausted']) {
      const [short, needed, free] = await Promise.all(
        ['A', 'B', 'C'].map((ref) => valuesOf('sriov-capacity', 'Evacuation', ref, scenario)),
      );
      expect(short?.size).toBeGreaterThan(5);
      for (const [key, value] of short ?? []) expect(value, key).toBe((needed?.get(key) ?? 0) - (free?.get(key) ?? 0));
    }
  });

  it('compares what the host spends on the measured VM on either path, at its traffic of 460 and 410 MB/s', async () => {
    const value = async (panel: string, ref: string) =>
      [...(await valuesOf('sriov-vm', panel, ref, 'nic-disabled')).values()][0];
    // One of the four hosts stops reporting: its last rates are too low, so the means are somewhat below the truth, never above.
    const near = async (panel: string, ref: string, truth: number) => {
      expect(await value(panel, ref)).toBeGreaterThan(0.93 * truth);
      expect(await value(panel, ref)).toBeLessThan(1.01 * truth);
    };
    await near('Traffic by path', 'A', 8 * 460e6);
    await near('Traffic by path', 'B', 8 * 410e6);
    // The simulated hypervisor takes 3 % of the guest's time: 9.5 % of four processors on the VF, 15 % on the synthetic path.
    await near('Hypervisor time by path', 'A', 0.03 * 0.095 * 4);
    await near('Hypervisor time by path', 'B', 0.03 * 0.15 * 4);
  });

  it('compares the root partition over those times alone at which the VM was on the path', async () => {
    const query = queries.find(({ key }) => key === 'sriov-vm | Root partition time by path | B');
    const variables = { vm: MEASURED_VM, vm_id: '.+', cluster: 'demo', job: '.+', instance: 'hv1:10182' };
    const board = expand(query?.target.expr ?? '', { ...variables, __range: '30m' });
    const { to = 0 } = TOUR.find(({ scenario }) => scenario === 'nic-disabled') ?? {};
    const at = past.backfill.start + to - 60;
    // By now it has been on the synthetic path, out of half an hour, for just as long as rates look back.
    const root = 'sum(rate(hyperv_root_cpu_seconds_total{instance="hv1:10182"}[5m]))';
    const atLast = (await past.prometheus.value(root, at)) ?? 0;
    expect(atLast).toBeGreaterThan(0.1);
    expect(await past.prometheus.value(board, at)).toBeCloseTo(atLast, 6);
    const halfHour = await past.prometheus.value(`avg_over_time((${root})[30m:1m])`, at);
    expect(Math.abs((halfHour ?? 0) - atLast)).toBeGreaterThan(0.01);
  });

  it('is over a tour that has every stage', () => {
    const { start, end } = past.backfill;
    expect(end - start).toBe(TOUR.at(-1)?.to);
    expect(past.backfill.samples).toBeGreaterThan(1_000_000);
  });
});
