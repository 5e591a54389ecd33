import type { Severity } from './model.ts';

/**
 * The severity of each alert that a reason or a finding belongs to. This is the only scale: critical pages somebody,
 * warning is a ticket, info is neither. The alert rules, the reasons, the page and `explain` all take it from here.
 */
export const ALERT_SEVERITY = {
  SriovHostMassFallback: 'critical',
  SriovHostIovUnsupported: 'warning',
  SriovNicIovDisabled: 'warning',
  SriovVswitchNotIov: 'warning',
  SriovVfFallback: 'warning',
  SriovVfNotUsedByGuest: 'warning',
  SriovVfPathFlapping: 'warning',
  SriovVfPoolExhausted: 'warning',
  SriovVfPoolNearExhaustion: 'info',
  SriovQueuePairsExhausted: 'warning',
  SriovVportNotActivated: 'warning',
  SriovVmqStarved: 'warning',
  SriovVmqHeldByIdleVm: 'info',
  SriovStateUnknown: 'warning',
  SriovDuplicateMac: 'warning',
  SriovDuplicateIp: 'warning',
} as const satisfies Readonly<Record<`Sriov${string}`, Severity>>;
export type ReasonAlert = keyof typeof ALERT_SEVERITY;

/** The severity of a row: that of its alert. A row without an alert is at most a warning, since it pages nobody. */
export const severityOf = ({
  alert,
  severity = 'info',
}: {
  readonly alert?: ReasonAlert | undefined;
  readonly severity?: 'warning' | 'info' | undefined;
}): Severity => (alert === undefined ? severity : ALERT_SEVERITY[alert]);
