import { ALERT_SEVERITY } from '../../diagnosis/severity.ts';
import { is, isNot, metric, sum } from '../expr/expr.ts';
import { label, text } from '../text.ts';
import { HOST, MINUTE, NIC, VSWITCH, type RuleGroup } from './define.ts';

const requested = metric('hyperv_vswitch_vf_requested').gt(0);

/** The host, a NIC or a vSwitch cannot provide VFs, while virtual NICs ask for one. */
export const platformGroup: RuleGroup = {
  name: 'sriov-platform',
  records: [],
  alerts: [
    {
      name: 'SriovHostIovUnsupported',
      severity: ALERT_SEVERITY.SriovHostIovUnsupported,
      scope: 'host',
      // This is a setting, so no long wait is needed, and shorter than every alert that it inhibits.
      for: 2 * MINUTE,
      // The virtual NICs get their VFs back some time after the setting is corrected.
      keepFiringFor: 15 * MINUTE,
      summary: 'A Hyper-V host does not support SR-IOV, but its virtual machines ask for VFs.',
      description: text`Windows reports that ${label('instance')} does not support SR-IOV (Get-VMHost IovSupport), while running virtual NICs ask for a VF. The metric hyperv_host_iov_blocker has the reasons.`,
      expr: () =>
        metric('hyperv_host_iov_supported')
          .eq(0)
          .and(HOST, sum(HOST, metric('hyperv_vswitch_vf_requested')).gt(0)),
    },
    {
      name: 'SriovNicIovDisabled',
      severity: ALERT_SEVERITY.SriovNicIovDisabled,
      scope: 'host',
      for: 3 * MINUTE,
      keepFiringFor: 15 * MINUTE,
      summary: 'SR-IOV is disabled on a NIC whose vSwitch was created with SR-IOV.',
      description: text`On ${label('instance')}, the NIC ${label('nic')} of the vSwitch ${label('vswitch')} supports SR-IOV, but it is disabled. A driver update often resets this setting. Enable-NetAdapterSriov enables it and restarts the NIC.`,
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
      severity: ALERT_SEVERITY.SriovVswitchNotIov,
      scope: 'host',
      for: 3 * MINUTE,
      keepFiringFor: 15 * MINUTE,
      summary: 'Virtual NICs ask for a VF on a vSwitch that was created without SR-IOV.',
      description: text`On ${label('instance')}, the external vSwitch ${label('vswitch')} was created without SR-IOV, and virtual NICs on it ask for a VF. SR-IOV cannot be enabled later: the vSwitch must be recreated.`,
      expr: () =>
        metric('hyperv_vswitch_iov_enabled')
          .eq(0)
          .and(VSWITCH, metric('hyperv_vswitch_info', is('type', 'external')))
          .and(VSWITCH, requested),
    },
  ],
};
