import { flat, HV1, NIC, never, nic, one, type RuleTest, type Series, steps, type Values, vswitch } from './define.ts';

const supported = (values: Values): Series => one(HV1, 'hyperv_host_iov_supported', {}, values);
const type = (name: string): Series =>
  one(HV1, 'hyperv_vswitch_info', { vswitch: 'vSwitch01', vswitch_id: 'id-1', type: name, teaming: 'none' }, flat(1));

const NIC_OFF = { sriov_enabled: steps([1, 10], [0, 60], [1, 30]), sriov_supported: 1 };

const unsupported = {
  labels: { ...HV1, severity: 'warning' },
  annotations: {
    summary: 'A Hyper-V host does not support SR-IOV, but its virtual machines ask for VFs.',
    description:
      'Windows reports that hv01:10182 does not support SR-IOV (Get-VMHost IovSupport), while running virtual NICs ask for a VF. The metric hyperv_host_iov_blocker has the reasons.',
  },
};

const disabled = {
  labels: { ...HV1, nic: NIC, vswitch: 'vSwitch01', severity: 'warning' },
  annotations: {
    summary: 'SR-IOV is disabled on a NIC whose vSwitch was created with SR-IOV.',
    description: `On hv01:10182, the NIC ${NIC} of the vSwitch vSwitch01 supports SR-IOV, but it is disabled. A driver update often resets this setting. Enable-NetAdapterSriov enables it and restarts the NIC.`,
  },
};

const notIov = {
  labels: { ...HV1, vswitch: 'vSwitch01', severity: 'warning' },
  annotations: {
    summary: 'Virtual NICs ask for a VF on a vSwitch that was created without SR-IOV.',
    description:
      'On hv01:10182, the external vSwitch vSwitch01 was created without SR-IOV, and virtual NICs on it ask for a VF. SR-IOV cannot be enabled later: the vSwitch must be recreated.',
  },
};

export const platformTests: readonly RuleTest[] = [
  {
    alert: 'SriovHostIovUnsupported',
    case: 'the BIOS took it away, and a virtual NIC asks for a VF',
    series: [supported([...flat(1, 9), ...flat(0, 60)]), ...vswitch(HV1, { vf_requested: 1 })],
    checks: [
      ...never(9, 11),
      {
        at: 14,
        fires: [unsupported],
      },
    ],
  },
  {
    alert: 'SriovHostIovUnsupported',
    case: 'nobody asks for a VF',
    series: [supported(flat(0)), ...vswitch(HV1, { vf_requested: 0 })],
    checks: never(45, 90),
  },
  {
    alert: 'SriovHostIovUnsupported',
    case: 'a reboot into the BIOS fixes it: it goes on for a quarter of an hour, until the virtual NICs are back',
    series: [supported([...flat(0, 19), ...flat(1, 70)]), ...vswitch(HV1, { vf_requested: 1 })],
    checks: [{ at: 18, fires: [unsupported] }, { at: 32, fires: [unsupported] }, ...never(37)],
  },
  {
    alert: 'SriovNicIovDisabled',
    case: 'a driver update reset the setting',
    series: [...nic(HV1, NIC_OFF), ...vswitch(HV1, { iov_enabled: 1, vf_requested: 1 })],
    checks: [
      ...never(9, 12),
      {
        at: 15,
        fires: [disabled],
      },
      { at: 83, fires: [disabled] },
      ...never(88),
    ],
  },
  {
    alert: 'SriovNicIovDisabled',
    case: 'nobody asks for a VF',
    series: [...nic(HV1, NIC_OFF), ...vswitch(HV1, { iov_enabled: 1, vf_requested: 0 })],
    checks: never(27, 60),
  },
  {
    alert: 'SriovNicIovDisabled',
    case: 'the NIC does not support it',
    series: [...nic(HV1, { ...NIC_OFF, sriov_supported: 0 }), ...vswitch(HV1, { iov_enabled: 1, vf_requested: 4 })],
    checks: never(27, 60),
  },
  {
    alert: 'SriovNicIovDisabled',
    case: 'the vSwitch was made without it',
    series: [...nic(HV1, NIC_OFF), ...vswitch(HV1, { iov_enabled: 0, vf_requested: 4 })],
    checks: never(27, 60),
  },
  {
    alert: 'SriovNicIovDisabled',
    case: 'a NIC without a vSwitch',
    series: [...nic(HV1, NIC_OFF, ''), ...vswitch(HV1, { iov_enabled: 1, vf_requested: 4 })],
    checks: never(27, 60),
  },
  {
    alert: 'SriovVswitchNotIov',
    case: 'virtual NICs ask for a VF on an external vSwitch without it',
    series: [type('external'), ...vswitch(HV1, { iov_enabled: 0, vf_requested: steps([0, 10], [1, 60], [0, 30]) })],
    checks: [
      ...never(9, 12),
      {
        at: 15,
        fires: [notIov],
      },
      { at: 83, fires: [notIov] },
      ...never(88),
    ],
  },
  {
    alert: 'SriovVswitchNotIov',
    case: 'nobody asks for a VF',
    series: [type('external'), ...vswitch(HV1, { iov_enabled: 0, vf_requested: 0 })],
    checks: never(27, 60),
  },
  {
    alert: 'SriovVswitchNotIov',
    case: 'an internal vSwitch has no NIC that could give one',
    series: [type('internal'), ...vswitch(HV1, { iov_enabled: 0, vf_requested: 2 })],
    checks: never(27, 60),
  },
];
