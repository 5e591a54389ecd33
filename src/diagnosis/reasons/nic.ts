import type { SriovSupport } from '../../host/model.ts';
import { vfLimits } from '../capacity.ts';
import { offerAllVfs } from '../plans.ts';
import { nicCommand } from '../commands.ts';
import { all, any, not, when } from '../../tristate.ts';
import { IMPACT, type Impact } from '../impact.ts';
import { SOURCE, type NicReason } from './reason.ts';

const reason = (rest: Omit<NicReason, 'subject' | 'kind' | 'topic' | 'step'> & Partial<NicReason>): NicReason => ({
  subject: 'nic',
  kind: 'reason',
  topic: 'nic',
  step: 'nic',
  ...rest,
});

const support = (id: string, value: SriovSupport, meaning: string, remedy: string, impact: Impact): NicReason =>
  reason({
    id,
    alert: 'SriovVfFallback',
    meaning,
    condition: `SriovSupport of Get-NetAdapterSriov is ${value}`,
    remedy,
    impact,
    source: SOURCE.getSriov,
    holds: ({ nic }) => when(nic.sriovSupport, (is) => is === value),
    detail: ({ nic }) =>
      `${nic.description}: SriovSupport is ${value}.${value === 'no_vf_bar_space' && nic.vfLimit ? ` NumVFs is ${nic.vfLimit}.` : ''}`,
  });

/** How a port gets more VFs once its hardware limit is reached; a clause, not a sentence. */
export const FIRMWARE_GIVES = "raise the number of VFs of the port in the NIC's firmware";
const WHERE = "(the vendor's tool or the UEFI setup; on a NIC with two ports also the port mode)";

/** Reasons why a NIC provides no VF. They are a vNIC's reason if each member of its vSwitch has one. */
export const nicReasons: readonly NicReason[] = [
  reason({
    id: 'nic_disabled',
    alert: 'SriovVfFallback',
    meaning: 'The NIC of the vSwitch is disabled in Windows.',
    condition: 'InterfaceAdminStatus of a NIC of a vSwitch is Down, and the NIC is present',
    remedy: 'Enable the NIC.',
    impact: IMPACT.none,
    source: 'https://learn.microsoft.com/powershell/module/netadapter/enable-netadapter',
    // If the administrative state was not read, a NIC that is down counts as a NIC without a link.
    holds: ({ nic, vswitch }) => vswitch !== undefined && nic.disabled === true,
    detail: ({ nic }) => `${nic.description} is disabled in Windows.`,
    command: (facts) => nicCommand(facts, 'Enable-NetAdapter'),
  }),
  reason({
    id: 'nic_down',
    alert: 'SriovVfFallback',
    meaning: 'The NIC of the vSwitch has no link.',
    condition: 'a NIC of a vSwitch is not up and not known to be disabled',
    remedy: 'Check the cable, the port of the network switch and the driver.',
    impact: IMPACT.none,
    source: 'https://learn.microsoft.com/powershell/module/netadapter/get-netadapter',
    holds: ({ nic, vswitch }) => (vswitch === undefined || nic.disabled === true ? false : not(nic.up)),
    detail: ({ nic }) => `${nic.description} is down.`,
  }),
  reason({
    id: 'nic_without_sriov',
    alert: 'SriovVfFallback',
    meaning: 'The NIC or its driver does not support SR-IOV. Get-NetAdapterSriov does not list the NIC.',
    condition:
      'the NIC is not an LBFO team and not disabled, and has no row in Get-NetAdapterSriov, which returned complete data',
    remedy: "Install the NIC vendor's driver, turn on SR-IOV in the NIC's firmware, or use another NIC.",
    impact: IMPACT.nicRestart,
    source: SOURCE.getSriov,
    // The cmdlet does not list a disabled NIC either.
    holds: ({ nic }) => (nic.isLbfoTeam || nic.disabled === true ? false : not(nic.sriovCapable)),
    detail: ({ nic }) => `${nic.description} is not listed by Get-NetAdapterSriov.`,
  }),
  support(
    'nic_missing_acs',
    'missing_acs',
    'The PCI Express path to the NIC lacks Access Control Services (ACS).',
    'Move the NIC to another slot, or turn on ACS in the BIOS.',
    IMPACT.firmware,
  ),
  support(
    'nic_missing_pf_driver',
    'missing_pf_driver',
    'The device or its driver does not support SR-IOV.',
    "Install the NIC vendor's driver.",
    IMPACT.nicRestart,
  ),
  support(
    'nic_no_bus_resources',
    'no_bus_resources',
    'The NIC has too few PCI Express bus numbers for its VFs.',
    'Assign more bus numbers to the slot in the BIOS, update the BIOS, or move the NIC to another slot.',
    IMPACT.firmware,
  ),
  support(
    'nic_no_vf_bar_space',
    'no_vf_bar_space',
    'There is too little memory-mapped I/O space (BAR) for the VFs, often because the BIOS is only partly configured.',
    "Turn on SR-IOV and above-4G decoding in the BIOS, offer fewer VFs in the NIC's firmware, or move the NIC to another slot.",
    IMPACT.firmware,
  ),
  support(
    'nic_no_iommu',
    'no_iommu',
    'The NIC has no usable I/O remapping (IOMMU).',
    'Turn on VT-d or AMD-Vi in the BIOS, then power the host off and on.',
    IMPACT.firmware,
  ),
  support(
    'nic_no_osc',
    'no_osc',
    'The BIOS does not let Windows control PCI Express (_OSC).',
    'Update the BIOS.',
    IMPACT.firmware,
  ),
  support(
    'nic_support_unknown',
    'unknown',
    'Windows does not know whether the NIC supports SR-IOV in this host.',
    'Check the hardware, the I/O virtualization settings in the BIOS, and the version of Windows.',
    IMPACT.firmware,
  ),
  reason({
    id: 'nic_sriov_disabled',
    alert: 'SriovNicIovDisabled',
    meaning: 'SR-IOV is disabled on the NIC. It assigns no VF, and VFs that were in use have been removed.',
    condition: 'Enabled of Get-NetAdapterSriov is false',
    remedy: 'Enable SR-IOV on the NIC.',
    impact: IMPACT.nicRestart,
    source: SOURCE.enableSriov,
    holds: ({ nic }) => not(nic.sriovEnabled),
    detail: ({ nic }) => `SR-IOV is disabled on ${nic.description}.`,
    command: (facts) => nicCommand(facts, 'Enable-NetAdapterSriov'),
  }),
  reason({
    id: 'nic_zero_vfs',
    alert: 'SriovVfFallback',
    meaning: 'SR-IOV is enabled, but the NIC provides no VF.',
    condition: 'Enabled is true, and NumVFs is 0 or MaxNumVFs of the hardware capabilities is 0 while no VF is in use',
    remedy: `If MaxNumVFs is 0, ${FIRMWARE_GIVES} ${WHERE}. If only NumVFs is 0, raise NumVFs.`,
    impact: { ...IMPACT.firmware, detail: `${IMPACT.firmware.detail} Raising NumVFs restarts only the NIC.` },
    source: SOURCE.setSriov,
    holds: ({ nic }) =>
      all(nic.sriovEnabled, any(...vfLimits(nic).map((limit) => when(limit, (count) => count === 0)))),
    detail: ({ nic }) =>
      nic.vfHardwareLimit === 0
        ? `The hardware limit (MaxNumVFs) of ${nic.description} is 0: its firmware provides no VFs for this port.`
        : `NumVFs of ${nic.description} is 0.`,
    command: offerAllVfs,
  }),
];

