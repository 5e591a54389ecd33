import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { catalogue } from '../../src/metrics/catalogue/index.ts';
import { recordingRules } from '../../src/alerting/rules/recording.ts';
import { boards, expand, queries } from './boards.ts';

/** A valid unit of Grafana, of those used here. */
const UNITS = new Set(['none', 'percentunit', 's', 'bps', 'pps', 'bytes']);
const METRIC_NAMES = new Set([
  ...catalogue.map(({ name }) => name),
  ...recordingRules.map(({ record }) => record),
  // Of Prometheus itself and of Node's process metrics, which prom-client names.
  'up',
  'ALERTS',
  'process_resident_memory_bytes',
  'process_cpu_seconds_total',
  'hyperv_exporter_notifications_sent_total',
  'hyperv_exporter_notifications_errors_total',
]);

/** Metric names, selectors and syntax errors of an expression. */
function parse(expr: string) {
  const text = expand(expr);
  const metrics: string[] = [];
  const selectors: string[] = [];
  let errors = 0;
  parser.parse(text).iterate({
    enter(node) {
      if (node.type.isError) errors++;
      if (node.name === 'VectorSelector') {
        const selector = text.slice(node.from, node.to);
        selectors.push(selector);
        metrics.push(/^[a-zA-Z_:][\w:]*/.exec(selector)?.[0] ?? '');
      }
    },
  });
  return { metrics, selectors, errors };
}

