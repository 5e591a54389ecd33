import { ALERT_SEVERITY } from '../../diagnosis/severity.ts';
import { increase, metric, offset, overTime, sumWithout } from '../expr/expr.ts';
import { figure, label, text } from '../text.ts';
import { HOUR, MINUTE, type RuleGroup, VNIC, VSWITCH } from './define.ts';
import { received, starved } from './load.ts';
import { inUse, limit } from './pool.ts';
import { vnicInfo } from './vnics.ts';

/** How far back the rules look, in seconds */
const LONG = 6 * HOUR;

/** Rules that look back half an hour or more. Their results change slowly, and each evaluation reads many samples. */
export const slowGroup: RuleGroup = {
  name: 'sriov-slow',
  // Not longer: Prometheus treats a recorded series as stale after five minutes.
  interval: 5 * MINUTE,
  records: [],
  alerts: [
    {
      name: 'SriovVfPathFlapping',
      severity: ALERT_SEVERITY.SriovVfPathFlapping,
      scope: 'host',
      // By then SriovHostMassFallback has fired if the host lost most of its VFs.
      for: 5 * MINUTE,
      keepFiringFor: 10 * MINUTE,
      summary: 'A virtual NIC keeps switching between its VF and the synthetic path.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} changed its path ${figure('humanize')} times in 30 minutes. Two or three changes at a boot and one at a live migration are normal.`,
      expr: (t) =>
        sumWithout('to', increase(metric('hyperv_vnic_path_transitions_total'), 30 * MINUTE)).gt(t.flapping_changes),
    },
    {
      name: 'SriovVfPoolPredictedFull',
      severity: 'info',
      scope: 'prometheus',
      for: HOUR,
      summary: 'The VF pool of a vSwitch is predicted to be full within a day.',
      description: text`At the rate of the last 6 hours, the vSwitch ${label('vswitch')} on ${label('instance')} will need ${figure('humanize')} VFs in a day, which is more than it has.`,
      expr: (t) =>
        overTime('predict_linear', inUse, LONG, { argument: 24 * HOUR })
          .ge(limit.gt(0), VSWITCH)
          .and(VSWITCH, inUse.over(limit, VSWITCH).gt(t.vf_predicted_ratio))
          .and(VSWITCH, overTime('changes', inUse, LONG).ge(2))
          // A prediction from a few minutes of data is worthless.
          .and(VSWITCH, offset(inUse, LONG)),
    },
    {
      name: 'SriovVmqHeldByIdleVm',
      severity: ALERT_SEVERITY.SriovVmqHeldByIdleVm,
      scope: 'prometheus',
      for: HOUR,
      summary: 'An idle virtual NIC holds a VM queue that a busy virtual NIC needs.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}) holds a VM queue but received at most ${figure('humanize')} packets per second in the last 6 hours, while a busy virtual NIC has no VM queue. Set VmqWeight of the idle virtual NIC to 0.`,
      expr: (t) =>
        overTime('max_over_time', received, LONG, { step: 5 * MINUTE })
          .copying(['vswitch'], VNIC, vnicInfo.and(VSWITCH, starved(t)))
          .lt(t.vmq_idle_packets)
          .and(VNIC, metric('hyperv_vnic_vmq_allocated').eq(1)),
    },
  ],
};
