import { label, text } from '../text.ts';
import { aggregate, and, sum, type Vector, whereValue, withInfo } from '../vector.ts';
import { type AlertGroup, type AlertView, by, get, HOST, infoOf, lines, MINUTE, NIC, on, VSWITCH } from './define.ts';

const requested = (view: AlertView): Vector =>
  whereValue(get(view, 'hyperv_vswitch_vf_requested'), (value) => value > 0);

/** Host, NIC or vSwitch keep every VF away, and somebody wants one. */
export const platformAlerts: AlertGroup = {
  name: 'sriov-platform',
  alerts: [
    {
      name: 'SriovHostIovUnsupported',
      severity: 'warning',
      scope: 'host',
      // A reboot into the BIOS mends or breaks it.
      for: 30 * MINUTE,
      summary: 'A Hyper-V host can not do SR-IOV although its virtual machines ask for it.',
      description: text`Windows says that ${label('instance')} does not support SR-IOV (Get-VMHost IovSupport), while running virtual NICs ask for a VF. The reasons are in hyperv_host_iov_blocker.`,
      expr: () =>
        lines(`hyperv_host_iov_supported == 0`, `  and ${on(HOST)} sum ${by(HOST)} (hyperv_vnic_vf_requested) > 0`),
      when: (view) =>
        and(
          whereValue(get(view, 'hyperv_host_iov_supported'), (value) => value === 0),
          HOST,
          whereValue(aggregate(get(view, 'hyperv_vnic_vf_requested'), HOST, sum), (value) => value > 0),
        ),
    },
    {
      name: 'SriovNicIovDisabled',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'SR-IOV is switched off on a NIC whose vSwitch was made for it.',
      description: text`On ${label('instance')} the NIC ${label('nic')} of the vSwitch ${label('vswitch')} supports SR-IOV, but it is disabled: a driver update often resets this. Enable-NetAdapterSriov restarts the NIC.`,
      expr: () =>
        lines(
          `(`,
          `  hyperv_nic_sriov_enabled == 0`,
          `    and ${on(NIC)} hyperv_nic_sriov_supported == 1`,
          `)`,
          `  * ${on(NIC)} group_left (vswitch) ${infoOf('hyperv_nic_info{vswitch!=""}', [...NIC, 'vswitch'])}`,
          `  and ${on(VSWITCH)} hyperv_vswitch_iov_enabled == 1`,
          `  and ${on(VSWITCH)} hyperv_vswitch_vf_requested > 0`,
        ),
      when: (view) => {
        const disabled = and(
          whereValue(get(view, 'hyperv_nic_sriov_enabled'), (value) => value === 0),
          NIC,
          whereValue(get(view, 'hyperv_nic_sriov_supported'), (value) => value === 1),
        );
        const members = get(view, 'hyperv_nic_info').filter((point) => point.labels['vswitch']);
        return and(
          and(
            withInfo(disabled, NIC, ['vswitch'], members),
            VSWITCH,
            whereValue(get(view, 'hyperv_vswitch_iov_enabled'), (value) => value === 1),
          ),
          VSWITCH,
          requested(view),
        );
      },
    },
    {
      name: 'SriovVswitchNotIov',
      severity: 'warning',
      scope: 'host',
      for: 15 * MINUTE,
      summary: 'Virtual NICs ask for a VF on a vSwitch that was made without SR-IOV.',
      description: text`On ${label('instance')} the external vSwitch ${label('vswitch')} was created without SR-IOV, which can not be changed later, while virtual NICs on it ask for a VF.`,
      expr: () =>
        lines(
          `hyperv_vswitch_iov_enabled == 0`,
          `  and ${on(VSWITCH)} hyperv_vswitch_info{type="external"}`,
          `  and ${on(VSWITCH)} hyperv_vswitch_vf_requested > 0`,
        ),
      when: (view) =>
        and(
          and(
            whereValue(get(view, 'hyperv_vswitch_iov_enabled'), (value) => value === 0),
            VSWITCH,
            get(view, 'hyperv_vswitch_info', { type: 'external' }),
          ),
          VSWITCH,
          requested(view),
        ),
    },
  ],
};
