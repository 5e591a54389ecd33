/** The selectors, aggregations and joins that the boards share. */

/** Label matchers of every selector */
export const HOSTS = 'cluster=~"$cluster",job=~"$job",instance=~"$instance"';
/** The same on recording rules, which have no job */
export const RECORDED = 'cluster=~"$cluster",instance=~"$instance"';
/** On what is counted over a whole cluster */
export const CLUSTERS = 'cluster=~"$cluster"';
/** On alerts: those of the hosts chosen, and those of the fleet, which have no instance */
export const ALERTING = `alertname=~"Sriov.+",${CLUSTERS},instance=~"|$instance"`;

/** What tells the objects of a host apart, by our own labels. Host and cluster are told by the labels of the target. */
export const HOST: readonly string[] = [];
export const VSWITCH = ['vswitch'];
export const NIC = ['nic'];
export const VM = ['vm_id'];
export const VNIC = ['vnic_id'];

type Aggregation = 'sum' | 'min' | 'max' | 'count' | 'group';

/** One value for each host and each value of these labels. */
export const each = (aggregation: Aggregation, labels: readonly string[], expr: string): string =>
  `${aggregation} by (${['cluster', 'instance', ...labels].join(', ')}) (${expr})`;

/** One value for each cluster and each value of these labels, over all of its hosts. */
export const eachCluster = (aggregation: Aggregation, labels: readonly string[], expr: string): string =>
  `${aggregation} by (${['cluster', ...labels].join(', ')}) (${expr})`;

/** Joins two expressions of the same host by these labels. */
export const on = (labels: readonly string[]): string => `on (${['cluster', 'instance', ...labels].join(', ')})`;

export const requested = (match: string): string => `hyperv_vnic_vf_requested{${match}} == 1`;

/** vNICs that ask for a VF, are off it and are not settling, as SriovVfFallback and SriovVfNotUsedByGuest see them. */
export const offVf = (match: string): string =>
  `hyperv_vnic_vf_active{${match}} == 0 and ${on(VNIC)} ${requested(match)} unless ${on(VNIC)} hyperv_vnic_settling{${match}} == 1`;

/** The path of each running vNIC as one number: 3 VF, 2 assigned, 1 synthetic, 0 not requested. */
export const pathOf = (match: string): string =>
  `(hyperv_vnic_vf_active{${match}} == 1) * 3 or ${on(VNIC)} (hyperv_vnic_vf_assigned{${match}} == 1) * 2 or ${on(VNIC)} (${requested(match)}) or ${on(VNIC)} hyperv_vnic_vf_requested{${match}} * 0`;

/** A count over everything that is 0, not missing, while the series it counts among are there. */
export const countOf = (some: string, among: string): string => `count(${some}) or 0 * count(${among})`;

export const share = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

export const rate = (counter: string, match: string): string => `rate(${counter}{${match}}[$__rate_interval])`;

/** Both directions of an object's counter, `receive` and `transmit`, added up. */
export const bothWays = (object: string, what: string, match: string): string =>
  `${rate(`hyperv_${object}_receive_${what}_total`, match)} + ${rate(`hyperv_${object}_transmit_${what}_total`, match)}`;

/** The largest values of this moment. Over a time range, each moment has its own. */
export const top = (expr: string): string => `topk($top, ${expr})`;

/** Of an expression, the objects that have the largest scores now. */
export const topBy = (score: string, labels: readonly string[], expr: string): string =>
  `(${expr}) and ${on(labels)} topk($top, ${score})`;

/** Of a graph, the objects with the largest values (or scores) at any time in it: the same ones from its start to its end. */
export const topOver = (labels: readonly string[], expr: string, score = expr): string =>
  `(${expr}) and ${on(labels)} topk($top, max_over_time((${score})[$__range:1m] @ end()))`;

/** The severities, worst first, with the numbers that sort and colour them */
const RANKS = [
  ['critical', 3],
  ['warning', 2],
  ['info', 1],
] as const;

/** One number for what is said at a severity: the rank of the severity, joined by `or` so that the worst one wins. */
export const ranked = (of: (severity: string) => string, joined = 'or'): string =>
  RANKS.map(([severity, rank]) => `${rank} * ${of(severity)}`).join(` ${joined} `);

const firing = (severity: string, matcher = ''): string =>
  `ALERTS{${matcher}alertstate="firing",severity="${severity}",${ALERTING}}`;
/** The worst firing alert of each host, as its rank; the alerts of a whole fleet have no instance. */
export const WORST_ALERT = ranked((severity) => each('max', HOST, firing(severity, 'instance!="",')), `or ${on(HOST)}`);

/** vNICs off their VF by host, from the small series: without a VF, or with one that the guest does not use */
export const OFF_VF = `${each('sum', HOST, `hyperv_vswitch_vf_waiting{${HOSTS}}`)} + ${on(HOST)} ${each('sum', HOST, `hyperv_vswitch_vnics{path="assigned",${HOSTS}}`)}`;

const UP = each('max', HOST, `up{${HOSTS}}`);
/** How much trouble a host is in: not scraped at all, then its worst alert, then its vNICs off their VF. */
export const TROUBLE = [
  `4e6 * (${UP} == bool 0) > 0`,
  `1e6 * (${WORST_ALERT}) + ${on(HOST)} (${OFF_VF} or ${on(HOST)} 0 * ${UP})`,
  OFF_VF,
  `0 * ${UP}`,
].join(` or ${on(HOST)} `);

const alertCount = (severity: string): string =>
  `count by (alertname, severity, cluster, instance) (${firing(severity)})`;
/** Firing alerts by name and host: their count, plus a million for each rank of severity. The worst come first. */
const ALERTS_BY_HOST = top(RANKS.map(([severity, rank]) => `${rank}e6 + ${alertCount(severity)}`).join(' or '));
export const ALERT_COUNT = `${ALERTS_BY_HOST} % 1e6`;
export const ALERT_RANK = `floor(${ALERTS_BY_HOST} / 1e6)`;
