import { IMPACT } from '../impact.ts';
import { reassignVf } from '../plans.ts';
import { call, constant, pipeline, program } from '../powershell.ts';
import { SOURCE, type VnicReason } from './reason.ts';
import { vnicName } from './state.ts';
import { vnicReasons } from './reason.ts';

const reason = vnicReasons({ topic: 'last', step: 'vf', kind: 'reason' });

/** The last two reasons, for when no reason above holds: one if every reason could be evaluated, one if some could not. */
export const UNEXPLAINED = 'vf_absent_unexplained';
/** Id of the reason for a vNIC without a VF whose cause could not be determined. */
export const UNDETERMINED = 'vf_absent_undetermined';

/** Both conditions are false: diagnose() chooses between the two. */
export const lastReasons: readonly VnicReason[] = [
  reason({
    id: UNDETERMINED,
    alert: 'SriovVfFallback',
    meaning: 'The vNIC has no VF, and some values that could show the cause could not be read.',
    condition: 'no reason above holds, and at least one of them could not be evaluated because a value is missing',
    remedy: 'Find the failing sources (status page, hyperv_exporter_source_success) and fix them first.',
    impact: IMPACT.none,
    source: SOURCE.portOffload,
    holds: () => undefined,
    detail: (facts) => `${vnicName(facts)} has no VF. The cause could not be determined.`,
    command: () => program('hyperv-sriov-exporter', 'doctor'),
  }),
  reason({
    id: UNEXPLAINED,
    alert: 'SriovVfFallback',
    meaning: 'The vNIC has no VF, and none of the known causes applies.',
    condition: 'every reason above could be evaluated and none holds',
    remedy:
      'Ask for the VF again. If that does not help, check the event log for entries of Hyper-V-VmSwitch and of the worker process of the VM, and the driver and firmware of the NIC. Then record the host for a support case.',
    impact: { class: 'none', detail: 'The vNIC is already on the synthetic path.' },
    source: SOURCE.part8,
    holds: () => undefined,
    detail: (facts) => `${vnicName(facts)} has no VF and no cause was found.`,
    plan: (facts) => ({
      steps: [
        ...(reassignVf(facts)?.steps ?? []),
        {
          text: 'If it still has no VF, read the events of the vSwitch.',
          command: pipeline(
            call('Get-WinEvent', { ProviderName: constant('Microsoft-Windows-Hyper-V-VmSwitch'), MaxEvents: 60 }),
          ),
        },
        {
          text: 'Read the events of the worker process of the VM.',
          command: pipeline(
            call('Get-WinEvent', { LogName: constant('Microsoft-Windows-Hyper-V-Worker-Admin'), MaxEvents: 60 }),
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
