/** Causes that are known and not in the table, each with why. They go into docs/reasons.md. */
export const LEFT_OUT: readonly { readonly id: string; readonly why: string }[] = [
  {
    id: 'guest_os_unsupported',
    why: 'needs the guest operating system (key-value pairs of the guest), which is not collected.',
  },
  {
    id: 'vf_lost_after_migration',
    why: 'needs the state on the host that the VM came from; the same reasons are found here once it has settled.',
  },
  {
    id: 'vmq_alloc_failed',
    why: 'needs the event log (System, Hyper-V-VmSwitch, event 113 with a reason other than exhaustion).',
  },
  {
    id: 'vmq_exhausted by event',
    why: 'event 113 "maximum number of VMQs exceeded" needs the event log; the counts tell the same.',
  },
  {
    id: 'vmq_team_processor_sets by event',
    why: 'event 106 needs the event log; mode and processors of the team tell the same.',
  },
  {
    id: 'vf_allocation_failed',
    why: 'event 236 of Hyper-V-VmSwitch needs the event log; a single one at the start of a VM is harmless.',
  },
  {
    id: 'static_mac_conflict',
    why: 'event 12562 of Hyper-V-SynthNic needs the event log; duplicate_mac tells the same within one host.',
  },
  { id: 'vmq_broadcom_known_bug', why: 'concerns Windows Server 2012 and 2012 R2, where this exporter does not run.' },
];
