import type { MetricFamily } from '../metrics/define.ts';
import { atOnce, type Steps } from '../turn.ts';
import { filledAnnotations } from './annotations.ts';
import { createEvaluator, type Point, select } from './expr/evaluate.ts';
import type { HostRule } from './rules/define.ts';
import type { Thresholds } from './thresholds.ts';
import type { Window } from './window.ts';

/** How long a resolved alert is kept and sent again, as Prometheus does (resolvedRetention). */
export const RESOLVED_RETENTION_SECONDS = 15 * 60;

/** One alert with one set of labels. Times in Unix seconds. */
export interface AlertInstance {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  readonly state: 'pending' | 'firing' | 'resolved';
  /** The condition has held since */
  readonly activeAt: number;
  readonly firedAt?: number;
  /** While it still fires: since when the condition holds no more */
  readonly lapsedAt?: number;
  readonly resolvedAt?: number;
}

/** By a key of name and labels. */
export type AlertState = ReadonlyMap<string, AlertInstance>;

export interface Evaluation {
  readonly alerts: readonly HostRule[];
  readonly families: ReadonlyMap<string, MetricFamily>;
  /** Already holding this moment's samples */
  readonly window: Window;
  /** Unix seconds */
  readonly now: number;
  readonly thresholds: Thresholds;
  /** Labels that every alert gets: the target as Prometheus sees it, and the source */
  readonly externalLabels: Readonly<Record<string, string>>;
  /**
   * Where Prometheus' rules run too its own alert comes first and goes last, or else the agent's would be heard: seconds
   * added to each `for` and taken off `keep_firing_for`
   */
  readonly holdSeconds: number;
  /** Keys of alerts that do not end in this round, whatever is seen: of a former run, before it is clear how things are */
  readonly standing?: ReadonlySet<string> | undefined;
}

export const alertKey = (name: string, labels: Readonly<Record<string, string>>): string =>
  JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);

/**
 * One round: inactive → pending → firing → resolved, by the rules of Prometheus' alerting rules (`for`,
 * `keep_firing_for`). Pure: the state so far goes in, the next comes out.
 */
export const evaluate = (before: AlertState, round: Evaluation): AlertState => atOnce(evaluateInSteps(before, round));

/** The same, with a pause before each alert. */
export function* evaluateInSteps(before: AlertState, round: Evaluation): Steps<AlertState> {
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
      const annotations = filledAnnotations(alert, round.thresholds, filling);
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

/** An alert whose condition does not hold in this round; undefined where nothing is left of it. */
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

/** As Prometheus makes them: labels of the sample without empty ones, the rule's, and those of the sender. */
function labelsOf(alert: HostRule, point: Point, external: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(point.labels).filter(([, value]) => value !== '');
  return { ...Object.fromEntries(own), severity: alert.severity, ...external, alertname: alert.name };
}
