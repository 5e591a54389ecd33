import { describe, expect, it } from 'vitest';
import { labelsOfMetric } from '../../src/alerting/expr/metric-labels.ts';
import { RECORDS } from '../../src/alerting/rules/index.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { catalogue, everyMetric } from '../../src/metrics/catalogue/index.ts';
import { boards } from '../dashboards/boards.ts';
import { analyse } from '../support/promql.ts';
import { alertRules, groups, recordingRules, ruleTests } from './rule-files.ts';

/** What a scrape adds, by the sample configuration and by Prometheus itself; the last two by a user of the rule tests. */
const TARGET = ['cluster', 'instance', 'job', 'host', 'site', 'team', 'read_by'];
const records = new Map(RECORDS.map(({ record, expr }) => [record, expr.labels]));
const labelsOf = (metric: string): readonly string[] => records.get(metric) ?? labelsOfMetric(metric);
const OURS = new Set(everyMetric.flatMap(({ labels }): readonly string[] => labels));
const isCounter = (name: string): boolean =>
  name.endsWith('_total') && catalogue.find((metric) => metric.name === name)?.type !== 'gauge';

const rules = [...alertRules, ...recordingRules].map((rule) => ({
  name: 'alert' in rule ? `${rule.alert} (${rule.labels['severity']})` : rule.record,
  rule,
  ...analyse(rule.expr),
}));
const minutes = (range: string): number => Number(range.slice(0, -1)) * (range.endsWith('h') ? 60 : 1);

