import { count, type Expr, group, is, metric, number, perCluster, type Reader, recorded, sum } from '../expr/expr.ts';
import { CLUSTER, HOST, type RecordingRule, VNIC, VSWITCH } from './define.ts';
import { lost, offVf } from './fallback.ts';

const paused = metric('hyperv_cluster_node_state', is('state', 'paused')).eq(1);
const requested = metric('hyperv_vnic_vf_requested').eq(1);

/** The vNICs of a VM that is seen on two hosts at once (live migration) count once. */
const countVnics = <R extends Reader>(vnics: Expr<R>): Expr<R> => count(CLUSTER, group(perCluster('vnic_id'), vnics));

export const requestedCount = recorded('cluster:hyperv_vnic_vf_requested:count', countVnics(requested));

/** The share of the requesting vNICs of a cluster that are among these: 0 where none is, nothing where none asks. */
const shareOfRequested = (vnics: Expr<'both'>): Expr<'both'> =>
  countVnics(vnics)
    .or(number(0).times(count(CLUSTER, requested)))
    .over(requestedCount, CLUSTER);

export const fallbackRatio = recorded('cluster:hyperv_vnic_fallback:ratio', shareOfRequested(offVf));

const vfPathRatio = recorded(
  'cluster:hyperv_vnic_vf_path:ratio',
  shareOfRequested(metric('hyperv_vnic_vf_active').eq(1).and(VNIC, requested)),
);

const limit = metric('hyperv_vswitch_vf_limit');
const inUse = metric('hyperv_vswitch_vf_in_use');
const wanted = sum(VSWITCH, metric('hyperv_vswitch_vf_requested'));

const occupancy = recorded('instance_vswitch:hyperv_vswitch_vf_occupancy:ratio', inUse.over(limit.gt(0), VSWITCH));

const free = recorded(
  'instance_vswitch:hyperv_vswitch_vf_free:sum',
  sum(VSWITCH, limit.minus(inUse, VSWITCH)).or(number(0).times(wanted)).unless(HOST, paused),
);

export const shortfall = recorded(
  'instance_vswitch:hyperv_failover_vf_shortfall:sum',
  wanted
    .unless(HOST, paused)
    .plus(free, VSWITCH)
    .minus(sum(perCluster('vswitch'), free), perCluster('vswitch')),
);

const ruleOf = ({ node }: Expr, why: string): RecordingRule => {
  if (node.kind !== 'recorded') throw new Error(`not a record: ${node.kind}`);
  return { record: node.name, expr: node.of, why };
};

/** Ratios are kept as numerator and denominator where both are of use. Path share is a share of vNICs, not of bytes. */
export const recordingRules: readonly RecordingRule[] = [
  ruleOf(lost, 'SriovHostMassFallback and the host board'),
  ruleOf(requestedCount, 'SriovClusterFallback and the fleet board'),
  ruleOf(fallbackRatio, 'SriovClusterFallback (twice) and the fleet board'),
  ruleOf(vfPathRatio, 'the fleet and VM boards: the share of requesting vNICs that are on their VF'),
  ruleOf(occupancy, 'the capacity and host boards'),
  ruleOf(
    free,
    'the shortfall and the capacity board; a host without usable VFs counts as 0, a paused one is no target',
  ),
  ruleOf(
    shortfall,
    'SriovFailoverVfShort and the evacuation table: VFs that the VMs of this host would not find on the others',
  ),
];
