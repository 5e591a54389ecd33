import type { LogEntryKind } from '../../document/queries/query.ts';
import type { LogEntry } from '../../host/model.ts';
import { all, when } from '../../tristate.ts';
import type { HostFacts, VnicFacts } from '../facts.ts';
import { IMPACT } from '../impact.ts';
import { countAndTime, inWindowsWords } from '../log-entries.ts';
import { SOURCE, type HostReason, type VnicReason } from './row.ts';
import { vnicName } from './state.ts';
import { vnicRows } from './vnic-row.ts';

const ofKind = (entries: readonly LogEntry[], kind: LogEntryKind): readonly LogEntry[] =>
  entries.filter((entry) => entry.kind === kind);
const ofVnic = ({ logEntries }: VnicFacts, kind: LogEntryKind) => ofKind(logEntries, kind);
const ofHost = ({ host }: HostFacts, kind: LogEntryKind) => ofKind(host.logEntries ?? [], kind);

const row = vnicRows({ topic: 'vmq', step: 'vnic', kind: 'finding' });

/** What Windows' event log reports of vNICs. An entry is of the past: it is shown while what it reports may still hold. */
export const logVnicFindings: readonly VnicReason[] = [
  row({
    id: 'vmq_allocation_failed',
    severity: 'info',
    meaning: 'Hyper-V refused a VM queue to the vNIC: the default queue serves it, on one core with all others.',
    condition:
      'event 113 of Hyper-V-VmSwitch within 24 h that names the vNIC, which runs off its VF and has no VM queue now',
    remedy:
      "Read Windows' text. Where it names the maximum of the NIC, take the queue from vNICs that receive little (VmqWeight 0); otherwise update the NIC's driver.",
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
      return `A VM queue was refused to ${vnicName(facts)} ${countAndTime(entries)}.${inWindowsWords(entries)}`;
    },
  }),
  row({
    id: 'vf_allocation_failed',
    topic: 'time',
    step: 'vf',
    severity: 'info',
    meaning: 'Hyper-V failed to allocate a VF for the vNIC.',
    condition: 'event 236 of Hyper-V-VmSwitch within 24 h that names the vNIC, which wants a VF and has none now',
    remedy:
      'One event at the start of a VM is harmless, Hyper-V tries again. With more, compare their times with the reason why the vNIC has no VF.',
    impact: IMPACT.none,
    source: SOURCE.allocateVf,
    holds: (facts) => all(ofVnic(facts, 'vf_refused').length > 0, facts.path === 'synthetic', facts.requested),
    detail: (facts) => {
      const entries = ofVnic(facts, 'vf_refused');
      return `A VF for ${vnicName(facts)} could not be allocated ${countAndTime(entries)}.${inWindowsWords(entries)}`;
    },
  }),
];

export const logHostFindings: readonly HostReason[] = [
  {
    subject: 'host',
    kind: 'finding',
    id: 'vmq_team_processors_reported',
    topic: 'vmq',
    step: 'nic',
    severity: 'info',
    meaning: 'Hyper-V reports that the processor ranges of the members of a team do not fit its mode.',
    condition: 'event 106 of Hyper-V-VmSwitch within 24 h',
    remedy:
      'Give each member its own processors in sum-of-queues mode, and all the same in min-of-queues mode, with Set-NetAdapterVmq.',
    impact: IMPACT.nicRestart,
    source: SOURCE.event106,
    holds: (facts) => when(facts.host.logEntries, () => ofHost(facts, 'team_processors').length > 0),
    detail: (facts) => {
      const entries = ofHost(facts, 'team_processors');
      return `The processor ranges of team members were reported ${countAndTime(entries)}.${inWindowsWords(entries)}`;
    },
  },
];
