import { is, metric, number, sum } from '../expr/expr.ts';
import { figure, label, text } from '../text.ts';
import { HOST, MINUTE, recordOf, type RuleGroup } from './define.ts';
import { lost } from './vnics.ts';

/** The page for a host stands alone and first, so that nothing else delays it. */
export const hostGroup: RuleGroup = {
  name: 'sriov-host',
  records: [recordOf(lost, 'SriovHostMassFallback, SriovClusterFallback and the host board')],
  alerts: [
    {
      name: 'SriovHostMassFallback',
      severity: 'critical',
      scope: 'host',
      // Long enough for SriovHostIovUnsupported, SriovNicIovDisabled or SriovVswitchNotIov to name the cause first.
      for: 4 * MINUTE,
      keepFiringFor: 15 * MINUTE,
      summary: 'Most virtual NICs of a Hyper-V host have lost their VF within the hour.',
      description: text`On ${label('instance')} ${figure()} virtual NICs that were on their VF within the last hour are off it now: most of those that ask for one.`,
      expr: (t) => {
        // Whether a virtual NIC asks is known only while its state is: one that is unknown counts as if it asked.
        const asking = sum(HOST, metric('hyperv_vswitch_vf_requested')).plus(
          sum(HOST, metric('hyperv_vswitch_vnics', is('path', 'unknown'))),
          HOST,
        );
        return lost
          .ge(t.mass_fallback_min_vnics)
          .and(HOST, lost.gt(number(t.mass_fallback_ratio).times(asking), HOST))
          .unless(HOST, metric('hyperv_cluster_node_state', is('state', 'paused')).eq(1));
      },
    },
  ],
};
