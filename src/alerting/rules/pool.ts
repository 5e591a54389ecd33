import { figure, held, ifLabel, label, text } from '../text.ts';
import { and, combine, type Vector, whereValue, withInfo } from '../vector.ts';
import { type AlertGroup, type AlertView, get, HOUR, infoOf, lines, MINUTE, NIC, on, VNIC, VSWITCH } from './define.ts';

const VPORT = [...NIC, 'vport'];

const inUse = (view: AlertView): Vector => get(view, 'hyperv_vswitch_vf_in_use');
const limit = (view: AlertView): Vector => get(view, 'hyperv_vswitch_vf_limit');
const waiting = (view: AlertView): Vector => whereValue(get(view, 'hyperv_vswitch_vf_waiting'), (value) => value > 0);

/**
 * VFs, vPorts and queue pairs run out. `group_left ()` keeps the labels of the left side, where a one-to-one match would
 * leave those of `on` alone: the alert would name no virtual machine, and no host by its common label.
 */
export const poolAlerts: AlertGroup = {
  name: 'sriov-pools',
  alerts: [
    {
      name: 'SriovVfPoolNearExhaustion',
      severity: 'info',
      scope: 'host',
      for: 30 * MINUTE,
      summary: 'A vSwitch has few VFs left.',
      description: text`The vSwitch ${label('vswitch')} on ${label('instance')} has ${figure()} VFs left. The next virtual machines that start will run on the synthetic path.`,
      expr: (t) =>
        lines(
          `(hyperv_vswitch_vf_limit - ${on(VSWITCH)} group_left () hyperv_vswitch_vf_in_use) <= ${t.vf_pool_left}`,
          `  and ${on(VSWITCH)} hyperv_vswitch_vf_in_use / ${on(VSWITCH)} hyperv_vswitch_vf_limit > ${t.vf_pool_ratio}`,
          `  and ${on(VSWITCH)} hyperv_vswitch_vf_limit > ${t.vf_pool_left}`,
        ),
      when: (view) =>
        combine(limit(view), VSWITCH, inUse(view), (all, used) =>
          all - used <= view.thresholds.vf_pool_left &&
          used / all > view.thresholds.vf_pool_ratio &&
          all > view.thresholds.vf_pool_left
            ? all - used
            : undefined,
        ),
    },
    {
      name: 'SriovVfPoolExhausted',
      severity: 'warning',
      scope: 'host',
      for: 10 * MINUTE,
      summary: 'A vSwitch has no VF left and virtual NICs wait for one.',
      description: text`All VFs of the vSwitch ${label('vswitch')} on ${label('instance')} are in use (${figure()}), and virtual NICs that ask for one run on the synthetic path. Free one from a virtual machine that does not need it, raise NumVFs, or move a virtual machine.`,
      expr: () =>
        lines(
          `hyperv_vswitch_vf_in_use >= ${on(VSWITCH)} group_left () (hyperv_vswitch_vf_limit > 0)`,
          `  and ${on(VSWITCH)} hyperv_vswitch_vf_waiting > 0`,
        ),
      when: (view) =>
        and(
          combine(inUse(view), VSWITCH, limit(view), (used, all) => (all > 0 && used >= all ? used : undefined)),
          VSWITCH,
          waiting(view),
        ),
    },
    {
      name: 'SriovVfPoolPredictedFull',
      severity: 'info',
      scope: 'prometheus',
      for: HOUR,
      summary: 'The VF pool of a vSwitch is going to be full within a day.',
      description: text`If it goes on as in the last 6 hours, the vSwitch ${label('vswitch')} on ${label('instance')} needs ${figure('humanize')} VFs in a day, more than it has.`,
      expr: (t) =>
        lines(
          `predict_linear(hyperv_vswitch_vf_in_use[6h], 86400) >= ${on(VSWITCH)} group_left () (hyperv_vswitch_vf_limit > 0)`,
          `  and ${on(VSWITCH)} hyperv_vswitch_vf_in_use / ${on(VSWITCH)} hyperv_vswitch_vf_limit > ${t.vf_predicted_ratio}`,
          `  and ${on(VSWITCH)} changes(hyperv_vswitch_vf_in_use[6h]) >= 2`,
        ),
    },
    {
      name: 'SriovQueuePairsExhausted',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'Queue pairs or vPorts run out before the VFs do.',
      description: text`On ${label('instance')}, vSwitch ${label('vswitch')}, ${ifLabel('vnic_id', text`the virtual NIC ${label('vnic')} of ${label('vm')} got ${figure()} queue pairs, fewer than it asked for`, text`VFs are left, but no queue pairs or vPorts for them, and virtual NICs wait`)}. See IovQueuePairsRequested.`,
      expr: () =>
        lines(
          `(`,
          `  hyperv_vswitch_vf_usable == 0`,
          `    and ${on(VSWITCH)} (hyperv_vswitch_vf_limit - ${on(VSWITCH)} hyperv_vswitch_vf_in_use) > 0`,
          `    and ${on(VSWITCH)} hyperv_vswitch_vf_waiting > 0`,
          `)`,
          `or`,
          `(`,
          `  (hyperv_vnic_queue_pairs_assigned < ${on(VNIC)} group_left () hyperv_vnic_queue_pairs_requested)`,
          `    and ${on(VNIC)} hyperv_vnic_vf_assigned == 1`,
          `)`,
          `  * ${on(VNIC)} group_left (vswitch) ${infoOf('hyperv_vnic_info', [...VNIC, 'vswitch'])}`,
        ),
      when: (view) => [
        ...and(
          and(
            whereValue(get(view, 'hyperv_vswitch_vf_usable'), (value) => value === 0),
            VSWITCH,
            combine(limit(view), VSWITCH, inUse(view), (all, used) => (all - used > 0 ? all - used : undefined)),
          ),
          VSWITCH,
          waiting(view),
        ),
        ...withInfo(
          and(
            combine(
              get(view, 'hyperv_vnic_queue_pairs_assigned'),
              VNIC,
              get(view, 'hyperv_vnic_queue_pairs_requested'),
              (got, asked) => (got < asked ? got : undefined),
            ),
            VNIC,
            whereValue(get(view, 'hyperv_vnic_vf_assigned'), (value) => value === 1),
          ),
          VNIC,
          ['vswitch'],
          get(view, 'hyperv_vnic_info'),
        ),
      ],
    },
    {
      name: 'SriovVportNotActivated',
      severity: 'warning',
      scope: 'host',
      for: 10 * MINUTE,
      summary: 'The vPort of a virtual machine is not activated.',
      description: text`On ${label('instance')} the vPort ${label('vport')} of the NIC ${label('nic')}, made for ${label('vm')}, has not been activated for ${held}. Its traffic can not use it.`,
      expr: () =>
        lines(
          `(hyperv_vport_activated == 0)`,
          `  * ${on(VPORT)} group_left (vm, vm_id, vnic_id) ${infoOf('hyperv_vport_info{vm_id!=""}', [...VPORT, 'vm', 'vm_id', 'vnic_id'])}`,
        ),
      when: (view) =>
        withInfo(
          whereValue(get(view, 'hyperv_vport_activated'), (value) => value === 0),
          VPORT,
          ['vm', 'vm_id', 'vnic_id'],
          get(view, 'hyperv_vport_info').filter((point) => point.labels['vm_id']),
        ),
    },
  ],
};
