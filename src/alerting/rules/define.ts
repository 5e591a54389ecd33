import type { Severity } from '../../diagnosis/model.ts';
import type { MetricFamily } from '../../metrics/define.ts';
import type { Thresholds } from '../thresholds.ts';
import type { Text } from '../text.ts';
import { select, type Vector } from '../vector.ts';
import type { Window } from '../window.ts';

/** What an alert's own condition reads: the families just rendered, and a look back on some of them. */
export interface AlertView {
  readonly families: ReadonlyMap<string, MetricFamily>;
  readonly window: Window;
  /** Seconds since the epoch, as time() */
  readonly now: number;
  readonly thresholds: Thresholds;
}

/** `name{match}` of this moment */
export const get = (view: AlertView, name: string, match?: Readonly<Record<string, string>>): Vector =>
  select(view.families, name, match);

/** Durations in seconds */
export const MINUTE = 60;
export const HOUR = 3600;

interface Common {
  readonly name: `Sriov${string}`;
  readonly severity: Severity;
  /** Seconds the condition must hold */
  readonly for: number;
  /** Seconds it goes on firing after the condition ended: stops flap pages and bridges a missed poll */
  readonly keepFiringFor?: number;
  /** One full sentence, no template: the headline of a group */
  readonly summary: string;
  /** Differs per alert by its labels and value */
  readonly description: Text;
  /** What to do, where the labels and the reason decide it; else the runbook says it */
  readonly remedy?: Text;
  readonly expr: (thresholds: Thresholds) => string;
  /** Where the user's thresholds ask for it only; always, unless given */
  readonly wanted?: (thresholds: Thresholds) => boolean;
}

/** Decided by the agent too: `when` reaches the same alerts as `expr`, without the target's labels. */
export interface HostAlert extends Common {
  readonly scope: 'host';
  readonly when: (view: AlertView) => Vector;
}

/** Needs several hosts (fleet) or hours of history (prometheus): Prometheus alone decides it. */
export interface PrometheusAlert extends Common {
  readonly scope: 'fleet' | 'prometheus';
}

export type Alert = HostAlert | PrometheusAlert;

export interface RecordingRule {
  readonly record: string;
  readonly expr: (thresholds: Thresholds) => string;
  /** Who reads it: only what at least two consumers use is recorded */
  readonly why: string;
}

export interface AlertGroup {
  readonly name: string;
  readonly alerts: readonly Alert[];
}

/** The labels that tell one host: every join carries the cluster, since two clusters may have hosts of one name. */
export const HOST = ['cluster', 'instance'] as const;
export const VSWITCH = [...HOST, 'vswitch'] as const;
export const NIC = [...HOST, 'nic'] as const;
export const VNIC = [...HOST, 'vnic_id'] as const;
export const VM = [...HOST, 'vm_id'] as const;

/** An info series with no more labels than these, so that a join can not meet two of them: `on … group_left (…)` it. */
export const infoOf = (series: string, labels: readonly string[]): string => `group ${by(labels)} (${series})`;

/** `on (…)` and `by (…)` of an expression */
export const on = (labels: readonly string[]): string => `on (${labels.join(', ')})`;
export const by = (labels: readonly string[]): string => `by (${labels.join(', ')})`;
/** An expression from lines, indented as written */
export const lines = (...parts: readonly string[]): string => parts.join('\n');
