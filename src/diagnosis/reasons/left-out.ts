/** Known causes that are not in the table, each with the reason. docs/reasons.md lists them. */
export const LEFT_OUT: readonly { readonly id: string; readonly why: string }[] = [
  {
    id: 'guest_os_unsupported',
    why: 'needs the guest operating system (key-value pairs of the guest), which is not collected.',
  },
  {
    id: 'vf_lost_after_migration',
    why: 'needs the state of the source host. Once the VM has settled, this host reports the same reasons.',
  },
  {
    id: 'static_mac_conflict',
    why: 'event 12562 of Hyper-V-SynthNic has no official description. duplicate_mac covers the same fault within one host.',
  },
  {
    id: 'vmq_broadcom_known_bug',
    why: 'applies to Windows Server 2012 and 2012 R2 only, on which this exporter does not run.',
  },
];
