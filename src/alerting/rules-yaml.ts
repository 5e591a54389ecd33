import { stringify } from 'yaml';
import { formatDuration } from '../text/duration.ts';
import { annotationTemplates } from './annotations.ts';
import { toPromql } from './expr/promql.ts';
import type { Rule } from './rules/define.ts';
import { rulesOf } from './rules/index.ts';
import type { Thresholds } from './thresholds.ts';

const HEADER =
  '# Generated from src/alerting/rules. To generate rules with your own thresholds: hyperv-sriov-exporter alerts --config FILE\n';

/** An alert in the form of a rule file. */
export const ruleOf = ({ keepFiringFor = 0, ...alert }: Rule, thresholds: Thresholds) => ({
  alert: alert.name,
  expr: toPromql(alert.expr, thresholds.host_labels),
  ...(alert.for === 0 ? {} : { for: formatDuration(alert.for) }),
  ...(keepFiringFor === 0 ? {} : { keep_firing_for: formatDuration(keepFiringFor) }),
  labels: { severity: alert.severity },
  annotations: annotationTemplates(alert, thresholds),
});

/** All groups as a rule file has them, with the thresholds of a site. */
export const ruleGroups = (thresholds: Thresholds) =>
  rulesOf(thresholds).map(({ name, interval, records, alerts }) => ({
    name,
    ...(interval === undefined ? {} : { interval: formatDuration(interval) }),
    rules: [
      ...records.map(({ record, expr }) => ({ record, expr: toPromql(expr, thresholds.host_labels) })),
      ...alerts.map((alert) => ruleOf(alert, thresholds)),
    ],
  }));

const toYaml = (groups: unknown): string => HEADER + stringify({ groups }, { lineWidth: 0, blockQuote: 'literal' });

/** One rule file for each group, by file name, in the syntax of Prometheus 2.42. */
export const rulesYaml = (thresholds: Thresholds): ReadonlyMap<string, string> =>
  new Map(ruleGroups(thresholds).map((group) => [`${group.name}.rules.yaml`, toYaml([group])]));

/** All groups in one rule file. */
export const rulesYamlAsOne = (thresholds: Thresholds): string => toYaml(ruleGroups(thresholds));
