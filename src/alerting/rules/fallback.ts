import { count, increase, is, matches, maxOverTime, metric, number, recorded, sum, sumWithout } from '../expr/expr.ts';
import { figure, held, label, reason, remedy, text } from '../text.ts';
import { type AlertGroup, HOST, HOUR, MINUTE, VNIC } from './define.ts';

const offVfAndAsking = metric('hyperv_vnic_vf_active').eq(0).and(VNIC, metric('hyperv_vnic_vf_requested').eq(1));

/** Running vNICs that ask for a VF and are off it, not settling; whether they were given one or not. */
export const offVf = offVfAndAsking.unless(VNIC, metric('hyperv_vnic_settling').eq(1));

/** Of those, the ones that have been given a VF, or none; with the vSwitch, so that an alert on that can inhibit them. */
const offVfWith = (assigned: 0 | 1) =>
  offVf
    .and(VNIC, metric('hyperv_vnic_vf_assigned').eq(assigned))
    .copying(['vswitch'], VNIC, metric('hyperv_vnic_info'));

/**
 * vNICs that ask for a VF, are off it now and were on it within the hour. A NIC restart does not mute it: that is what
 * it is for. Recorded, since the alert and the fleet board must agree on it.
 */
export const lost = recorded(
  'instance:hyperv_vnic_vf_lost:count',
  count(
    HOST,
    offVfAndAsking
      .and(VNIC, maxOverTime(metric('hyperv_vnic_vf_active'), HOUR).eq(1))
      .unless(VNIC, metric('hyperv_vnic_settling', matches('cause', 'migration|vm_start')).eq(1)),
  ),
);

/** One vNIC or one host is off its VF. */
export const fallbackAlerts: AlertGroup = {
  name: 'sriov-fallback',
  alerts: [
    {
      name: 'SriovVfFallback',
      severity: 'warning',
      scope: 'host',
      // Far longer than the attach after a boot and the return after a live migration.
      for: 10 * MINUTE,
      keepFiringFor: 5 * MINUTE,
      summary: 'A virtual NIC that asks for a VF is on the synthetic path.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}) has had no VF for ${held}.${reason} It works, slower and at the cost of host CPU.`,
      remedy: [remedy],
      expr: () => offVfWith(0),
    },
    {
      name: 'SriovVfNotUsedByGuest',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'A virtual NIC has a VF that its guest does not use.',
      description: text`The host has given a VF to the virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}), but for ${held} the guest has not used it: look for the VF driver in the guest, then for the NIC driver of the host.`,
      remedy: [remedy],
      expr: () => offVfWith(1),
    },
    {
      name: 'SriovVfPathFlapping',
      severity: 'warning',
      scope: 'host',
      for: 0,
      keepFiringFor: 30 * MINUTE,
      summary: 'A virtual NIC keeps switching between its VF and the synthetic path.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} changed its path ${figure('humanize')} times in 30 minutes. Two or three changes at a boot and one at a live migration are normal.`,
      expr: (t) =>
        sumWithout('to', increase(metric('hyperv_vnic_path_transitions_total'), 30 * MINUTE)).gt(t.flapping_changes),
    },
    {
      name: 'SriovHostMassFallback',
      severity: 'critical',
      scope: 'host',
      // Nearly always a driver, its firmware, or a NIC reset: many VMs degrade at once.
      for: 2 * MINUTE,
      keepFiringFor: 5 * MINUTE,
      summary: 'Most virtual NICs of a Hyper-V host have lost their VF within the hour.',
      description: text`On ${label('instance')} ${figure()} virtual NICs that were on their VF within the last hour are off it now: most of those that ask for one.`,
      expr: (t) =>
        lost
          .ge(t.mass_fallback_min_vnics)
          .and(HOST, lost.gt(number(t.mass_fallback_ratio).times(sum(HOST, metric('hyperv_vnic_vf_requested'))), HOST))
          .unless(HOST, metric('hyperv_cluster_node_state', is('state', 'paused')).eq(1)),
    },
  ],
};
