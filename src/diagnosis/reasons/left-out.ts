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
    id: 'static_mac_conflict',
    why: 'event 12562 of Hyper-V-SynthNic has no official description; duplicate_mac tells the same within one host.',
  },
  { id: 'vmq_broadcom_known_bug', why: 'concerns Windows Server 2012 and 2012 R2, where this exporter does not run.' },
];
