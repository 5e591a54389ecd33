import { RECORDS, rulesOf } from '../../src/alerting/rules/index.ts';
import { defaultThresholds as t } from '../../src/alerting/thresholds.ts';
import { everyMetric } from '../../src/metrics/catalogue/index.ts';
import { processMetrics } from '../../src/metrics/catalogue/process.ts';

/*
 * The selectors, aggregations and joins that the boards share. As in the rules, series are aggregated and joined without our
 * own labels, so that every label of the target survives: two sites with a cluster or a host of the same name stay apart.
 */

/** Label matchers of every selector */
export const HOSTS = 'cluster=~"$cluster",job=~"$job",instance=~"$instance"';
/** On metrics of a collector itself: those of the clusters chosen, and of the hosts chosen, which are its targets */
export const OF_CLUSTER = 'cluster=~"$cluster"';
export const OF_COLLECTOR = `${OF_CLUSTER},host=~"$instance"`;
/** On alerts: those of the hosts chosen, by their exporter or a collector, and those of the fleet, which have no instance */
export const ALERTING = `alertname=~"Sriov.+",cluster=~"$cluster",job=~"|$job|${t.collector_job}",instance=~"|$instance"`;

/** Labels of the target, which alerts about a collector's targets set to those of the host */
const OF_TARGET = new Set([...t.host_labels, 'cluster']);
const ALERT_LABELS = [
  'alertname',
  'alertstate',
  'severity',
  ...rulesOf(t)
    .flatMap(({ alerts }) => alerts.flatMap(({ expr }) => expr.labels))
    .filter((label) => !OF_TARGET.has(label)),
];
/** The labels of each series besides those of its target */
const OWN = new Map<string, readonly string[]>([
  ...[...everyMetric, ...Object.values(processMetrics)].map(({ name, labels }) => [name, labels] as const),
  ...RECORDS.map(({ record, expr }) => [record, expr.labels] as const),
  ['ALERTS', ALERT_LABELS],
]);
/** Our labels on any series of these expressions. Every selector has braces. */
function ownLabels(...exprs: readonly string[]): Set<string> {
  const names = exprs.flatMap((expr) => [...expr.matchAll(/([a-zA-Z_:][\w:]*)\{/g)].map(([, name = '']) => name));
  return new Set(names.flatMap((name) => OWN.get(name) ?? []));
}
const without = (labels: ReadonlySet<string>, kept: readonly string[], more: readonly string[] = []): string =>
  `(${[...more, ...labels].filter((label) => !kept.includes(label)).join(', ')})`;

/** The labels of ours that identify an object of a host. Host and cluster are labels of the target. */
export const HOST: readonly string[] = [];
export const VSWITCH = ['vswitch'];
export const NIC = ['nic'];
export const VM = ['vm_id'];
export const VNIC = ['vnic_id'];

type Aggregation = 'sum' | 'min' | 'max' | 'count' | 'group';

/** One value for each host and each value of these labels of ours. */
export const each = (aggregation: Aggregation, kept: readonly string[], expr: string): string =>
  `${aggregation} without ${without(ownLabels(expr), kept)} (${expr})`;

/** One value for each cluster and each value of these labels of ours, over all of its hosts. */
export const eachCluster = (aggregation: Aggregation, kept: readonly string[], expr: string): string =>
  `${aggregation} without ${without(ownLabels(expr), kept, t.host_labels)} (${expr})`;

/** Joins two expressions of the same host by these labels of ours. */
export const join = (left: string, operator: string, key: readonly string[], right: string): string =>
  `${left} ${operator} ignoring ${without(ownLabels(left, right), key)} ${right}`;

/** Joins an expression with one that has the same value for several of its series, such as that of their host. */
export const joinOne = (left: string, operator: '*' | '/' | '-', key: readonly string[], right: string): string =>
  `${left} ${operator} ignoring ${without(ownLabels(left, right), key)} group_left () ${right}`;

/** The first of these expressions that has a value for an object. */
export const first = (key: readonly string[], ...exprs: readonly string[]): string =>
  exprs.reduce((left, right) => join(left, 'or', key, right));

/** The path of each running vNIC as one number: 3 VF, 2 assigned, 1 synthetic, 0 not requested. */
export const pathOf = (match: string): string =>
  first(
    VNIC,
    `(hyperv_vnic_vf_active{${match}} == 1) * 3`,
    `(hyperv_vnic_vf_assigned{${match}} == 1) * 2`,
    `hyperv_vnic_vf_requested{${match}}`,
  );

export const share = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

export const rate = (counter: string, match: string): string => `rate(${counter}{${match}}[$__rate_interval])`;

/** Both directions of an object's counter, `receive` and `transmit`, added up. */
export const bothWays = (object: string, what: string, match: string): string =>
  `${rate(`hyperv_${object}_receive_${what}_total`, match)} + ${rate(`hyperv_${object}_transmit_${what}_total`, match)}`;

/** The largest values of this moment. Over a time range, each moment has its own. */
export const top = (expr: string): string => `topk($top, ${expr})`;

/** Of an expression, the objects that have the largest scores now. */
export const topBy = (score: string, key: readonly string[], expr: string): string =>
  join(`(${expr})`, 'and', key, `topk($top, ${score})`);

/** Of a graph, the objects with the largest values (or scores) at any time in it: the same ones from its start to its end. */
export const topOver = (key: readonly string[], expr: string, score = expr): string =>
  join(`(${expr})`, 'and', key, `topk($top, max_over_time((${score})[$__range:1m] @ end()))`);

/** The severities, worst first, with the numbers that sort and colour them */
const RANKS = [
  ['critical', 3],
  ['warning', 2],
  ['info', 1],
] as const;

/** One number for what is said at a severity: its rank. */
export const ranked = (of: (severity: string) => string): string[] =>
  RANKS.map(([severity, rank]) => `${rank} * ${of(severity)}`);

const firing = (severity: string, matcher = ''): string =>
  `ALERTS{${matcher}alertstate="firing",severity="${severity}",${ALERTING}}`;
/** The worst firing alert of each host, as its rank; the alerts of a whole fleet have no instance. */
export const WORST_ALERT = first(HOST, ...ranked((severity) => each('max', HOST, firing(severity, 'instance!="",'))));

/** vNICs off their VF by host: 0 where all that ask for one are on it */
export const OFF_VF = first(
  HOST,
  each('count', HOST, `hyperv_vnic_fallback{${HOSTS}}`),
  `0 * ${each('sum', HOST, `hyperv_vswitch_vf_requested{${HOSTS}}`)}`,
);

/**
 * Whether a host is read: 1 if the last poll of its inventory succeeded, 0 if it failed or nothing is scraped. `up` alone does not
 * show it: a collector answers for a host that it cannot reach.
 */
export const READ = first(
  HOST,
  each('min', HOST, `hyperv_exporter_collector_success{collector="inventory",${HOSTS}}`),
  each('max', HOST, `up{${HOSTS}}`),
);
/** How much trouble a host is in: not read at all, then its worst alert, then its vNICs off their VF. */
export const TROUBLE = first(
  HOST,
  `4e6 * ((${READ}) == bool 0) > 0`,
  join(`1e6 * (${WORST_ALERT})`, '+', HOST, `(${first(HOST, OFF_VF, `0 * (${READ})`)})`),
  OFF_VF,
  `0 * (${READ})`,
);

/** Firing alerts by name and host: their count, plus a million for each rank of severity. The worst come first. */
const ALERTS_BY_HOST = top(
  RANKS.map(([severity, rank]) => `${rank}e6 + ${each('count', ['alertname', 'severity'], firing(severity))}`).join(
    ' or ',
  ),
);
export const ALERT_COUNT = `${ALERTS_BY_HOST} % 1e6`;
export const ALERT_RANK = `floor(${ALERTS_BY_HOST} / 1e6)`;
