import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_RUNBOOKS } from '../../src/alerting/annotations.ts';
import { ALERTS } from '../../src/alerting/rules/index.ts';
import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { everyMetric } from '../../src/metrics/catalogue/index.ts';
import { REASONS } from '../../src/diagnosis/reasons.ts';
import { type Board, boards, panelsOf, queries } from './boards.ts';

const root = join(import.meta.dirname, '../..');
/** Ids of units as Grafana spells them, of those used here. */
const UNITS = new Set(['none', 'percentunit', 's', 'bps', 'pps', 'bytes']);
const REASONS_PAGE = PROJECT_RUNBOOKS.replace(/runbooks$/, 'reasons.md');
/** Boards on which one host, or one VM, is looked at. */
const SINGLE = { 'sriov-host': 'instance', 'sriov-vm': 'vm' } as const;

/**
 * What stands for all: a host without a cluster has no such label. Jobs are those of the exporters, as `up` is of every
 * target; ids are those of the VM: no pattern for either.
 */
const ALL: Readonly<Record<string, { readonly allValue?: string; readonly hide?: number }>> = {
  cluster: { allValue: '.*' },
  job: {},
  instance: { allValue: '.+' },
  vm_id: { hide: 2 },
};

const linksOf = (board: Board) =>
  panelsOf(board).flatMap((panel) =>
    (panel.fieldConfig?.defaults.links ?? []).map(({ title, url }) => ({ panel, title, url })),
  );
/** Variables that a URL passes on, and those that it sets. */
const passedOn = (url: string) => [...url.matchAll(/\$\{(\w+):queryparam\}/g)].map(([, name = '']) => name);
const setBy = (url: string) => [...url.matchAll(/[?&]var-(\w+)=/g)].map(([, name = '']) => name);
const namesOf = (board: Board | undefined) => board?.templating.list.map(({ name }) => name) ?? [];

