import type { Severity } from '../../diagnosis/model.ts';
import { type Expr, is, matches, type Matcher, perCluster, perHost } from '../expr/expr.ts';
import type { Text } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';

/** Durations in seconds */
export const MINUTE = 60;
/** Seconds. */
export const HOUR = 3600;

interface Common {
  readonly name: `Sriov${string}`;
  readonly severity: Severity;
  /** Seconds the condition must hold */
  readonly for: number;
  /** Seconds it keeps firing after the condition has ended, so that a flapping state or one missed poll does not page again */
  readonly keepFiringFor?: number;
  /** One full sentence without names of objects. annotations.ts puts VM and host, or the cluster, in front of it */
  readonly summary: string;
  /**
   * Absent: the page of the host, at its agent or at the collector that reads it. `collector`: a collector alone can show
   * it. False: no page, as the alert is not about a single host, or its exporter does not answer
   */
  readonly hostPage?: 'collector' | false;
  /** Contains labels and the value of the alert */
  readonly description: Text;
  /** How to fix it, where that depends on the labels or the reason. Otherwise the runbook says it */
  readonly remedy?: Text;
  /** Whether the user's thresholds enable this alert. Absent: always enabled */
  readonly wanted?: (thresholds: Thresholds) => boolean;
}

/**
 * The exporter can evaluate it as Prometheus does: the agent of the host, and a collector for each of its targets (`host`),
 * or a collector only, on its own series about the target (`collector`).
 */
interface HostAlert extends Common {
  readonly scope: 'host' | 'collector';
  readonly expr: (thresholds: Thresholds) => Expr<'both'>;
}

/** Needs several hosts (`fleet`) or hours of history (`prometheus`): only Prometheus can evaluate it. */
interface PrometheusAlert extends Common {
  readonly scope: 'fleet' | 'prometheus';
  readonly expr: (thresholds: Thresholds) => Expr;
}

export type Alert = HostAlert | PrometheusAlert;

/** An alert whose expression has the user's thresholds filled in. */
export interface HostRule extends Omit<HostAlert, 'expr'> {
  readonly expr: Expr<'both'>;
}
export type Rule = HostRule | (Omit<PrometheusAlert, 'expr'> & { readonly expr: Expr });

export interface RecordingRule {
  readonly record: string;
  readonly expr: Expr;
  /** Which alerts and dashboards read it */
  readonly why: string;
}

/** Rules that Prometheus evaluates one after the other, recording rules first. */
export interface RuleGroup {
  readonly name: string;
  /**
   * Seconds between two evaluations. Absent: the server's own interval. A condition that must hold for ten minutes or
   * more and reads a series of every virtual NIC does not need to be evaluated twice a minute.
   */
  readonly interval?: number;
  readonly records: readonly RecordingRule[];
  readonly alerts: readonly Alert[];
}

/**
 * The recording rule that writes what `recorded()` reads.
 * @param why Which alerts and dashboards read it
 * @throws Error for an expression that was not made by `recorded()`
 */
export const recordOf = ({ node }: Expr, why: string): RecordingRule => {
  if (node.kind !== 'recorded') throw new Error(`not a record: ${node.kind}`);
  return { record: node.name, expr: node.of, why };
};

/** One series per host. */
export const HOST = perHost();
/** One series per vSwitch of a host. */
export const VSWITCH = perHost('vswitch');
/** One series per NIC of a host. */
export const NIC = perHost('nic');
/** One series per vPort of a NIC. */
export const VPORT = perHost('nic', 'vport');
/** One series per virtual NIC. */
export const VNIC = perHost('vnic_id');
/** One series per VM. */
export const VM = perHost('vm_id');
/** One series per cluster. */
export const CLUSTER = perCluster();

/**
 * A matcher for the targets of this exporter. The job of a threshold is a regular expression if it contains a character of
 * one, since a site may have several jobs.
 */
export const ours = ({ job }: Thresholds): Matcher => ofJob(job);
/** A matcher for the collectors themselves; their hosts are targets of `ours`. */
export const collectors = ({ collector_job }: Thresholds): Matcher => ofJob(collector_job);
const ofJob = (job: string): Matcher => (isPlainName(job) ? is('job', job) : matches('job', job));
/** Whether a job is a name and not a regular expression. */
export const isPlainName = (job: string): boolean => /^[\w:@ -]*$/.test(job);
