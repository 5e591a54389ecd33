import { metric, recorded } from '../expr/expr.ts';
import { MINUTE, recordOf, type RuleGroup, VSWITCH } from './define.ts';
import { requestedCount } from './fleet.ts';

const occupancy = recorded(
  'instance_vswitch:hyperv_vswitch_vf_occupancy:ratio',
  metric('hyperv_vswitch_vf_in_use').over(metric('hyperv_vswitch_vf_limit').gt(0), VSWITCH),
);

/** Series that dashboards read, and series that do not need to be current at each evaluation. */
export const recordingGroup: RuleGroup = {
  name: 'sriov-recording',
  interval: 2 * MINUTE,
  records: [
    recordOf(requestedCount, 'SriovClusterFallback and the fleet dashboard'),
    recordOf(occupancy, 'the capacity and host dashboards'),
  ],
  alerts: [],
};
