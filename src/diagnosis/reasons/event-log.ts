import type { LogEntryKind } from '../../document/queries/query.ts';
import type { LogEntry } from '../../host/model.ts';
import { all, when } from '../../tristate.ts';
import type { HostFacts, VnicFacts } from '../facts.ts';
import { IMPACT } from '../impact.ts';
import { countAndTime, inWindowsWords } from '../log-entries.ts';
import { SOURCE, type HostReason, type VnicReason } from './reason.ts';
import { vnicName } from './state.ts';
import { vnicReasons } from './reason.ts';

const ofKind = (entries: readonly LogEntry[], kind: LogEntryKind): readonly LogEntry[] =>
  entries.filter((entry) => entry.kind === kind);
const ofVnic = ({ logEntries }: VnicFacts, kind: LogEntryKind) => ofKind(logEntries, kind);
const ofHost = ({ host }: HostFacts, kind: LogEntryKind) => ofKind(host.logEntries ?? [], kind);

const reason = vnicReasons({ topic: 'vmq', step: 'vnic', kind: 'finding' });

/**
 * Findings about vNICs from the Windows event log. An entry describes the past, so it is shown only while its cause may
 * still exist.
 */
export const logVnicFindings: readonly VnicReason[] = [
  reason({
    id: 'vmq_allocation_failed',
    follows: ['vmq_exhausted'],
    meaning:
      'Hyper-V refused to give the vNIC a VM queue. Its traffic goes through the default queue, which one core serves for all vNICs without a queue.',
    condition:
      'event 113 of Hyper-V-VmSwitch names the vNIC within the last 24 h, and the vNIC is not on a VF and has no VM queue now',
    remedy:
      'Read the message of Windows. If it says that the maximum of the NIC is reached, set VmqWeight to 0 on vNICs that receive little traffic. Otherwise update the driver of the NIC.',
    impact: IMPACT.defaultQueue,
    source: SOURCE.event113,
    holds: (facts) =>
      all(
        ofVnic(facts, 'vm_queue_refused').length > 0,
        facts.path === 'synthetic' || facts.path === 'not_requested',
        when(facts.vnic.offload?.vmqAllocated, (has) => !has),
      ),
    detail: (facts) => {
      const entries = ofVnic(facts, 'vm_queue_refused');
      return `Hyper-V refused a VM queue for ${vnicName(facts)} ${countAndTime(entries)}.${inWindowsWords(entries)}`;
    },
  }),
  reason({
    id: 'vf_allocation_failed',
    follows: ['vf_pool_exhausted', 'vport_pool_exhausted', 'queue_pairs_exhausted'],
    topic: 'time',
    step: 'vf',
    meaning: 'Hyper-V failed to allocate a VF for the vNIC.',
    condition:
      'event 236 of Hyper-V-VmSwitch names the vNIC within the last 24 h, and the vNIC asks for a VF and has none now',
    remedy:
      'One event when a VM starts is harmless: Hyper-V tries again. If there are more events, compare their times with the reason why the vNIC has no VF.',
    impact: IMPACT.none,
    source: SOURCE.allocateVf,
    holds: (facts) => all(ofVnic(facts, 'vf_refused').length > 0, facts.path === 'synthetic', facts.requested),
    detail: (facts) => {
      const entries = ofVnic(facts, 'vf_refused');
      return `Hyper-V could not allocate a VF for ${vnicName(facts)} ${countAndTime(entries)}.${inWindowsWords(entries)}`;
    },
  }),
];

/** What the event logs of the host report. */
export const logHostFindings: readonly HostReason[] = [
  {
    subject: 'host',
    kind: 'finding',
    id: 'vmq_team_processors_reported',
    topic: 'vmq',
    step: 'nic',
    meaning: 'Hyper-V reports that the processor ranges of the team members do not match the queue mode of the team.',
    condition: 'event 106 of Hyper-V-VmSwitch within the last 24 h',
    remedy:
      'Use Set-NetAdapterVmq. In sum-of-queues mode, give each member its own processors. In min-queues mode, give all members the same processors.',
    impact: IMPACT.nicRestart,
    source: SOURCE.event106,
    holds: (facts) => when(facts.host.logEntries, () => ofHost(facts, 'team_processors').length > 0),
    detail: (facts) => {
      const entries = ofHost(facts, 'team_processors');
      return `Hyper-V reported the processor ranges of team members ${countAndTime(entries)}.${inWindowsWords(entries)}`;
    },
  },
];