describe('the expressions of the rules', () => {
  it.each(rules)('$name: PromQL without errors, of metrics and labels that the exporter has', (rule) => {
    expect(rule.errors).toBe(0);
    expect(rule.selectors.length).toBeGreaterThan(0);
    for (const { metric, matchers } of rule.selectors) {
      for (const { label } of matchers) expect([...TARGET, ...labelsOf(metric)], metric).toContain(label);
    }
  });

  it('keep the labels of the target: series are matched and summed up without labels of ours, and of hosts', () => {
    const groupings = rules.flatMap(({ rule, groupings: of }) => of.map((one) => ({ ...one, expr: rule.expr })));
    const left = groupings.filter(({ kind }) => kind === 'without' || kind === 'ignoring');
    expect(left.length).toBeGreaterThan(40);
    const strange = left.filter(({ labels }) =>
      labels.some((label) => !OURS.has(label) && !defaultThresholds.host_labels.includes(label)),
    );
    expect(strange).toEqual([]);
    // What would leave only the labels that it names
    expect(groupings.filter(({ kind }) => kind === 'by' || kind === 'on')).toEqual([]);
    // group_left copies labels of an info series of ours.
    const copied = groupings.filter(({ kind }) => kind === 'group_left').flatMap(({ labels }) => labels);
    expect(copied.length).toBeGreaterThan(3);
    expect(copied.filter((label) => !OURS.has(label))).toEqual([]);
  });

  it('raise alerts with every label of the target', () => {
    const fired = ruleTests
      .flatMap(({ alert_rule_test: tests = [] }) => tests)
      .flatMap(({ alertname, exp_alerts: all }) => all.map(({ exp_labels: labels }) => ({ alertname, labels })));
    expect(fired.length).toBeGreaterThan(80);
    const lost = fired.filter(
      ({ alertname, labels }) =>
        alertname !== 'SriovExportersAbsent' &&
        ['site', 'team', 'job', 'cluster'].some((label) => labels[label] === undefined),
    );
    expect(lost).toEqual([]);
  });

  it('take rates of counters only, over five minutes and more, and read no counter without one', () => {
    const selectors = rules.flatMap((rule) => rule.selectors);
    const rates = selectors.filter(({ rangeOf }) => rangeOf === 'rate' || rangeOf === 'increase');
    expect(rates.length).toBeGreaterThan(8);
    for (const { metric, range = '' } of rates) {
      expect(isCounter(metric), metric).toBe(true);
      expect(minutes(range), metric).toBeGreaterThanOrEqual(5);
    }
    const counters = selectors.filter(({ metric }) => isCounter(metric));
    expect(counters.filter(({ rangeOf }) => rangeOf !== 'rate' && rangeOf !== 'increase')).toEqual([]);
  });

  it('do not divide inside an aggregation, where a single 0 would make the result invalid', () => {
    expect(rules.flatMap(({ dividedInside }) => dividedInside)).toEqual([]);
  });

  it('match by a regular expression only where one is needed', () => {
    const matchers = rules.flatMap(({ selectors }) => selectors.flatMap((selector) => selector.matchers));
    const regular = matchers.filter(({ op }) => op === '=~' || op === '!~');
    expect(regular.length).toBeGreaterThan(0);
    for (const { value } of regular) {
      expect(value).toMatch(/[|.*+[(]/);
      expect(value).not.toMatch(/^\^|\$$/);
    }
  });

  it('are all different, and every recording rule is used', () => {
    expect(new Set(rules.map(({ rule }) => rule.expr)).size).toBe(rules.length);
    const read = [...rules.map(({ rule }) => rule.expr), JSON.stringify(boards)].join('\n');
    expect(recordingRules.filter(({ record }) => !read.includes(record)).map(({ record }) => record)).toEqual([]);
  });

  it('name recordings by level, metric and operation', () => {
    for (const { record } of recordingRules)
      expect(record).toMatch(
        /^(cluster|instance|instance_vswitch|instance_vnic):hyperv_\w+(?<!_total):(sum|count|ratio|rate5m|vf_assigned)$/,
      );
  });
});

describe('the alerts', () => {
  it('come in groups of 20 and fewer, with short names', () => {
    expect(groups.length).toBeGreaterThan(5);
    for (const { name, rules: inGroup } of groups) {
      expect(name).toMatch(/^[a-z-]{1,40}$/);
      expect(inGroup.length).toBeGreaterThan(0);
      expect(inGroup.length).toBeLessThanOrEqual(20);
    }
  });

  it.each(alertRules)('$alert ($labels.severity) has the form that the field asks for', (rule) => {
    expect(rule.alert).toMatch(/^Sriov([A-Z][a-z0-9]+)+$/);
    expect(rule.alert.length).toBeLessThanOrEqual(40);
    expect(Object.keys(rule.labels)).toEqual(['severity']);
    expect(['critical', 'warning', 'info']).toContain(rule.labels['severity']);
    const { summary = '', description = '', page_url, runbook_url, ...others } = rule.annotations;
    // Whom it is about, then one sentence without names.
    expect(summary).toMatch(/^\{\{ if \$labels\.vm \}\}.*\{\{ end \}\}[A-Z][^{]*\w\.$/);
    if (page_url !== undefined)
      expect(page_url).toBe(
        '{{ if $labels.read_by }}{{ else }}http://{{ $labels.instance }}{{ if $labels.vm_id }}/vm?id={{ $labels.vm_id | urlquery }}{{ else }}/{{ end }}{{ end }}',
      );
    expect(description).toContain('{{');
    expect(description).toMatch(/\.$/);
    expect(runbook_url).toMatch(new RegExp(String.raw`/docs/runbooks(\{\{ end \}\})?/${rule.alert}\.md$`));
    expect(['', 'remedy']).toContain(Object.keys(others).join());
    // A query in a template is evaluated for each alert at each evaluation.
    expect(JSON.stringify(rule.annotations)).not.toMatch(/\bquery\b/);
    const used = [...JSON.stringify(rule.annotations).matchAll(/\$labels\.(\w+)/g)].map((match) => match[1] ?? '');
    for (const label of used) expect([...TARGET, ...OURS, 'collector_source']).toContain(label);
    if (rule.for !== undefined) expect(rule.for).toMatch(/^[1-9]\d*[smh]$/);
  });

  it.each(alertRules)(
    '$alert ($labels.severity) has a condition, and no sorting that would change its labels',
    (rule) => {
      const { comparisons, calls } = analyse(rule.expr);
      expect(comparisons > 0 || calls.includes('absent')).toBe(true);
      expect(calls.filter((call) => /^(topk|bottomk|limitk|sort)/.test(call))).toEqual([]);
      if (calls.includes('absent')) expect(rule.for).toBeDefined();
      // A figure out of a rate is made readable.
      if (/^\W*(sum by [^(]*\([^)]*\) \()?(rate|increase|predict_linear|max_over_time)\(/.test(rule.expr))
        expect(rule.annotations['description']).not.toContain('{{ $value }}');
    },
  );

  it('page seldom: three of them are critical', () => {
    const critical = alertRules.filter(({ labels }) => labels['severity'] === 'critical').map(({ alert }) => alert);
    expect(critical.toSorted()).toEqual(['SriovClusterFallback', 'SriovExportersAbsent', 'SriovHostMassFallback']);
  });
});

describe('the rule tests', () => {
  const checks = ruleTests.flatMap((test) =>
    (test.alert_rule_test ?? []).map((check) => ({ ...check, test: test.name })),
  );

  it('end each alert when its exporter goes away, but those that are about that', () => {
    const ended = ruleTests.filter(({ name }) => name.endsWith('; then its exporter goes away'));
    const names = new Set(ended.map(({ name }) => name.split(':')[0]));
    const all = new Set(alertRules.map(({ alert }) => alert));
    expect([...all].filter((alert) => !names.has(alert)).toSorted()).toEqual([
      'SriovCollectorDown',
      'SriovExporterDown',
      'SriovExportersAbsent',
      'SriovPollStale',
    ]);
    for (const { alert_rule_test: its = [], name } of ended)
      expect(
        its.map(({ exp_alerts }) => exp_alerts.length > 0),
        name,
      ).toEqual([true, false]);
  });

  it('are of alerts that exist, and each alert has a case that fires and one that never does', () => {
    const names = new Set(alertRules.map(({ alert }) => alert));
    expect(checks.filter(({ alertname }) => !names.has(alertname))).toEqual([]);
    for (const name of names) {
      const mine = ruleTests.filter(({ alert_rule_test: all }) => all?.some(({ alertname }) => alertname === name));
      const fires = mine.filter(({ alert_rule_test: all }) => all?.some(({ exp_alerts }) => exp_alerts.length > 0));
      expect(fires.length, `${name} fires`).toBeGreaterThan(0);
      // Not yet: before it fires it does not.
      expect(
        fires.some(({ alert_rule_test: all }) => all?.[0]?.exp_alerts.length === 0),
        `${name} not yet`,
      ).toBe(true);
      expect(mine.length - fires.length, `${name} never`).toBeGreaterThan(0);
    }
  });

  it('show every alert at every severity with all its texts', () => {
    for (const { alert, labels, annotations } of alertRules) {
      const shown = checks
        .filter(({ alertname }) => alertname === alert)
        .flatMap(({ exp_alerts }) => exp_alerts)
        .filter(({ exp_labels }) => exp_labels['severity'] === labels['severity']);
      expect(shown.length, alert).toBeGreaterThan(0);
      for (const { exp_annotations } of shown)
        expect(Object.keys(exp_annotations).toSorted()).toEqual(Object.keys(annotations).toSorted());
    }
  });

  it('have unique names', () => {
    expect(new Set(ruleTests.map(({ name }) => name)).size).toBe(ruleTests.length);
  });

  it('feed only series that the exporter has', () => {
    const series = new Set(ruleTests.flatMap(({ input_series }) => input_series.map((input) => input.series)));
    expect(series.size).toBeGreaterThan(100);
    for (const one of series) {
      const { selectors, errors } = analyse(one);
      expect(errors, one).toBe(0);
      const [{ metric, matchers } = { metric: '', matchers: [] }] = selectors;
      for (const { label } of matchers) expect([...TARGET, ...labelsOf(metric)], one).toContain(label);
    }
  });

  it('test every recording', () => {
    const all = ruleTests.flatMap(({ promql_expr_test }) => promql_expr_test ?? []).map(({ expr }) => expr);
    const alerts = alertRules.map(({ expr }) => expr).join('\n');
    // Those that an alert reads are tested by its cases.
    for (const { record } of recordingRules)
      expect(all.some((expr) => expr.includes(record)) || alerts.includes(record), record).toBe(true);
  });
});
