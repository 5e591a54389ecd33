import { describe, expect, it } from 'vitest';
import { RECORDS as recordingRules, rulesOf } from '../../src/alerting/rules/index.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { collectorMetrics } from '../../src/metrics/catalogue/collector.ts';
import { everyMetric } from '../../src/metrics/catalogue/index.ts';
import { processMetrics } from '../../src/metrics/catalogue/process.ts';
import { type Board, boards, labelValues, queries } from './boards.ts';
import { parsePromql, RATE_INTERVAL } from './promql.ts';

const namesOf = (board: Board) => board.templating.list.map(({ name }) => name);

const METRICS = new Set([
  ...everyMetric.map(({ name }) => name),
  ...Object.values(processMetrics).map(({ name }) => name),
  ...recordingRules.map(({ record }) => record),
  // Of Prometheus itself, and of Node's process, which prom-client names.
  'up',
  'ALERTS',
  'process_resident_memory_bytes',
  'process_cpu_seconds_total',
]);

const alertLabels = rulesOf(defaultThresholds).flatMap(({ alerts }) => alerts.flatMap(({ expr }) => expr.labels));
const LABELS = new Map<string, readonly string[]>([
  ...[...everyMetric, ...Object.values(processMetrics)].map(({ name, labels }) => [name, labels] as const),
  ...recordingRules.map(({ record, expr }) => [record, expr.labels] as const),
  ['ALERTS', ['alertname', 'alertstate', 'severity', ...alertLabels]],
]);

/**
 * Labels by which each selector is narrowed to what is chosen above the board. Alerts of the fleet have no instance, some no
 * job, and those of a collector its own. Its metrics have cluster and host as labels of their own.
 */
function narrowedBy(metric: string): readonly string[] {
  if (metric === 'ALERTS')
    return ['cluster=~"$cluster"', `job=~"|$job|${defaultThresholds.collector_job}"`, 'instance=~"|$instance"'];
  const own = collectorMetrics.find(({ name }) => name === metric);
  if (own === undefined) return ['cluster=~"$cluster"', 'job=~"$job"', 'instance=~"$instance"'];
  return ['cluster=~"$cluster"', ...(own.labels.includes('host') ? ['host=~"$instance"'] : [])];
}

/** What is free elsewhere is free on hosts that are not chosen, too. */
const ELSEWHERE = /sum without \(instance, host[^)]*\) \((.*?)\)\)/;

