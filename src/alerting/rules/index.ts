import { addressAlerts } from './addresses.ts';
import type { Thresholds } from '../thresholds.ts';
import type { Alert, AlertGroup, HostRule, Rule } from './define.ts';
import { exporterAlerts } from './exporter.ts';
import { fallbackAlerts } from './fallback.ts';
import { fleetAlerts } from './fleet.ts';
import { loadAlerts } from './load.ts';
import { platformAlerts } from './platform.ts';
import { poolAlerts } from './pool.ts';

/** Every alert, in groups as they are evaluated. */
export const ALERT_GROUPS: readonly AlertGroup[] = [
  exporterAlerts,
  platformAlerts,
  fallbackAlerts,
  poolAlerts,
  loadAlerts,
  addressAlerts,
  fleetAlerts,
];

export const ALERTS: readonly Alert[] = ALERT_GROUPS.flatMap((group) => group.alerts);

/**
 * Every alert as the user wants it: what is off is left out, durations and severity are the user's own. An alert with two
 * severities has two rules; with one severity of the user's for both, the first and wider one is left.
 */
export function rulesOf(
  thresholds: Thresholds,
): readonly { readonly name: string; readonly alerts: readonly Rule[] }[] {
  const seen = new Set<string>();
  return ALERT_GROUPS.map((group) => ({
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
