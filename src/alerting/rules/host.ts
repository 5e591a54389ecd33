import { ALERT_SEVERITY } from '../../diagnosis/severity.ts';
import { is, metric, number, sum } from '../expr/expr.ts';
import { figure, label, text } from '../text.ts';
import { HOST, MINUTE, recordOf, type RuleGroup } from './define.ts';
import { lost } from './vnics.ts';

/** The critical alert for a host has a group of its own, which comes first, so that no other rule delays it. */
export const hostGroup: RuleGroup = {
  name: 'sriov-host',
  records: [recordOf(lost, 'SriovHostMassFallback, SriovClusterFallback and the host dashboard')],
  alerts: [
    {
      name: 'SriovHostMassFallback',
      severity: ALERT_SEVERITY.SriovHostMassFallback,
      scope: 'host',
      // Longer than SriovHostIovUnsupported, SriovNicIovDisabled and SriovVswitchNotIov, so that the alert for the cause fires first.
      for: 4 * MINUTE,
      keepFiringFor: 15 * MINUTE,
      summary: 'Most virtual NICs of a Hyper-V host have lost their VF within the hour.',
      description: text`On ${label('instance')}, ${figure()} virtual NICs that used their VF within the last hour no longer do. They are most of the virtual NICs that ask for a VF.`,
      expr: (t) => {
        // It is unknown whether a virtual NIC of unknown state asks for a VF: it counts as asking.
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
