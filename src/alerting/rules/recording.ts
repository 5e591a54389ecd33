import { metric, recorded } from '../expr/expr.ts';
import { recordOf, type RuleGroup, VSWITCH } from './define.ts';

const occupancy = recorded(
  'instance_vswitch:hyperv_vswitch_vf_occupancy:ratio',
  metric('hyperv_vswitch_vf_in_use').over(metric('hyperv_vswitch_vf_limit').gt(0), VSWITCH),
);

/** What only boards read. */
export const recordingGroup: RuleGroup = {
  name: 'sriov-recording',
  records: [recordOf(occupancy, 'the capacity and host boards')],
  alerts: [],
};
