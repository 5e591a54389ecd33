import { figure, label, text } from '../text.ts';
import { aggregate, and, combine, sum, unless, type Vector, whereValue, withInfo } from '../vector.ts';
import {
  type AlertGroup,
  type AlertView,
  by,
  get,
  HOST,
  HOUR,
  infoOf,
  lines,
  MINUTE,
  NIC,
  on,
  VM,
  VNIC,
  VSWITCH,
} from './define.ts';
import { offVf, OFF_VF } from './fallback.ts';

/** Where VM queues are what carries the inbound load: a vSwitch without IOV whose NIC has VMQ on, and no queue free. */
const QUEUES_FULL = [
  `and ${on(VSWITCH)} hyperv_vswitch_iov_enabled == 0`,
  `and ${on(VSWITCH)} ${infoOf('hyperv_nic_info', [...NIC, 'vswitch'])} * ${on(NIC)} group_left () hyperv_nic_vmq_enabled == 1`,
  `and ${on(VSWITCH)} hyperv_vswitch_vmq_allocated >= ${on(VSWITCH)} (hyperv_vswitch_vmq_limit > 0)`,
];

const VSWITCH_OF = infoOf('hyperv_vnic_info', [...VNIC, 'vswitch']);

const starvedExpr = (packets: number): string[] => [
  `(`,
  `  rate(hyperv_vnic_receive_packets_total[5m])`,
  `    and ${on(VNIC)} hyperv_vnic_vmq_allocated == 0`,
  `    and ${on(VNIC)} hyperv_vnic_vmq_weight > 0`,
  `    unless ${on(VNIC)} hyperv_vnic_vf_active == 1`,
  `)`,
  `  * ${on(VNIC)} group_left (vswitch) ${VSWITCH_OF}`,
  `  > ${packets}`,
  ...QUEUES_FULL.map((line) => `  ${line}`),
];

const is = (wanted: number) => (value: number) => value === wanted;

const starved = (view: AlertView): Vector => {
  const candidates = unless(
    and(
      and(
        view.window.rate('hyperv_vnic_receive_packets_total', 5 * MINUTE),
        VNIC,
        whereValue(get(view, 'hyperv_vnic_vmq_allocated'), is(0)),
      ),
      VNIC,
      whereValue(get(view, 'hyperv_vnic_vmq_weight'), (value) => value > 0),
    ),
    VNIC,
    whereValue(get(view, 'hyperv_vnic_vf_active'), is(1)),
  );
  const busy = whereValue(
    withInfo(candidates, VNIC, ['vswitch'], get(view, 'hyperv_vnic_info')),
    (value) => value > view.thresholds.vmq_starved_packets,
  );
  const vmqOn = and(get(view, 'hyperv_nic_info'), NIC, whereValue(get(view, 'hyperv_nic_vmq_enabled'), is(1)));
  const full = combine(
    get(view, 'hyperv_vswitch_vmq_allocated'),
    VSWITCH,
    get(view, 'hyperv_vswitch_vmq_limit'),
    (used, all) => (all > 0 && used >= all ? used : undefined),
  );
  const withoutIov = whereValue(get(view, 'hyperv_vswitch_iov_enabled'), is(0));
  return and(and(and(busy, VSWITCH, withoutIov), VSWITCH, vmqOn), VSWITCH, full);
};

/** Load that lands where it hurts: inbound packets without a queue, guest CPU on the synthetic path. */
export const loadAlerts: AlertGroup = {
  name: 'sriov-load',
  alerts: [
    {
      name: 'SriovVmqStarved',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      keepFiringFor: 5 * MINUTE,
      summary: 'A virtual NIC with heavy inbound traffic has no VM queue and none is free.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}) receives ${figure('humanize')} packets per second through the default queue, and every VM queue is taken. VM queues are first come, first served.`,
      expr: (t) => lines(...starvedExpr(t.vmq_starved_packets)),
      when: starved,
    },
    {
      name: 'SriovVmqHeldByIdleVm',
      severity: 'info',
      scope: 'prometheus',
      for: HOUR,
      summary: 'An idle virtual NIC holds a VM queue that a busy one lacks.',
      description: text`The virtual NIC ${label('vnic')} of ${label('vm')} on ${label('instance')} (vSwitch ${label('vswitch')}) holds a VM queue and never received more than ${figure('humanize')} packets per second in 6 hours, while another is starved. Set its VmqWeight to 0.`,
      expr: (t) =>
        lines(
          `(`,
          `  max_over_time(rate(hyperv_vnic_receive_packets_total[5m])[6h:5m])`,
          `    and ${on(VNIC)} hyperv_vnic_vmq_allocated == 1`,
          `    unless ${on(VNIC)} hyperv_vnic_vf_active == 1`,
          `)`,
          `  * ${on(VNIC)} group_left (vswitch) ${VSWITCH_OF}`,
          `  < ${t.vmq_idle_packets}`,
          `  and ${on(VSWITCH)} (`,
          ...starvedExpr(t.vmq_starved_packets).map((line) => `    ${line}`),
          `  )`,
        ),
    },
    {
      name: 'SriovGuestCpuHighOnSynthetic',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      keepFiringFor: 5 * MINUTE,
      summary: 'A virtual machine burns its CPU on the synthetic path although it asks for a VF.',
      description: text`The guest CPU of ${label('vm')} on ${label('instance')} is at ${figure('percentage')} of its processors under heavy traffic over the synthetic path. On its VF it would cost less.`,
      expr: (t) =>
        lines(
          `sum ${by([...HOST, 'vm', 'vm_id'])} (rate(hyperv_vm_cpu_seconds_total{state="guest"}[5m]))`,
          `  / ${on(VM)} group_left () sum ${by(VM)} (hyperv_vm_processors) > ${t.guest_cpu_ratio}`,
          `  and ${on(VM)} (`,
          ...OFF_VF.map((line) => `    ${line}`),
          `  )`,
          `  and ${on(VM)} (`,
          `    sum ${by(VM)} (rate(hyperv_vnic_receive_bytes_total[5m]))`,
          `      + ${on(VM)} sum ${by(VM)} (rate(hyperv_vnic_transmit_bytes_total[5m]))`,
          `  ) > ${t.synthetic_bytes}`,
        ),
      when: (view) => {
        const t = view.thresholds;
        const cpu = aggregate(
          view.window.rate('hyperv_vm_cpu_seconds_total', 5 * MINUTE, { state: 'guest' }),
          ['vm', 'vm_id'],
          sum,
        );
        const busy = combine(cpu, VM, get(view, 'hyperv_vm_processors'), (used, processors) =>
          used / processors > t.guest_cpu_ratio ? used / processors : undefined,
        );
        const received = aggregate(view.window.rate('hyperv_vnic_receive_bytes_total', 5 * MINUTE), VM, sum);
        const sent = aggregate(view.window.rate('hyperv_vnic_transmit_bytes_total', 5 * MINUTE), VM, sum);
        const heavy = combine(received, VM, sent, (inbound, outbound) =>
          inbound + outbound > t.synthetic_bytes ? inbound + outbound : undefined,
        );
        return and(and(busy, VM, offVf(view)), VM, heavy);
      },
    },
  ],
};