describe('dashboards', () => {
  it('are five boards with enough to look at', () => {
    expect(boards.map(({ uid }) => uid)).toEqual([
      'sriov-capacity',
      'sriov-exporter',
      'sriov-fleet',
      'sriov-host',
      'sriov-vm',
    ]);
    expect(queries.length).toBeGreaterThan(50);
  });

  it.each(boards)('$uid is classic JSON that provisioning takes as it is', (board) => {
    expect(board).toMatchObject({
      id: null,
      schemaVersion: 42,
      editable: false,
      graphTooltip: 1,
      tags: ['sriov', 'hyper-v'],
    });
    expect(board.uid.length).toBeLessThanOrEqual(40);
    expect(board.description).toMatch(/\w[.?]$/);
    expect(JSON.stringify(board)).not.toMatch(/__inputs|__requires|\$\{DS_/);
  });

  it.each(boards)(
    '$uid takes its data source, cluster, job and instance from variables, each narrowing the next',
    (board) => {
      const [datasource, cluster, job, instance] = board.templating.list;
      expect(datasource).toMatchObject({ name: 'datasource', type: 'datasource', label: 'Data source' });
      expect([cluster?.name, job?.name, instance?.name]).toEqual(['cluster', 'job', 'instance']);
      expect([cluster?.label, job?.label, instance?.label]).toEqual(['Cluster', 'Job', 'Instance']);
      for (const { name, type, refresh, query } of board.templating.list.slice(1)) {
        expect([name, type, refresh]).toEqual([name, 'query', 2]);
        expect(JSON.stringify(query)).toMatch(/label_values\(hyperv_\w+/);
      }
      // A drill-down board shows one host at a time.
      expect(instance?.multi).toBe(!['sriov-host', 'sriov-vm'].includes(board.uid));
    },
  );

  it.each(boards)('$uid uses each variable it has, and no other', (board) => {
    const body = JSON.stringify({ ...board, templating: undefined, annotations: undefined });
    const defined = board.templating.list.map(({ name }) => name);
    for (const name of defined) expect(body.includes(`$${name}`) || body.includes(`\${${name}`), name).toBe(true);
    const used = queries
      .filter((query) => query.board === board)
      .flatMap(({ target }) => [...target.expr.matchAll(/\$(\w+)/g)].map((match) => match[1]));
    expect([...new Set(used)].filter((name) => !defined.includes(name ?? '') && name !== '__rate_interval')).toEqual(
      [],
    );
  });

  it.each(boards)('$uid has panels with title, description, unit and queries, at places of their own', (board) => {
    const ids = board.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const panels = board.panels.filter(({ type }) => type !== 'row');
    expect(panels.length).toBeGreaterThan(4);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const panel of panels) {
      expect(panel.description, panel.title).toMatch(/\w.*\.$/);
      expect(UNITS, panel.title).toContain(panel.fieldConfig?.defaults.unit);
      expect(panel.targets?.length, panel.title).toBeGreaterThan(0);
      expect(panel.datasource?.uid, panel.title).toBe('${datasource}');
      expect(panel.interval, panel.title).toBe('1m');
      for (const target of panel.targets ?? []) expect(target.datasource.uid).toBe('${datasource}');
      const { x, y, w, h } = panel.gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      for (const other of panels) {
        if (other === panel) continue;
        const o = other.gridPos;
        const apart = x + w <= o.x || o.x + o.w <= x || y + h <= o.y || o.y + o.h <= y;
        expect(apart, `${panel.title} lies on ${other.title}`).toBe(true);
      }
    }
  });

  it.each(boards)('$uid links to boards and variables that exist', (board) => {
    expect(board.links[0]?.tags).toEqual(['sriov']);
    const links = board.panels.flatMap((panel) => panel.fieldConfig?.defaults.links ?? []);
    for (const { url } of links) {
      const target = boards.find(({ uid }) => url.startsWith(`/d/${uid}?`));
      expect(target, url).toBeDefined();
      const names = target?.templating.list.map(({ name }) => name) ?? [];
      const passed = [...url.matchAll(/\$\{(\w+):queryparam\}|var-(\w+)=/g)].map((match) => match[1] ?? match[2] ?? '');
      expect(passed.filter((name) => !names.includes(name))).toEqual([]);
      expect(passed).toContain('instance');
      expect(url).toContain('${__url_time_range}');
    }
  });

  it.each(queries)('$key is PromQL on metrics that exist, for the hosts that were chosen', ({ target }) => {
    const { metrics, selectors, errors } = parse(target.expr);
    expect(errors, target.expr).toBe(0);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !METRIC_NAMES.has(name))).toEqual([]);
    for (const selector of target.expr.match(/[a-zA-Z_:][\w:]*\{[^}]*\}/g) ?? []) {
      const name = /^[\w:]+/.exec(selector)?.[0] ?? '';
      const wanted =
        name.startsWith('cluster:') || name === 'ALERTS'
          ? ['cluster']
          : name.includes(':')
            ? ['cluster', 'instance']
            : ['cluster', 'job', 'instance'];
      for (const label of wanted) expect(selector).toContain(`${label}=~"$${label}"`);
    }
    // Every selector has matchers, so none escaped the check above.
    expect(selectors.filter((selector) => !selector.includes('{'))).toEqual([]);
  });

  it('take rates of counters only, over the interval that Grafana knows to be wide enough', () => {
    for (const { target, key } of queries) {
      for (const [, fn, metric, range] of target.expr.matchAll(
        /\b(rate|irate|increase)\((\w+)\{[^}]*\}\[([^\]]+)\]/g,
      )) {
        expect(metric, key).toMatch(/_total$/);
        if (fn !== 'increase') expect(range, key).toBe('$__rate_interval');
      }
      for (const [total] of target.expr.matchAll(/(?<!(?:rate|increase)\()\bhyperv_\w+_total\{/g))
        expect.fail(`${key}: ${total} without a rate`);
    }
  });

  it('show the thresholds of the alerts', () => {
    const steps = boards
      .flatMap(({ panels }) => panels.flatMap((panel) => panel.fieldConfig?.defaults.thresholds?.steps ?? []))
      .map(({ value }) => value);
    for (const wanted of [
      defaultThresholds.vf_pool_ratio,
      defaultThresholds.poll_stale_floor_seconds,
      defaultThresholds.guest_cpu_ratio,
      defaultThresholds.mass_fallback_min_vnics,
    ])
      expect(steps).toContain(wanted);
  });

  it.each(boards)('$uid marks firing alerts and path changes', (board) => {
    const names = board.annotations.list.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Firing alerts', 'Path changes']));
    for (const { expr } of board.annotations.list) if (expr !== undefined) expect(parse(expr).errors).toBe(0);
  });
});