describe('the queries of the dashboards', () => {
  it.each(queries)('$key is PromQL on metrics that exist', ({ target }) => {
    const { metrics, errors } = parsePromql(target.expr);
    expect(errors, target.expr).toBe(0);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !METRICS.has(name))).toEqual([]);
  });

  it.each(queries)('$key asks for what is chosen above the board and no more', ({ board, target }) => {
    const expr = board.uid === 'sriov-capacity' ? target.expr.replace(ELSEWHERE, '') : target.expr;
    const selectors = expr.match(/\b[a-zA-Z_:][\w:]*\{[^}]*\}/g) ?? [];
    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors)
      for (const matcher of narrowedBy(/^[\w:]+/.exec(selector)?.[0] ?? '')) expect(selector).toContain(matcher);
    // Every selector has matchers, so none escaped the check above.
    expect(parsePromql(target.expr).selectors.filter((selector) => !selector.includes('{'))).toEqual([]);
  });

  it.each(queries)('$key uses labels that its series have', ({ target }) => {
    const { metrics, labels } = parsePromql(target.expr);
    const known = new Set([
      'cluster',
      'job',
      ...defaultThresholds.host_labels,
      ...metrics.flatMap((name) => LABELS.get(name) ?? []),
    ]);
    expect(labels.filter((label) => !known.has(label))).toEqual([]);
    expect(labels.length).toBeGreaterThan(0);
  });

  it.each(queries)(
    '$key keeps the labels of the target: two sites may have clusters and hosts of one name',
    ({ target }) => {
      const { groupings, metrics } = parsePromql(target.expr);
      const ours = new Set(metrics.flatMap((name) => LABELS.get(name) ?? []));
      for (const { kind, labels } of groupings) {
        expect(kind, target.expr).not.toBe('on');
        // Over all hosts at once, or without labels of ours; what is summed up over a cluster leaves out those of its hosts.
        if (kind === 'by') expect(labels).not.toContain('cluster');
        const left = defaultThresholds.host_labels.every((label) => labels.includes(label))
          ? labels.filter((label) => !defaultThresholds.host_labels.includes(label))
          : labels;
        expect(
          left.filter((label) => !ours.has(label)),
          target.expr,
        ).toEqual([]);
      }
    },
  );

  it('take rates of counters only, and of each counter, over what Grafana knows to be wide enough', () => {
    let rates = 0;
    for (const { target, key } of queries) {
      for (const { metric, within, range } of parsePromql(target.expr).counters) {
        expect(['rate', 'increase'], `${key}: ${metric}`).toContain(within[0]);
        if (within[0] === 'increase') continue;
        rates++;
        // In a subquery of an average the step is its own, not the panel's.
        if (within.includes('avg_over_time')) expect(range, key).toBe('5m');
        else expect(range, key).toBe(RATE_INTERVAL);
      }
      for (const [, metric] of target.expr.matchAll(/\b(?:rate|increase)\((\w+)/g)) expect(metric).toMatch(/_total$/);
    }
    expect(rates).toBeGreaterThan(30);
  });

  it('have a least step that makes $__rate_interval five minutes', () => {
    const seconds = (text = '') => Number(/^(\d+)s$/.exec(text)?.[1]);
    for (const { target, panel, key } of queries) {
      expect(4 * seconds(target.interval), key).toBeGreaterThanOrEqual(300);
      expect(panel.interval, key).toBe(target.interval);
    }
  });

  it('ask for one value where one is shown, and as a table where a table is', () => {
    for (const { panel, target, key } of queries) {
      expect(target.instant === true, key).toBe(['stat', 'table', 'bargauge'].includes(panel.type));
      expect(target.format, key).toBe(panel.type === 'table' ? 'table' : 'time_series');
    }
  });

  it('hide series by the number that the reader chooses alone, and over a time range the same ones throughout', () => {
    let tops = 0;
    for (const { target, key, board } of queries) {
      const calls = parsePromql(target.expr).calls;
      expect(
        calls.filter((name) => ['bottomk', 'absent', 'irate'].includes(name)),
        key,
      ).toEqual([]);
      const own = [...target.expr.matchAll(/\btopk\((.{6})/g)].map(([, argument]) => argument);
      expect(own, key).toEqual(calls.filter((name) => name === 'topk').map(() => '$top, '));
      tops += own.length;
      if (own.length > 0) expect(namesOf(board), key).toContain('top');
    }
    expect(tops).toBeGreaterThan(30);
  });

  it.each(boards)('$uid fills its variables by PromQL on metrics that exist', (board) => {
    for (const variable of board.templating.list.filter(({ type }) => type === 'query')) {
      const { errors, metrics } = parsePromql(labelValues(variable)?.series ?? '');
      expect([variable.name, errors, metrics.every((name) => METRICS.has(name)), metrics.length]).toEqual([
        variable.name,
        0,
        true,
        1,
      ]);
    }
  });

  it.each(boards)('$uid marks firing alerts by severity, and path changes where they are few', (board) => {
    const marks = board.annotations.list.filter(({ expr }) => expr !== undefined);
    expect(marks.map(({ name, enable }) => [name, enable])).toEqual([
      ['Firing alerts, critical', true],
      ['Firing alerts, warning', true],
      ['Path changes', ['sriov-host', 'sriov-vm'].includes(board.uid)],
    ]);
    for (const { expr = '', datasource } of marks) {
      const { errors, metrics } = parsePromql(expr);
      expect([errors, metrics.filter((name) => !METRICS.has(name))]).toEqual([0, []]);
      expect(datasource.uid).toBe('${datasource}');
      for (const matcher of narrowedBy(metrics[0] ?? '')) expect(expr).toContain(matcher);
    }
  });
});