describe('dashboards', () => {
  it('are five dashboards with enough panels', () => {
    expect(boards.map(({ uid }) => uid)).toEqual([
      'sriov-capacity',
      'sriov-exporter',
      'sriov-fleet',
      'sriov-host',
      'sriov-vm',
    ]);
    expect(queries.length).toBeGreaterThan(100);
  });

  it.each(boards)('$uid is classic JSON that can be provisioned unchanged', (board) => {
    expect(board).toMatchObject({
      id: null,
      schemaVersion: 42,
      editable: false,
      graphTooltip: 1,
      tags: ['sriov', 'hyper-v'],
    });
    expect(board.uid.length).toBeLessThanOrEqual(40);
    expect(board.description).toMatch(/\w[.?]$/);
    expect(JSON.stringify(board)).not.toMatch(/__inputs|__requires|\$\{DS_|inControlsMenu/);
  });

  it.each(boards)('$uid takes data source, cluster, job and hosts from variables, each narrowing the next', (board) => {
    const [datasource, cluster, job, instance, ...more] = board.templating.list;
    expect(datasource).toMatchObject({ name: 'datasource', type: 'datasource', label: 'Data source' });
    expect([cluster, job, instance].map((each) => [each?.name, each?.label])).toEqual([
      ['cluster', 'Cluster'],
      ['job', 'Job'],
      ['instance', 'Instance'],
    ]);
    expect(more.map(({ name }) => name)).toEqual(board.uid === 'sriov-vm' ? ['vm', 'vm_id'] : ['top']);
    const single = Object.entries(SINGLE).find(([uid]) => uid === board.uid)?.[1];
    const before: string[] = [];
    for (const variable of board.templating.list.slice(1).filter(({ type }) => type !== 'custom')) {
      const { name, query } = variable;
      expect(variable).toMatchObject({ type: 'query', refresh: 2, datasource: { uid: '${datasource}' } });
      for (const earlier of before) expect(JSON.stringify(query), name).toContain(`$${earlier}`);
      before.push(name);
      if (name === single) expect(variable.multi).toBe(false);
      else {
        expect(variable).toMatchObject({ multi: true, includeAll: true, ...ALL[name] });
        expect(variable.allValue, name).toBe(ALL[name]?.allValue);
      }
    }
  });

  it('show one screen of rows by default, and some hundred at most', () => {
    const tops = boards.flatMap(({ uid, templating }) =>
      templating.list
        .filter(({ name }) => name === 'top')
        .map(({ type, query, current }) => [uid, type, query, current?.value]),
    );
    expect(tops).toEqual([
      ['sriov-capacity', 'custom', '10,25,50,100', '25'],
      ['sriov-exporter', 'custom', '10,25,50,100', '25'],
      ['sriov-fleet', 'custom', '10,25,50,100', '25'],
      ['sriov-host', 'custom', '10,25,50,100', '100'],
    ]);
  });

  it.each(boards)('$uid uses each variable that it has, and no other', (board) => {
    const body = JSON.stringify({ ...board, templating: undefined, annotations: undefined, links: undefined });
    const defined = namesOf(board);
    for (const name of defined) expect(body.includes(`$${name}`) || body.includes(`\${${name}`), name).toBe(true);
    const used = queries
      .filter((query) => query.board === board)
      .flatMap(({ target }) => [...target.expr.matchAll(/\$([a-z_]\w*)/g)].map(([, name = '']) => name));
    const known = new Set([...defined, '__rate_interval', '__range']);
    expect([...new Set(used)].filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(boards)('$uid has panels that say what they show, where it comes from and what good looks like', (board) => {
    const panels = panelsOf(board);
    expect(panels.length).toBeGreaterThan(5);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const { title, description = '' } of panels) {
      expect(title).toMatch(/^(?:[A-Z]|vNIC|vPort)/);
      expect(description, title).toMatch(/^(?:[A-Z]|vPort).*\bGood: [^.]+.*\.$/);
      // A metric, a recorded series, a cmdlet or a counter set.
      expect(description, title).toMatch(/hyperv_\w+|process_\w+|\bup\b|ALERTS|recorded|Get-\w+|counters/);
    }
  });

  it('explain what an empty panel means', () => {
    for (const board of boards)
      for (const { title, fieldConfig } of panelsOf(board))
        expect(fieldConfig?.defaults.noValue ?? '', `${board.uid} / ${title}`).toMatch(/^[a-zA-Z][\w ,-]+\.?$/);
  });

  it('name only metrics that their queries read', () => {
    for (const board of boards)
      for (const { title, description = '', targets = [] } of panelsOf(board)) {
        const exprs = targets.map(({ expr }) => expr).join(' ');
        for (const [name] of description.matchAll(/\b(?:[a-z_]+:)?(?:hyperv|process)_[a-z_]+(?::\w+)?(?!\w*\*)\b/g))
          if (!description.includes(`${name}*`)) expect(exprs, `${board.uid} / ${title}`).toContain(name);
      }
  });

  it.each(boards)('$uid has panels with unit, data source and queries, in places and ids of their own', (board) => {
    const ids = board.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const panel of panelsOf(board)) {
      const { defaults, overrides = [] } = panel.fieldConfig ?? {};
      expect(UNITS, panel.title).toContain(defaults?.unit);
      for (const { id, value } of overrides.flatMap(({ properties }) => properties))
        if (id === 'unit') expect(UNITS, panel.title).toContain(value);
      expect(panel.targets?.length, panel.title).toBeGreaterThan(0);
      for (const each of [panel, ...(panel.targets ?? [])]) expect(each.datasource?.uid).toBe('${datasource}');
      expect(panel.targets?.map(({ refId }) => refId)).toEqual('ABCDEFGHIJ'.slice(0, panel.targets?.length).split(''));
      // Without steps of its own a panel gets Grafana's, red from 80 on.
      expect(defaults?.thresholds?.steps[0]?.value, panel.title).toBeNull();
    }
    for (const one of board.panels)
      for (const other of board.panels) {
        if (one === other) continue;
        const [a, b] = [one.gridPos, other.gridPos];
        expect(a.x + a.w).toBeLessThanOrEqual(24);
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart, `${one.title} lies on ${other.title}`).toBe(true);
      }
  });

  it('give columns to queries that are there, and looks to columns that are there', () => {
    const tables = boards.flatMap(panelsOf).filter(({ type }) => type === 'table');
    expect(tables.length).toBeGreaterThan(8);
    for (const { title, targets = [], transformations = [], fieldConfig, options } of tables) {
      expect(
        transformations.map(({ id }) => id),
        title,
      ).toEqual(['merge', 'organize']);
      const { renameByName = {}, excludeByName = {} } = transformations[1]?.options ?? {};
      // The value of an only query is `Value`, of several `Value #A` and so on.
      const fields = targets.length === 1 ? ['Value'] : targets.map(({ refId }) => `Value #${refId}`);
      for (const field of fields)
        expect(field in renameByName || field in excludeByName, `${title}: ${field}`).toBe(true);
      const named = [...Object.keys(renameByName), ...Object.keys(excludeByName)].filter((name) =>
        name.startsWith('Value'),
      );
      expect(named.toSorted(), title).toEqual(fields.toSorted());
      for (const { matcher } of fieldConfig?.overrides ?? []) {
        expect(matcher.id).toBe('byName');
        expect(Object.values(renameByName), title).toContain(matcher.options);
      }
      // Sorted, by columns that are shown: those of queries, or labels.
      expect(options?.sortBy?.length, title).toBeGreaterThan(0);
      const exprs = targets.map(({ expr }) => expr).join(' ');
      const labels = everyMetric.flatMap((metric) => (exprs.includes(metric.name) ? metric.labels : []));
      for (const { displayName } of options?.sortBy ?? []) {
        expect(['instance', ...Object.values(renameByName), ...labels], title).toContain(displayName);
        expect(displayName in excludeByName, title).toBe(false);
      }
    }
  });

  it.each(boards)('$uid leads to boards that exist, with variables that both have', (board) => {
    const inside = linksOf(board).filter(({ url }) => url.startsWith('/'));
    for (const { url, title } of inside) {
      const target = boards.find(({ uid }) => url.startsWith(`/d/${uid}?`));
      expect(target, url).toBeDefined();
      expect(passedOn(url).filter((name) => !namesOf(board).includes(name))).toEqual([]);
      expect([...passedOn(url), ...setBy(url)].filter((name) => !namesOf(target).includes(name))).toEqual([]);
      expect(setBy(url), title).toEqual(target?.uid === 'sriov-vm' ? ['vm'] : ['instance']);
      expect(url).toContain('${__url_time_range}');
      // Names hold what a URL must not.
      for (const [whole] of url.matchAll(/\$\{__(?:data|field)\.[^}]*\}/g)) expect(whole).toMatch(/:percentencode\}$/);
    }
    const [fleet, all] = board.links;
    expect(all).toMatchObject({ type: 'dashboards', tags: ['sriov'], includeVars: true, keepTime: true });
    expect(fleet).toMatchObject({ type: 'link', includeVars: false, keepTime: true });
    expect(fleet?.url).toMatch(/^\/d\/sriov-fleet\?/);
    expect(passedOn(fleet?.url ?? '')).toEqual(['datasource', 'cluster', 'job']);
  });

  it('lead down from the fleet to the host to the VM, and from alerts and reasons to what to do', () => {
    const uids = (uid: string) =>
      new Set(
        boards
          .filter((board) => board.uid === uid)
          .flatMap(linksOf)
          .map(({ url }) => /^\/d\/([\w-]+)/.exec(url)?.[1] ?? url.split('$')[0]),
      );
    expect(uids('sriov-fleet')).toContain('sriov-host');
    expect(uids('sriov-capacity')).toContain('sriov-host');
    expect(uids('sriov-host')).toContain('sriov-vm');
    expect(uids('sriov-vm')).toContain('sriov-host');
    expect(uids('sriov-fleet')).toContain(`${PROJECT_RUNBOOKS}/`);
    for (const uid of ['sriov-fleet', 'sriov-host', 'sriov-vm']) expect(uids(uid)).toContain(`${REASONS_PAGE}#`);
  });

  it('link only to the runbooks and to the page of reasons outside Grafana', () => {
    const outside = boards.flatMap(linksOf).filter(({ url }) => !url.startsWith('/'));
    expect(outside.length).toBeGreaterThan(3);
    for (const { url } of outside)
      expect([
        `${PROJECT_RUNBOOKS}/\${__data.fields.alertname:percentencode}.md`,
        ...['reason', 'finding'].map((label) => `${REASONS_PAGE}#\${__data.fields.${label}:percentencode}`),
      ]).toContain(url);
    // Ids are headings there.
    const page = readFileSync(join(root, 'docs/reasons.md'), 'utf8');
    for (const { id } of REASONS) expect(page).toContain(`\n### ${id}\n`);
  });

  it('show the thresholds of the alerts', () => {
    const stepsOf = (title: string) => {
      const panel = boards.flatMap(panelsOf).find((each) => each.title === title);
      const steps = panel?.fieldConfig?.defaults.thresholds?.steps ?? [];
      return steps.flatMap(({ value }) => value ?? []);
    };
    expect(ALERTS.length).toBeGreaterThan(20);
    expect(stepsOf('On their VF')).toEqual([1 - t.cluster_fallback_ratio, 1]);
    expect(stepsOf('State unknown')).toEqual([t.state_unknown_ratio]);
    expect(stepsOf('Oldest data')).toEqual([t.poll_stale_floor_seconds]);
    expect(stepsOf('Age of the data')).toEqual([t.poll_stale_floor_seconds]);
    expect(stepsOf('vNICs that lost their VF within the hour')).toEqual([t.mass_fallback_min_vnics]);
    expect(stepsOf('VF occupancy by vSwitch')).toEqual([t.vf_pool_ratio, 1]);
    expect(stepsOf('VFs by NIC')).toEqual([t.vf_pool_ratio, 1]);
    expect(stepsOf('Path changes')).toEqual([t.flapping_changes]);
    expect(stepsOf('CPU of the VM')).toEqual([t.guest_cpu_ratio]);
  });
});
