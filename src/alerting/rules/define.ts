import type { Severity } from '../../diagnosis/model.ts';
import { type Expr, is, matches, type Matcher, perCluster, perHost } from '../expr/expr.ts';
import type { Text } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';

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
  /** One full sentence without names: VM and host, or the cluster, are put before it (annotations.ts) */
  readonly summary: string;
  /** False where it is about no single host, or about one whose agent does not answer: then nothing links to its page */
  readonly hostPage?: false;
  /** Differs per alert by its labels and value */
  readonly description: Text;
  /** What to do, where the labels and the reason decide it; else the runbook says it */
  readonly remedy?: Text;
  /** Where the user's thresholds ask for it only; always, unless given */
  readonly wanted?: (thresholds: Thresholds) => boolean;
}

/** Prometheus decides it, and so can the agent of the host. */
interface HostAlert extends Common {
  readonly scope: 'host';
  readonly expr: (thresholds: Thresholds) => Expr<'both'>;
}

/** Needs several hosts (fleet) or hours of history (prometheus): Prometheus alone decides it. */
interface PrometheusAlert extends Common {
  readonly scope: 'fleet' | 'prometheus';
  readonly expr: (thresholds: Thresholds) => Expr;
}

export type Alert = HostAlert | PrometheusAlert;

/** An alert with the thresholds of a user. */
export interface HostRule extends Omit<HostAlert, 'expr'> {
  readonly expr: Expr<'both'>;
}
export type Rule = HostRule | (Omit<PrometheusAlert, 'expr'> & { readonly expr: Expr });

export interface RecordingRule {
  readonly record: string;
  readonly expr: Expr;
  /** Who reads it */
  readonly why: string;
}

/** Rules that Prometheus evaluates one after the other, records first. */
export interface RuleGroup {
  readonly name: string;
  /**
   * Seconds between two evaluations, where it is not the server's: what has to hold for ten minutes and more, and reads
   * series of every virtual NIC, need not be evaluated twice a minute.
   */
  readonly interval?: number;
  readonly records: readonly RecordingRule[];
  readonly alerts: readonly Alert[];
}

/** The rule that writes a record. */
export const recordOf = ({ node }: Expr, why: string): RecordingRule => {
  if (node.kind !== 'recorded') throw new Error(`not a record: ${node.kind}`);
  return { record: node.name, expr: node.of, why };
};

export const HOST = perHost();
export const VSWITCH = perHost('vswitch');
export const NIC = perHost('nic');
export const VPORT = perHost('nic', 'vport');
export const VNIC = perHost('vnic_id');
export const VM = perHost('vm_id');
export const CLUSTER = perCluster();

/** The targets of this exporter. A job with signs of a regular expression is a pattern: sites may have several jobs. */
export const ours = ({ job }: Thresholds): Matcher => (isPlainName(job) ? is('job', job) : matches('job', job));
export const isPlainName = (job: string): boolean => /^[\w:@ -]*$/.test(job);
