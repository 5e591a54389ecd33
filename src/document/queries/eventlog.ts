import { eventLog } from './query.ts';

/** Entries of Windows' event log, by provider and id. Texts are in the host's language: shown, never matched. */
export const eventlog = {
  vmswitch_event: eventLog({
    channel: 'System',
    provider: 'Microsoft-Windows-Hyper-V-VmSwitch',
    ids: {
      /** KB 2974384: processor sets of LBFO members overlap in sum-of-queues mode or differ in min-of-queues mode */
      106: 'team_processors',
      /** KB 3001783: a VM queue was refused; the values hold the name of the NIC (GUID--GUID) and the vSwitch's GUID */
      113: 'vm_queue_refused',
      /** KB 4136996: a VF could not be allocated. One at the start of a VM is harmless */
      236: 'vf_refused',
    },
  }),
} as const;