/** Conditions of a NIC that do not explain a path by themselves. */
export const nicFindings: readonly NicReason[] = [
  reason({
    id: 'nic_vfs_below_hardware',
    kind: 'finding',
    topic: 'pool',
    runbook: 'SriovVfPoolExhausted',
    meaning: 'The NIC is configured for fewer VFs than its hardware supports.',
    condition: 'SR-IOV is enabled, and NumVFs is above 0 and below MaxNumVFs of the hardware capabilities',
    remedy: 'Raise the number of VFs.',
    impact: IMPACT.nicRestart,
    source: SOURCE.setSriov,
    holds: ({ nic }) =>
      all(
        nic.sriovEnabled,
        when(nic.vfLimit, (limit) => when(nic.vfHardwareLimit, (hardware) => limit > 0 && limit < hardware)),
      ),
    detail: ({ nic }) =>
      `${nic.description} provides ${nic.vfLimit ?? ''} of ${nic.vfHardwareLimit ?? ''} possible VFs.`,
    command: offerAllVfs,
  }),
  reason({
    id: 'nic_vfs_above_hardware',
    kind: 'finding',
    topic: 'pool',
    severity: 'warning',
    runbook: 'SriovVfPoolExhausted',
    meaning:
      'The NIC is configured for more VFs than its hardware supports. The VFs above the hardware limit do not exist.',
    condition:
      'SR-IOV is enabled, the NIC belongs to a vSwitch, NumVFs is above MaxNumVFs of the hardware capabilities, and no more than MaxNumVFs VFs are in use',
    remedy: `For more VFs, ${FIRMWARE_GIVES} ${WHERE}. Otherwise plan capacity with MaxNumVFs.`,
    impact: IMPACT.firmware,
    source: SOURCE.setSriov,
    holds: ({ nic, vswitch }) =>
      all(
        vswitch !== undefined,
        nic.sriovEnabled,
        when(nic.vfLimit, (set) => any(...vfLimits(nic).map((limit) => when(limit, (count) => count < set)))),
      ),
    detail: ({ nic }) =>
      `NumVFs of ${nic.description} is ${nic.vfLimit ?? ''}, but the hardware supports ${nic.vfHardwareLimit ?? ''} (MaxNumVFs).`,
  }),
];
