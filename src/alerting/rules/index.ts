import { once } from '../../once.ts';
import type { Thresholds } from '../thresholds.ts';
import { addressGroup } from './addresses.ts';
import type { Alert, HostRule, RecordingRule, Rule, RuleGroup } from './define.ts';
import { exporterGroup } from './exporter.ts';
import { fallbackGroup } from './fallback.ts';
import { fleetGroup } from './fleet.ts';
import { hostGroup } from './host.ts';
import { loadGroup } from './load.ts';
import { platformGroup } from './platform.ts';
import { poolGroup } from './pool.ts';
import { recordingGroup } from './recording.ts';
import { slowGroup } from './slow.ts';

/** Every rule, in the groups in which Prometheus evaluates them. */
export const RULE_GROUPS: readonly RuleGroup[] = [
  hostGroup,
  exporterGroup,
  platformGroup,
  fallbackGroup,
  poolGroup,
  loadGroup,
  addressGroup,
  fleetGroup,
  recordingGroup,
  slowGroup,
];

/** Every recording rule. */
export const RECORDS: readonly RecordingRule[] = RULE_GROUPS.flatMap((group) => group.records);
/** Every alert. */
export const ALERTS: readonly Alert[] = RULE_GROUPS.flatMap((group) => group.alerts);

/** Whether the exporter can evaluate an alert or rule by itself. */
const isOwn = <T extends { readonly scope: Alert['scope'] }>(
  rule: T,
): rule is Extract<T, { readonly scope: 'host' | 'collector' }> => rule.scope === 'host' || rule.scope === 'collector';

/**
 * All rules with the user's thresholds: alerts that are `off` are left out, and `for`, `keep_firing_for` and `severity`
 * are replaced where the user sets them. An alert with two severities has two rules. If the user sets one severity for
 * both, only the first remains, which has the wider condition.
 */
export function rulesOf(
  thresholds: Thresholds,
): readonly (Omit<RuleGroup, 'alerts'> & { readonly alerts: readonly Rule[] })[] {
  const seen = new Set<string>();
  return RULE_GROUPS.map((group) => ({
    ...group,
    alerts: group.alerts.flatMap((alert): Rule[] => {
      const own = thresholds.alerts[alert.name] ?? {};
      const { severity = alert.severity, for: wait = alert.for, keep_firing_for: keepFiringFor } = own;
      const key = `${alert.name} ${severity}`;
      if (own.off === true || seen.has(key) || alert.wanted?.(thresholds) === false) return [];
      seen.add(key);
      const changes = { for: wait, severity, ...(keepFiringFor === undefined ? {} : { keepFiringFor }) };
      return isOwn(alert)
        ? [{ ...alert, ...changes, expr: alert.expr(thresholds) }]
        : [{ ...alert, ...changes, expr: alert.expr(thresholds) }];
    }),
  }));
}

/** The alerts that the agent of a host can evaluate by itself. */
export const hostRules = (thresholds: Thresholds): readonly HostRule[] =>
  collectorRules(thresholds).filter(({ scope }) => scope === 'host');

/** The alerts that a collector can evaluate by itself for each of its targets. Made once, as it may have a thousand. */
export const collectorRules = once((thresholds: Thresholds): readonly HostRule[] =>
  rulesOf(thresholds).flatMap((group) => group.alerts.filter(isOwn)),
);
