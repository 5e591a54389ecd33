import type { Nic } from '../../host/model.ts';
import { vfLimits } from '../capacity.ts';
import { getVSwitch, nicCommand } from '../commands.ts';
import { drain, resume } from '../plans.ts';
import { recreateVSwitch } from '../recreate-vswitch.ts';
import { formatList, pipeline } from '../powershell.ts';
import { all, not, when } from '../../tristate.ts';
import { IMPACT } from '../impact.ts';
import { SOURCE, type VSwitchReason } from './reason.ts';

const reason = (
  rest: Omit<VSwitchReason, 'subject' | 'kind' | 'topic' | 'step'> & Partial<VSwitchReason>,
): VSwitchReason => ({
  subject: 'vswitch',
  kind: 'reason',
  topic: 'vswitch',
  step: 'vswitch',
  ...rest,
});

/** Checked before the NICs: whether the vSwitch has a NIC at all. */
export const vswitchMemberReasons: readonly VSwitchReason[] = [
  reason({
    id: 'switch_not_external',
    alert: 'SriovVfFallback',
    meaning: 'An internal or private vSwitch has no physical NIC and therefore no VF.',
    condition: 'SwitchType is not External',
    remedy: 'Connect the vNIC to an external vSwitch with IOV.',
    impact: IMPACT.otherNetwork,
    source: SOURCE.newSwitch,
    holds: ({ vswitch }) => when(vswitch.type, (type) => type !== 'external'),
    detail: ({ vswitch }) => `vSwitch ${vswitch.name} is ${vswitch.type ?? ''}.`,
  }),
  reason({
    id: 'switch_on_lbfo_team',
    alert: 'SriovVswitchNotIov',
    meaning: 'The vSwitch is on an LBFO team, which does not support SR-IOV.',
    condition: 'the NIC of the vSwitch is the LBFO team driver',
    remedy:
      'Recreate the vSwitch with Switch Embedded Teaming (SET), or use one vSwitch for each NIC and a team in the guest (AllowTeaming).',
    impact: IMPACT.vswitchRecreated,
    source: SOURCE.teaming,
    holds: ({ vswitch }) => when(vswitch.teaming, (teaming) => teaming === 'lbfo'),
    detail: ({ vswitch }) => `vSwitch ${vswitch.name} is on an LBFO team.`,
    plan: recreateVSwitch,
  }),
  reason({
    id: 'nic_not_present',
    step: 'nic',
    topic: 'nic',
    alert: 'SriovVfFallback',
    meaning: 'No NIC of the vSwitch is present. The NIC was removed, has failed or has no driver.',
    condition: 'the vSwitch names NICs, and Get-NetAdapter returned complete data without any of them',
    remedy:
      'Look for the NIC in Device Manager: enable it if it is disabled, install its driver, or seat or replace it.',
    impact: IMPACT.hardware,
    source: 'https://learn.microsoft.com/powershell/module/netadapter/get-netadapter',
    holds: ({ vswitch, missing }) =>
      when(vswitch.memberNics, (members) =>
        members.length === 0 ? false : when(missing, (names) => names.length === members.length),
      ),
    detail: ({ vswitch, missing }) => `vSwitch ${vswitch.name}: ${(missing ?? []).join(', ')} is not present.`,
  }),
];

/** Whether a NIC is known to provide no VF. A vSwitch on it then has none either. */
const givesNoVf = (nic: Nic): boolean =>
  nic.up === false ||
  nic.sriovCapable === false ||
  nic.sriovEnabled === false ||
  vfLimits(nic).includes(0) ||
  (nic.sriovSupport !== undefined && nic.sriovSupport !== 'supported');

