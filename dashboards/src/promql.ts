/** The selectors and joins that the boards share. Every join carries the cluster: two may have hosts of one name. */

/** Label matchers of every selector */
export const HOSTS = 'cluster=~"$cluster",job=~"$job",instance=~"$instance"';
/** The same on recording rules, which have no job */
export const RECORDED = 'cluster=~"$cluster",instance=~"$instance"';
/** On what is counted over a whole cluster */
export const CLUSTERS = 'cluster=~"$cluster"';
/** On alerts: those of the hosts chosen, and those of the fleet, which have no instance */
export const ALERTING = `alertname=~"Sriov.+",${CLUSTERS},instance=~"|$instance"`;

export const ON_HOST = 'on (cluster, instance)';
export const ON_VSWITCH = 'on (cluster, instance, vswitch)';
export const ON_NIC = 'on (cluster, instance, nic)';
export const ON_VM = 'on (cluster, instance, vm_id)';
export const ON_VNIC = 'on (cluster, instance, vnic_id)';
export const BY_HOST = 'by (cluster, instance)';
export const BY_VSWITCH = 'by (cluster, instance, vswitch)';

export const requested = (match: string): string => `hyperv_vnic_vf_requested{${match}} == 1`;

/** vNICs that want a VF, are off it and are not expected to be, as SriovVfFallback and SriovVfNotUsedByGuest see them. */
export const offVf = (match: string): string =>
  `hyperv_vnic_vf_active{${match}} == 0 and ${ON_VNIC} ${requested(match)} unless ${ON_VNIC} hyperv_vnic_settling{${match}} == 1`;

/** The path of each running vNIC as one number: 3 VF, 2 assigned, 1 synthetic, 0 not requested. */
export const pathOf = (match: string): string =>
  `(hyperv_vnic_vf_active{${match}} == 1) * 3 or ${ON_VNIC} (hyperv_vnic_vf_assigned{${match}} == 1) * 2 or ${ON_VNIC} (${requested(match)}) or ${ON_VNIC} hyperv_vnic_vf_requested{${match}} * 0`;

/** A count that is 0, not missing, while the series it counts among are there. */
export const countOf = (some: string, among: string, by = ''): string =>
  `count ${by}(${some}) or 0 * count ${by}(${among})`;

export const share = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

export const rate = (counter: string, match: string): string => `rate(${counter}{${match}}[$__rate_interval])`;

/** Both directions of an object's counter, `receive` and `transmit`, added up. */
export const bothWays = (object: string, what: string, match: string): string =>
  `${rate(`hyperv_${object}_receive_${what}_total`, match)} + ${rate(`hyperv_${object}_transmit_${what}_total`, match)}`;
