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

/** Every rule, in groups as they are evaluated. */
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

export const RECORDS: readonly RecordingRule[] = RULE_GROUPS.flatMap((group) => group.records);
export const ALERTS: readonly Alert[] = RULE_GROUPS.flatMap((group) => group.alerts);

/**
 * Every alert as the user wants it: what is off is left out, durations and severity are the user's own. An alert with two
 * severities has two rules; with one severity of the user's for both, the first and wider one is left.
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
      return alert.scope === 'host'
        ? [{ ...alert, ...changes, expr: alert.expr(thresholds) }]
        : [{ ...alert, ...changes, expr: alert.expr(thresholds) }];
    }),
  }));
}

/** Those of them that the agent can decide by itself. */
export const hostRules = (thresholds: Thresholds): readonly HostRule[] =>
  rulesOf(thresholds).flatMap((group) => group.alerts.filter((alert) => alert.scope === 'host'));