/** Checked after the NICs. */
export const vswitchReasons: readonly VSwitchReason[] = [
  reason({
    id: 'switch_iov_off',
    alert: 'SriovVswitchNotIov',
    meaning: 'The vSwitch was created without IOV, which cannot be changed later.',
    condition: 'IovEnabled is false',
    remedy: 'Recreate the vSwitch with IOV and connect the vNICs to it.',
    impact: IMPACT.vswitchRecreated,
    source: SOURCE.part5,
    holds: ({ vswitch }) => not(vswitch.iovEnabled),
    detail: ({ vswitch }) => `vSwitch ${vswitch.name} was created without IOV.`,
    plan: recreateVSwitch,
  }),
  reason({
    id: 'switch_iov_unsupported',
    alert: 'SriovVfFallback',
    meaning: 'The vSwitch has IOV enabled, but Windows says that its NIC does not support SR-IOV in this host.',
    condition: 'IovEnabled is true, IovSupport of the vSwitch is false and that of the host is not',
    remedy:
      'Read IovSupportReasons of the vSwitch. It says whether the slot, the BIOS or the driver of the NIC is the cause.',
    impact: IMPACT.firmware,
    source: SOURCE.portCapabilities,
    holds: ({ vswitch, platform }) =>
      all(vswitch.iovEnabled, not(vswitch.iovSupported), platform.iovSupported !== false),
    detail: ({ vswitch }) =>
      `vSwitch ${vswitch.name}: ${(vswitch.iovReasons ?? []).join(' ').trim() || 'no text given'}`,
    command: (facts) => {
      const get = getVSwitch(facts);
      return get && pipeline(get, formatList('IovEnabled', 'IovSupport', 'IovSupportReasons'));
    },
  }),
  reason({
    id: 'switch_zero_vfs',
    alert: 'SriovVfFallback',
    meaning: 'The vSwitch has IOV enabled but provides no VF, although its NICs may have some.',
    condition:
      'IovEnabled is true, IovVirtualFunctionCount is 0, IovSupport of the host is not false, and at least one of its NICs may provide VFs',
    remedy: 'Compare the number with NumVFs of its NICs. Restart the NICs so that the vSwitch gets its VFs again.',
    impact: IMPACT.nicRestart,
    source: SOURCE.switchOffload,
    holds: ({ vswitch, members, platform }) =>
      all(
        vswitch.iovEnabled,
        when(vswitch.vfLimit, (limit) => limit === 0),
        platform.iovSupported !== false,
        members === undefined || members.length === 0 || !members.every(({ nic }) => givesNoVf(nic)),
      ),
    detail: ({ vswitch }) => `vSwitch ${vswitch.name} provides 0 VFs.`,
    plan: ({ members, host }) =>
      members === undefined || members.length === 0
        ? undefined
        : {
            steps: [
              drain(host.cluster),
              ...members.map((member) => ({
                text: `Restart ${member.nic.description} and wait until its link is up.`,
                command: nicCommand(member, 'Restart-NetAdapter'),
              })),
              resume(host.cluster),
            ],
          },
  }),
];

/** Conditions of a vSwitch that do not explain a path by themselves. */
export const vswitchFindings: readonly VSwitchReason[] = [
  reason({
    id: 'set_member_missing',
    kind: 'finding',
    topic: 'nic',
    step: 'nic',
    severity: 'warning',
    meaning: 'Some members of the team are not present. Their VFs are missing until the members are back.',
    condition: 'Get-NetAdapter returned complete data without some of the NICs that the vSwitch names',
    remedy:
      'Look for the NIC in Device Manager: enable it if it is disabled, install its driver, or seat or replace it.',
    impact: IMPACT.hardware,
    source: SOURCE.set,
    holds: ({ vswitch, missing }) =>
      when(vswitch.memberNics, (members) =>
        when(missing, (names) => names.length > 0 && names.length < members.length),
      ),
    detail: ({ vswitch, missing }) => `vSwitch ${vswitch.name}: ${(missing ?? []).join(', ')} is not present.`,
  }),
  reason({
    id: 'set_member_uneven',
    kind: 'finding',
    topic: 'nic',
    step: 'nic',
    meaning:
      'The members of the team have different SR-IOV settings. A vNIC may get a VF on one member and none on another.',
    condition: 'members of a SET team differ in Enabled, SriovSupport or NumVFs',
    remedy: 'Give all members the same settings, driver and firmware.',
    impact: IMPACT.nicRestart,
    source: SOURCE.set,
    holds: ({ capacity }) => when(capacity, ({ unevenMembers }) => unevenMembers.length > 0),
    detail: ({ vswitch, capacity }) =>
      `Members of ${vswitch.name} differ in ${(capacity?.unevenMembers ?? []).join(', ')}.`,
  }),
  reason({
    id: 'vswitch_name_shared',
    kind: 'finding',
    meaning:
      'Two vSwitches have the same name. Counters identify a vSwitch by name only, so they cannot be assigned to either vSwitch.',
    condition: 'two vSwitches of the host have the same name',
    remedy: 'Rename one of them.',
    impact: { class: 'none', detail: 'Scripts that use the old name fail.' },
    source: 'https://learn.microsoft.com/powershell/module/hyper-v/rename-vmswitch',
    holds: ({ vswitch }) => vswitch.nameShared,
    detail: ({ vswitch }) => `More than one vSwitch is named ${vswitch.name}.`,
  }),
];
