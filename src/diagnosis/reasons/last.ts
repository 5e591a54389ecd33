import { IMPACT } from '../impact.ts';
import { reassignVf } from '../plans.ts';
import { call, constant, pipeline, program } from '../powershell.ts';
import { SOURCE, type VnicReason } from './row.ts';
import { vnicName } from './state.ts';
import { vnicRows } from './vnic-row.ts';

const row = vnicRows({ topic: 'last', step: 'vf', kind: 'reason' });

/** Where no row above holds: one where all could be judged, one where some could not. */
export const UNEXPLAINED = 'vf_absent_unexplained';
export const UNDETERMINED = 'vf_absent_undetermined';

/** diagnose() chooses between the two; asked by itself neither holds. */
export const lastReasons: readonly VnicReason[] = [
  row({
    id: UNDETERMINED,
    severity: 'warning',
    alert: 'SriovVfFallback',
    meaning: 'The vNIC has no VF, and some of what would tell why could not be read.',
    condition: 'no row above holds, and one of them could not be judged for want of a value',
    remedy: 'See which sources fail (status page, hyperv_exporter_source_success) and mend those first.',
    impact: IMPACT.none,
    source: SOURCE.portOffload,
    holds: () => undefined,
    detail: (facts) => `${vnicName(facts)} has no VF; why could not be told.`,
    command: () => program('hyperv-sriov-exporter', 'doctor'),
  }),
  row({
    id: UNEXPLAINED,
    severity: 'warning',
    alert: 'SriovVfFallback',
    meaning: 'The vNIC has no VF although everything that is known to prevent it was read and is in order.',
    condition: 'every row above was judged and none holds',
    remedy:
      'Take the VF away and give it back; then the event logs of Hyper-V-VmSwitch and Hyper-V-SynthNic, NIC driver and firmware. Record the host for a support case.',
    impact: { class: 'none', detail: 'The vNIC is on the synthetic path already.' },
    source: SOURCE.part8,
    holds: () => undefined,
    detail: (facts) => `${vnicName(facts)} has no VF and no cause was found.`,
    plan: (facts) => ({
      steps: [
        ...(reassignVf(facts)?.steps ?? []),
        {
          text: 'If it still has no VF, read the event logs of vSwitch and vNICs.',
          command: pipeline(
            call('Get-WinEvent', {
              LogName: [
                constant('Microsoft-Windows-Hyper-V-VmSwitch-Operational'),
                constant('Microsoft-Windows-Hyper-V-SynthNic-Admin'),
              ],
              MaxEvents: 60,
            }),
          ),
        },
        {
          text: 'Record the host for a support case.',
          command: program('hyperv-sriov-exporter', 'capture', 'capture.json.gz'),
        },
      ],
    }),
  }),
];
