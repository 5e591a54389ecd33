import { stringify } from 'yaml';
import { toPromql } from '../../src/alerting/expr/promql.ts';
import { RULE_GROUPS } from '../../src/alerting/rules/index.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import type { RecordingTest, RuleTest, Series, Values } from '../rule-tests/define.ts';
import { RECORDING_TESTS, RULE_TESTS } from '../rule-tests/index.ts';
import type { GeneratedFile } from './file.ts';

/** `name{label="value",…}` as promtool prints and reads it */
const nameOf = (name: string, labels: Readonly<Record<string, string>>): string =>
  `${name}{${Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`;

/** promtool's notation: `start+stepxtimes`; a series that ends is marked stale, as a scrape does. */
function notation(values: Values): string {
  const parts: string[] = [];
  for (let at = 0; at < values.length;) {
    const start = values[at];
    const next = values[at + 1];
    let end = at + 1;
    if (start === undefined) {
      while (end < values.length && values[end] === undefined) end++;
      const ends = at > 0 ? ['stale'] : [];
      const missing = end - at - ends.length;
      parts.push(...ends, ...(missing > 0 ? [`_x${missing}`] : []));
    } else {
      const step = next === undefined ? 0 : next - start;
      while (end < values.length && values[end] === start + step * (end - at)) end++;
      parts.push(end - at === 1 ? String(start) : `${start}${step < 0 ? '-' : '+'}${Math.abs(step)}x${end - at - 1}`);
    }
    at = end;
  }
  return parts.join(' ');
}

const inputOf = (series: readonly Series[]) =>
  series.map(({ name, labels, values }) => ({ series: nameOf(name, labels), values: notation(values) }));

export const alertTest = ({ alert, case: what, series, checks }: RuleTest) => ({
  name: `${alert}: ${what}`,
  interval: '1m',
  input_series: inputOf(series),
  alert_rule_test: checks.map(({ at, fires }) => ({
    eval_time: `${at}m`,
    alertname: alert,
    exp_alerts: fires.map(({ labels, annotations }) => ({ exp_labels: labels, exp_annotations: annotations })),
  })),
});

export const recordingTest = ({ record, case: what, series, at, samples }: RecordingTest) => ({
  name: `${record}: ${what}`,
  interval: '1m',
  input_series: inputOf(series),
  promql_expr_test: [
    {
      // Rates of exact numbers are not always exact.
      expr: `round(${record}, 0.001)`,
      eval_time: `${at}m`,
      exp_samples: samples.map(({ labels, value }) => ({ labels: nameOf('', labels), value })),
    },
  ],
});

const HEADER = `# Generated from tools/rule-tests by npm run generate. Run: promtool test rules alerts/tests/*.test.yaml
# For the rules with their default thresholds. No check is exactly at the edge of a window: Prometheus 2 and 3 differ there.
`;

/** With the rules that they are about and those that these read: promtool evaluates every rule that it is given. */
const fileOf = (name: string, tests: readonly unknown[]): GeneratedFile => ({
  path: `alerts/tests/${name}.test.yaml`,
  content:
    HEADER +
    stringify(
      {
        rule_files: filesOf(name).map((file) => `../${file}.rules.yaml`),
        evaluation_interval: '1m',
        group_eval_order: filesOf(name),
        tests,
      },
      { lineWidth: 0, aliasDuplicateObjects: false },
    ),
});

/** The files whose records a group reads, and its own, each after those that it reads. */
export function filesOf(name: string): readonly string[] {
  const group = RULE_GROUPS.find((one) => one.name === name);
  if (group === undefined) return [];
  const text = [
    ...group.records.map(({ expr }) => expr),
    ...group.alerts.map(({ expr }) => expr(defaultThresholds)),
  ].map((expr) => toPromql(expr, []));
  const read = RULE_GROUPS.filter(
    (other) => other !== group && other.records.some(({ record }) => text.some((one) => one.includes(record))),
  );
  return [...new Set([...read.flatMap((other) => filesOf(other.name)), name])];
}

/** alerts/tests/*.test.yaml: a file for each group, with the cases of its alerts and of its records. */
export function generate(): Promise<GeneratedFile[]> {
  const files = RULE_GROUPS.map(({ name, alerts, records }) => {
    const mine = new Set<string>([...alerts.map((alert) => alert.name), ...records.map(({ record }) => record)]);
    return fileOf(name, [
      ...RULE_TESTS.filter(({ alert }) => mine.has(alert)).map(alertTest),
      ...RECORDING_TESTS.filter(({ record }) => mine.has(record)).map(recordingTest),
    ]);
  });
  return Promise.resolve(files);
}
