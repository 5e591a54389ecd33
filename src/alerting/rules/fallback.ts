import { figure, held, label, reason, remedy, text } from '../text.ts';
import { aggregate, and, combine, size, sum, unless, type Vector, whereValue, withInfo } from '../vector.ts';
import { type AlertGroup, type AlertView, by, get, HOST, infoOf, lines, MINUTE, on, VNIC } from './define.ts';

const is = (wanted: number) => (value: number) => value === wanted;

/** Running vNICs that ask for a VF and are off it, not settling; whether they were given one or not. */
export const OFF_VF: readonly string[] = [
  `hyperv_vnic_vf_active == 0`,
  `  and ${on(VNIC)} hyperv_vnic_vf_requested == 1`,
  `  unless ${on(VNIC)} hyperv_vnic_settling == 1`,
];
export const offVf = (view: AlertView): Vector =>
  unless(
    and(
      whereValue(get(view, 'hyperv_vnic_vf_active'), is(0)),
      VNIC,
      whereValue(get(view, 'hyperv_vnic_vf_requested'), is(1)),
    ),
    VNIC,
    whereValue(get(view, 'hyperv_vnic_settling'), is(1)),
  );

/** of those, the ones that have been given a VF, or none; with the vSwitch, so that an alert on that can inhibit them */
const offVfExpr = (assigned: 0 | 1): string =>
  lines(
    `(`,
    ...OFF_VF.map((line) => `  ${line}`),
    `    and ${on(VNIC)} hyperv_vnic_vf_assigned == ${assigned}`,
    `)`,
    `  * ${on(VNIC)} group_left (vswitch) ${infoOf('hyperv_vnic_info', [...VNIC, 'vswitch'])}`,
  );
const offVfWhen = (view: AlertView, assigned: 0 | 1): Vector =>
  withInfo(
    and(offVf(view), VNIC, whereValue(get(view, 'hyperv_vnic_vf_assigned'), is(assigned))),
    VNIC,
    ['vswitch'],
    get(view, 'hyperv_vnic_info'),
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
      expr: () => offVfExpr(0),
      when: (view) => offVfWhen(view, 0),
    },
    {
      name: 'SriovVfNotUsedByGuest',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'A virtual NIC has a VF that its guest does not use.',
      description: text`The host has given a VF to the virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}), but for ${held} the guest has not used it: look for the VF driver in the guest, then for the NIC driver of the host.`,
      remedy: [remedy],
      expr: () => offVfExpr(1),
      when: (view) => offVfWhen(view, 1),
    },
    {
      name: 'SriovVfPathFlapping',
      severity: 'warning',
      scope: 'host',
      for: 0,
      keepFiringFor: 30 * MINUTE,
      summary: 'A virtual NIC keeps switching between its VF and the synthetic path.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} changed its path ${figure('humanize')} times in 30 minutes. Two or three changes at a boot and one at a live migration are normal.`,
      expr: (t) => `sum without (to) (increase(hyperv_vnic_path_transitions_total[30m])) > ${t.flapping_changes}`,
      when: (view) =>
        whereValue(
          aggregate(
            view.window.increase('hyperv_vnic_path_transitions_total', 30 * MINUTE),
            ['vm', 'vm_id', 'vnic', 'vnic_id'],
            sum,
          ),
          (value) => value > view.thresholds.flapping_changes,
        ),
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
        lines(
          `instance:hyperv_vnic_vf_lost:count >= ${t.mass_fallback_min_vnics}`,
          `  and ${on(HOST)} instance:hyperv_vnic_vf_lost:count`,
          `    > ${on(HOST)} ${t.mass_fallback_ratio} * sum ${by(HOST)} (hyperv_vnic_vf_requested)`,
          `  unless ${on(HOST)} hyperv_cluster_node_state{state="paused"} == 1`,
        ),
      when: (view) => {
        const t = view.thresholds;
        const requested = aggregate(get(view, 'hyperv_vnic_vf_requested'), HOST, sum);
        return unless(
          combine(aggregate(lost(view), HOST, size), HOST, requested, (gone, all) =>
            gone >= t.mass_fallback_min_vnics && gone > t.mass_fallback_ratio * all ? gone : undefined,
          ),
          HOST,
          whereValue(get(view, 'hyperv_cluster_node_state', { state: 'paused' }), is(1)),
        );
      },
    },
  ],
};

/**
 * vNICs that ask for a VF, are off it now and were on it within the hour. A NIC restart does not mute it: that is what
 * it is for. Recorded, since the alert and the fleet board must agree on it.
 */
export const lostExpr = lines(
  `count ${by(HOST)} (`,
  `  hyperv_vnic_vf_active == 0`,
  `    and ${on(VNIC)} hyperv_vnic_vf_requested == 1`,
  `    and ${on(VNIC)} max_over_time(hyperv_vnic_vf_active[1h]) == 1`,
  `    unless ${on(VNIC)} hyperv_vnic_settling{cause=~"migration|vm_start"} == 1`,
  `)`,
);

const lost = (view: AlertView): Vector =>
  unless(
    and(
      and(
        whereValue(get(view, 'hyperv_vnic_vf_active'), is(0)),
        VNIC,
        whereValue(get(view, 'hyperv_vnic_vf_requested'), is(1)),
      ),
      VNIC,
      view.window.wasOnVf(),
    ),
    VNIC,
    whereValue(get(view, 'hyperv_vnic_settling'), is(1)).filter((point) => point.labels['cause'] !== 'nic_restart'),
  );
