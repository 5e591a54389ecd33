import type { MetricFamily } from '../metrics/define.ts';
import { atOnce, type Steps } from '../turn.ts';
import { type Addresses, filledAnnotations } from './annotations.ts';
import { createEvaluator } from './expr/evaluate.ts';
import { type Point, select } from './expr/vector.ts';
import type { HostRule } from './rules/define.ts';
import type { Window } from './window.ts';

/** How long a resolved alert is kept and sent again; the same time as in Prometheus (resolvedRetention). */
export const RESOLVED_RETENTION_SECONDS = 15 * 60;

/** One alert with one set of labels. All times are Unix seconds. */
export interface AlertInstance {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  readonly state: 'pending' | 'firing' | 'resolved';
  /** Since when the condition has held */
  readonly activeAt: number;
  readonly firedAt?: number;
  /** Since when the condition no longer holds, while the alert still fires */
  readonly lapsedAt?: number;
  readonly resolvedAt?: number;
}

const TIMES = ['activeAt', 'firedAt', 'lapsedAt', 'resolvedAt'] as const;

/** Alerts by `alertKey`. */
export type AlertState = ReadonlyMap<string, AlertInstance>;

export interface Evaluation {
  readonly alerts: readonly HostRule[];
  readonly families: ReadonlyMap<string, MetricFamily>;
  /** Must already contain the samples of this moment */
  readonly window: Window;
  /** Unix seconds */
  readonly now: number;
  /** For the links of the alerts */
  readonly addresses: Addresses;
  /** Labels added to every alert: those of the target in Prometheus, and `source` */
  readonly externalLabels: Readonly<Record<string, string>>;
  /**
   * Seconds added to each `for` and subtracted from `keep_firing_for`. Where Prometheus evaluates the same rules, its alert
   * then fires before the agent's and resolves after it, so that Alertmanager always mutes the agent's alert
   */
  readonly holdSeconds: number;
  /** Keys of alerts of the last run that do not end in this round even if their condition does not hold */
  readonly standing?: ReadonlySet<string> | undefined;
}

/** Identifies an alert: its name and labels, whatever the order of the labels. */
export const alertKey = (name: string, labels: Readonly<Record<string, string>>): string =>
  JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);

/**
 * Evaluates all alerts once: inactive → pending → firing → resolved, with `for` and `keep_firing_for` as in Prometheus.
 * Pure: returns the next state.
 */
export const evaluate = (before: AlertState, round: Evaluation): AlertState => atOnce(evaluateInSteps(before, round));

/** The same in steps: other work on the event loop can run before each alert. */
export function* evaluateInSteps(last: AlertState, round: Evaluation): Steps<AlertState> {
  const before = notAfter(last, round.now);
  const after = new Map<string, AlertInstance>();
  const seen = new Set<string>();
  const reasons = new Map(
    select(round.families, 'hyperv_vnic_fallback').map((point) => [point.labels['vnic_id'], point.labels['reason']]),
  );

  const evaluateExpr = createEvaluator(round);
  for (const alert of round.alerts) {
    yield;
    for (const point of evaluateExpr(alert.expr)) {
      const labels = labelsOf(alert, point, round.externalLabels);
      const key = alertKey(alert.name, labels);
      seen.add(key);
      const reasonOf = (vnicId: string) => reasons.get(vnicId);
      const filling = { labels, value: point.value, forSeconds: alert.for, reasonOf };
      const annotations = filledAnnotations(alert, round.addresses, filling);
      const former = before.get(key);
      const standing = former !== undefined && former.state !== 'resolved' ? former : undefined;
      const activeAt = standing?.activeAt ?? round.now;
      const fires = standing?.state === 'firing' || round.now - activeAt >= alert.for + round.holdSeconds;
      after.set(key, {
        name: alert.name,
        labels,
        annotations,
        value: point.value,
        state: fires ? 'firing' : 'pending',
        activeAt,
        ...(fires ? { firedAt: standing?.firedAt ?? round.now } : {}),
      });
    }
  }

  const keepFiring = new Map<string, number>(
    round.alerts.map((alert) => [alert.name, Math.max(0, (alert.keepFiringFor ?? 0) - round.holdSeconds)]),
  );
  for (const [key, former] of before) {
    if (seen.has(key)) continue;
    const next = round.standing?.has(key)
      ? former
      : withoutCondition(former, round.now, keepFiring.get(former.name) ?? 0);
    if (next !== undefined) after.set(key, next);
  }
  return after;
}

/**
 * After the clock was set back: a time that lies ahead counts as now. Otherwise an alert would be pending, fire or be
 * resolved until the clock has reached that time again, and Alertmanager would refuse it.
 */
function notAfter(state: AlertState, now: number): AlertState {
  const isAhead = (alert: AlertInstance) => TIMES.some((name) => (alert[name] ?? now) > now);
  if (![...state.values()].some(isAhead)) return state;
  return new Map(
    [...state].map(([key, alert]) => {
      const { activeAt, firedAt, lapsedAt, resolvedAt } = alert;
      const times = { firedAt, lapsedAt, resolvedAt };
      const kept = Object.entries(times).flatMap(([name, time]) =>
        time === undefined ? [] : [[name, Math.min(time, now)]],
      );
      return [key, { ...alert, activeAt: Math.min(activeAt, now), ...Object.fromEntries(kept) }];
    }),
  );
}

/** The next state of an alert whose condition does not hold; undefined if it is no longer kept. */
function withoutCondition(former: AlertInstance, now: number, keepFiringFor: number): AlertInstance | undefined {
  switch (former.state) {
    case 'pending':
      return undefined;
    case 'firing': {
      const { lapsedAt = now, ...alert } = former;
      return now - lapsedAt < keepFiringFor ? { ...alert, lapsedAt } : { ...alert, state: 'resolved', resolvedAt: now };
    }
    case 'resolved':
      return now - (former.resolvedAt ?? 0) < RESOLVED_RETENTION_SECONDS ? former : undefined;
  }
}

/** The state once the host is no longer monitored: what is pending ends, what fires is resolved. `now` in Unix seconds. */
export const withoutHost = (state: AlertState, now: number): AlertState =>
  new Map(
    [...state].flatMap(([key, alert]) => {
      const next = withoutCondition(alert, now, 0);
      return next === undefined ? [] : [[key, next] as const];
    }),
  );

/** Labels of an alert as Prometheus builds them: non-empty labels of the sample, then those of the rule and the sender. */
function labelsOf(alert: HostRule, point: Point, external: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(point.labels).filter(([, value]) => value !== '');
  return { ...Object.fromEntries(own), severity: alert.severity, ...external, alertname: alert.name };
}
