import { is, isNot, metric, sum } from '../expr/expr.ts';
import { label, text } from '../text.ts';
import { HOST, MINUTE, NIC, VSWITCH, type RuleGroup } from './define.ts';

const requested = metric('hyperv_vswitch_vf_requested').gt(0);

/** Host, NIC or vSwitch keep every VF away, and somebody wants one. */
export const platformGroup: RuleGroup = {
  name: 'sriov-platform',
  records: [],
  alerts: [
    {
      name: 'SriovHostIovUnsupported',
      severity: 'warning',
      scope: 'host',
      // A setting, and the cause of what follows it: before every alert that it inhibits.
      for: 2 * MINUTE,
      // The virtual NICs come back after the setting does.
      keepFiringFor: 15 * MINUTE,
      summary: 'A Hyper-V host cannot do SR-IOV although its virtual machines ask for it.',
      description: text`Windows says that ${label('instance')} does not support SR-IOV (Get-VMHost IovSupport), while running virtual NICs ask for a VF. The reasons are in hyperv_host_iov_blocker.`,
      expr: () =>
        metric('hyperv_host_iov_supported')
          .eq(0)
          .and(HOST, sum(HOST, metric('hyperv_vswitch_vf_requested')).gt(0)),
    },
    {
      name: 'SriovNicIovDisabled',
      severity: 'warning',
      scope: 'host',
      for: 3 * MINUTE,
      keepFiringFor: 15 * MINUTE,
      summary: 'SR-IOV is switched off on a NIC whose vSwitch was made for it.',
      description: text`On ${label('instance')} the NIC ${label('nic')} of the vSwitch ${label('vswitch')} supports SR-IOV, but it is disabled: a driver update often resets this. Enable-NetAdapterSriov restarts the NIC.`,
      expr: () =>
        metric('hyperv_nic_sriov_enabled')
          .eq(0)
          .and(NIC, metric('hyperv_nic_sriov_supported').eq(1))
          .copying(['vswitch'], NIC, metric('hyperv_nic_info', isNot('vswitch', '')))
          .and(VSWITCH, metric('hyperv_vswitch_iov_enabled').eq(1))
          .and(VSWITCH, requested),
    },
    {
      name: 'SriovVswitchNotIov',
      severity: 'warning',
      scope: 'host',
      for: 3 * MINUTE,
      keepFiringFor: 15 * MINUTE,
      summary: 'Virtual NICs ask for a VF on a vSwitch that was made without SR-IOV.',
      description: text`On ${label('instance')} the external vSwitch ${label('vswitch')} was created without SR-IOV, which cannot be changed later, while virtual NICs on it ask for a VF.`,
      expr: () =>
        metric('hyperv_vswitch_iov_enabled')
          .eq(0)
          .and(VSWITCH, metric('hyperv_vswitch_info', is('type', 'external')))
          .and(VSWITCH, requested),
    },
  ],
};
