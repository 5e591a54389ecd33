import { nicCommand, nicsCommand } from '../diagnosis/commands.ts';
import { findingOf } from '../diagnosis/evaluate.ts';
import type { HostFacts, NicFacts, VSwitchFacts } from '../diagnosis/facts.ts';
import { IMPACT, type Impact } from '../diagnosis/impact.ts';
import type { Finding, PrintedStep, ReasonId } from '../diagnosis/model.ts';
import { type Command, printCommand } from '../diagnosis/powershell.ts';
import { reasonById } from '../diagnosis/reasons.ts';
import type { HostReason, Reason, VSwitchReason } from '../diagnosis/reasons/reason.ts';
import type { Examined } from '../report/vnic-rows.ts';

/** How to change the host that differs. Without commands and plans no command does it, and `remedy` says so. */
export interface DriftFix {
  readonly remedy: string;
  readonly impact: Impact;
  /** One for each NIC that has to be changed */
  readonly commands: readonly string[];
  /** Commands that show details and change nothing */
  readonly inspect: readonly string[];
  readonly plans: readonly (readonly PrintedStep[])[];
}

type Given = Pick<DriftFix, 'remedy' | 'impact'> & {
  readonly commands?: readonly (Command | undefined)[];
  readonly inspect?: Command | undefined;
};

const printed = (commands: readonly (Command | undefined)[]): readonly string[] =>
  commands.flatMap((command) => (command === undefined ? [] : [printCommand(command)]));

const fix = ({ remedy, impact, commands = [], inspect }: Given): DriftFix => ({
  remedy,
  impact,
  commands: printed(commands),
  inspect: printed([inspect]),
  plans: [],
});

/** The remedy of a row of the reason table, on this host. */
function ofReason({ remedy, impact }: Reason, { command, inspect, plan }: Finding): DriftFix {
  const list = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);
  return { remedy, impact, commands: list(command), inspect: list(inspect), plans: list(plan) };
}

function row<S extends Reason['subject']>(id: ReasonId, subject: S): Extract<Reason, { readonly subject: S }> {
  const reason = reasonById(id);
  if (reason?.subject !== subject) throw new Error(`the reason table has no row ${id} of a ${subject}`);
  return reason as Extract<Reason, { readonly subject: S }>;
}

/** The fix for a vSwitch without IOV, in a cluster where it has IOV on other hosts. */
export function vswitchIovFix(facts: VSwitchFacts): DriftFix {
  const reason: VSwitchReason = row('switch_iov_off', 'vswitch');
  return ofReason(reason, findingOf(reason, facts));
}

/** The fix for another teaming, which New-VMSwitch sets and nothing changes later. @param norm as in Drift */
export const teamingFix = (norm: string): DriftFix =>
  fix({
    remedy: `Recreate the vSwitch with teaming: ${norm}. Teaming is set when a vSwitch is created. There is no command for it here, because the NICs of the new vSwitch are not known.`,
    impact: IMPACT.vswitchRecreated,
  });

/** The fix for another number of VFs or queue pairs of a vSwitch: it has those of its NICs. */
export const vswitchLimitFix = ({ physicalNics = [], names }: VSwitchFacts): DriftFix =>
  fix({
    remedy:
      'Compare the NICs of the vSwitch with those of the other hosts: number of NICs, NumVFs, driver and firmware. There is no command for the vSwitch itself: it gets its limits from its NICs.',
    impact: IMPACT.nicRestart,
    inspect: nicsCommand(physicalNics, names, 'Get-NetAdapterSriov'),
  });

/** The fix for NICs of one model whose SR-IOV or VMQ is off. @param norm as in Drift */
export function nicSwitchFix(
  nics: readonly NicFacts[],
  norm: string,
  what: 'SR-IOV' | 'VMQ',
  isOff: (facts: NicFacts) => boolean,
): DriftFix {
  const cmdlet = what === 'SR-IOV' ? 'Enable-NetAdapterSriov' : 'Enable-NetAdapterVmq';
  return fix({
    remedy:
      norm === 'on'
        ? `Enable ${what} on the NIC.`
        : `Compare ${what} of each NIC with the other hosts. There is no single command: NICs of this model differ on one host, too.`,
    impact: IMPACT.nicRestart,
    commands: norm === 'on' ? nics.filter(isOff).map((facts) => nicCommand(facts, cmdlet)) : [],
  });
}

/** The fix for NICs of one model with another NumVFs. @param norm as in Drift */
export function numVfsFix(nics: readonly NicFacts[], norm: string): DriftFix {
  const wanted = /^\d+$/.test(norm) ? Number(norm) : undefined;
  const others = nics.filter(({ nic }) => nic.vfLimit !== wanted);
  const isPossible = (limit: number | undefined): boolean =>
    wanted !== undefined && limit !== undefined && wanted <= limit;
  if (others.every(({ nic }) => isPossible(nic.vfHardwareLimit)))
    return fix({
      remedy: 'Set NumVFs to the value of the other hosts.',
      impact: IMPACT.nicRestart,
      commands: others.map((facts) => nicCommand(facts, 'Set-NetAdapterSriov', { NumVFs: wanted ?? 0 })),
    });
  return fix({
    remedy:
      wanted === undefined
        ? 'Compare NumVFs of each NIC with the other hosts. There is no single command: NICs of this model differ on one host, too.'
        : `Raise the number of VFs of the port to ${norm} in the NIC's firmware, then set NumVFs. There is no command for the firmware: use the vendor's tool or the UEFI setup.`,
    impact: IMPACT.firmware,
  });
}

/** The fix for another driver. @param norm as in Drift */
export const driverFix = (norm: string): DriftFix =>
  fix({
    remedy: `Install version ${norm} of the driver, from the manufacturer of the NIC or the server. There is no command for it.`,
    impact: IMPACT.nicRestart,
  });

/** The fix for another build of Windows. @param norm as in Drift */
export const buildFix = (norm: string): DriftFix =>
  fix({
    remedy: `Update Windows, so that all hosts have one build: most have ${norm}. There is no command for it: use your update management, such as Cluster-Aware Updating.`,
    impact: { class: 'host_restart', detail: 'Drain the host first.' },
  });

/** The fix for another version of the BIOS. @param norm as in Drift */
export const biosFix = (norm: string): DriftFix =>
  fix({
    remedy: `Give all hosts one version of the BIOS: most have ${norm}. There is no command for it: use the tool of the server's manufacturer.`,
    impact: IMPACT.firmware,
  });

/** The fix for a host that does not support IOV: that of the first reason that Windows gives. */
export function iovSupportFix({ diagnosis }: Examined): DriftFix {
  const [id] = diagnosis.hostBlockers;
  const finding = diagnosis.host.find((each) => each.id === id);
  const reason = finding && reasonById(finding.id);
  if (finding !== undefined && reason !== undefined) return ofReason(reason, finding);
  return fix({
    remedy: 'Compare the settings of the BIOS with the other hosts. There is no command for it.',
    impact: IMPACT.firmware,
  });
}

/** The fix for the registry value IovEnableOverride. @param norm as in Drift */
export function overrideFix(facts: HostFacts, norm: string): DriftFix {
  const reason: HostReason = row('host_iov_override_set', 'host');
  if (norm === 'not set') return ofReason(reason, findingOf(reason, facts));
  return fix({
    remedy:
      'Compare why the other hosts have IovEnableOverride. There is no command for it: with the value, the host is not protected from VMs that have a VF. Removing it from the others is the safe way.',
    impact: { class: 'host_restart', detail: 'The value takes effect at the next restart of the host.' },
  });
}
