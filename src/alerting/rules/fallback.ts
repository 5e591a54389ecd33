import { ALERT_SEVERITY } from '../../diagnosis/severity.ts';
import { held, label, reason, remedy, text } from '../text.ts';
import { MINUTE, recordOf, type RuleGroup } from './define.ts';
import { offVf } from './vnics.ts';

/** A virtual NIC asks for a VF and does not use one. */
export const fallbackGroup: RuleGroup = {
  name: 'sriov-fallback',
  // Prometheus writes every firing alert at each evaluation, and there may be thousands of them here.
  interval: MINUTE,
  records: [recordOf(offVf, 'SriovVfFallback, SriovVfNotUsedByGuest and SriovGuestCpuHighOnSynthetic')],
  alerts: [
    {
      name: 'SriovVfFallback',
      severity: ALERT_SEVERITY.SriovVfFallback,
      scope: 'host',
      // Much longer than a VF takes to attach after a boot or a live migration.
      for: 10 * MINUTE,
      keepFiringFor: 5 * MINUTE,
      summary: 'A virtual NIC that asks for a VF is on the synthetic path.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}) has had no VF for ${held}.${reason} It works, but it is slower and uses host CPU.`,
      remedy: [remedy],
      expr: () => offVf.eq(0),
    },
    {
      name: 'SriovVfNotUsedByGuest',
      severity: ALERT_SEVERITY.SriovVfNotUsedByGuest,
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'A virtual NIC has a VF that its guest does not use.',
      description: text`The host has assigned a VF to the virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}), but the guest has not used it for ${held}. Check the VF driver in the guest, then the NIC driver of the host.`,
      remedy: [remedy],
      expr: () => offVf.eq(1),
    },
  ],
};
