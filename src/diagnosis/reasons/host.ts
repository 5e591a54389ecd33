import { windows } from '../../document/enumerations.ts';
import type { HostFacts } from '../facts.ts';
import type { SriovSupport } from '../../host/model.ts';
import { all, not, when, type Tristate } from '../../tristate.ts';
import { IMPACT, type Impact } from '../impact.ts';
import { drain, resume } from '../plans.ts';
import { call, constant, formatList, pipeline, program, word } from '../powershell.ts';
import { SOURCE, type HostReason } from './reason.ts';

const hostReason = (
  rest: Omit<HostReason, 'subject' | 'kind' | 'topic' | 'step'> & Partial<HostReason>,
): HostReason => ({
  subject: 'host',
  kind: 'reason',
  topic: 'host',
  step: 'host',
  alert: 'SriovHostIovUnsupported',
  ...rest,
});

interface KnownText {
  readonly id: string;
  /** Fragments of the English text in IovSupportReasons, in lower case; one of them is enough to recognise the text */
  readonly fragments: readonly string[];
  /** SriovSupport of the NICs with the same meaning, used when the text is in another language */
  readonly nics?: SriovSupport;
  readonly meaning: string;
  readonly remedy: string;
  readonly impact: Impact;
  readonly plan?: HostReason['plan'];
  /** Document that lists the text; KB 2762297 if absent */
  readonly source?: string;
}

/**
 * The English texts of IovSupportReasons. The first row with a matching fragment wins. Rows whose text may also mention
 * remapping or the BIOS therefore come first. The rows after them are the texts of Microsoft's KB 2762297.
 */
const KNOWN_TEXTS: readonly KnownText[] = [
  {
    id: 'host_remapping_insecure',
    // The name of a registry value is not translated, so this text is recognised in every language.
    fragments: ['iovenableoverride', 'security vulnerability', 'alternate error delivery'],
    meaning:
      'Windows considers the I/O remapping hardware of this host insecure and therefore does not use SR-IOV: a VM with a VF could attack the host. The registry value IovEnableOverride accepts that risk.',
    remedy:
      'Install the firmware update that the text asks for. Set IovEnableOverride only if every VM that gets a VF is trusted: the host is then no longer protected from its VMs.',
    impact: IMPACT.firmware,
    source: SOURCE.part8,
  },
  {
    id: 'host_chipset_errata',
    fragments: ['errata', 'erratum'],
    meaning: 'The chipset of this host has a known hardware fault (erratum) that prevents SR-IOV.',
    remedy: 'Ask the manufacturer of the server for a firmware update that works around the fault.',
    impact: IMPACT.firmware,
    source: SOURCE.part4,
  },
  {
    id: 'host_no_slat',
    fragments: ['second level address translation'],
    meaning: 'The processor has no second level address translation (Intel EPT, AMD RVI).',
    remedy: 'Run VMs that need a VF on a host whose processor supports it.',
    impact: IMPACT.hardware,
  },
  {
    id: 'host_no_interrupt_remapping',
    fragments: ['interrupt remapping'],
    meaning: 'The chipset does not support interrupt remapping, or it is turned off in the firmware.',
    remedy:
      'Turn on VT-d or AMD-Vi (IOMMU) in the firmware and update the firmware. If that does not help, the chipset does not support SR-IOV.',
    impact: IMPACT.firmware,
  },
  {
    id: 'host_no_dma_remapping',
    fragments: ['dma remapping'],
    meaning: 'The chipset does not support DMA remapping, or it is turned off in the firmware.',
    remedy:
      'Turn on VT-d or AMD-Vi (IOMMU) in the firmware and update the firmware. If that does not help, the chipset does not support SR-IOV.',
    impact: IMPACT.firmware,
  },
  {
    id: 'host_iommu_disabled',
    fragments: ['disable the use of i/o remapping'],
    meaning: 'Windows has been configured not to use the I/O remapping hardware.',
    remedy: 'Remove the boot setting hypervisoriommupolicy and restart the host.',
    impact: { class: 'host_restart', detail: 'Drain the host first.' },
    plan: ({ host }) => ({
      steps: [
        drain(host.cluster),
        { text: 'Remove the setting.', command: program('bcdedit', '/deletevalue', 'hypervisoriommupolicy') },
        { text: 'Restart the host.', command: pipeline(call('Restart-Computer')) },
        resume(host.cluster),
      ],
    }),
  },
  {
    id: 'host_io_virtualization_off',
    fragments: ['i/o virtualization is enabled in the bios'],
    nics: 'no_iommu',
    meaning: 'I/O virtualization is turned off in the BIOS, or the chipset does not support it.',
    remedy:
      'Turn on VT-d or AMD-Vi and SR-IOV in the BIOS (often two separate settings), then power the host off and on.',
    impact: IMPACT.firmware,
  },
  {
    id: 'host_bios_tables_bad',
    fragments: ['incorrect information'],
    meaning: 'The BIOS describes the hardware incorrectly.',
    remedy: 'Update the BIOS.',
    impact: IMPACT.firmware,
  },
  {
    id: 'host_no_pcie_bus',
    fragments: ['no pci express bus'],
    meaning: 'The system reports no PCI Express bus.',
    remedy: 'Ask the manufacturer of the server.',
    impact: IMPACT.firmware,
  },
  {
    id: 'host_bios_keeps_pcie',
    fragments: ['control pci express'],
    nics: 'no_osc',
    meaning: 'The BIOS does not let Windows control PCI Express (_OSC).',
    remedy: 'Update the BIOS. On many servers SR-IOV must also be turned on in the BIOS.',
    impact: IMPACT.firmware,
  },
  {
    id: 'host_acs_missing',
    fragments: ['access control services'],
    nics: 'missing_acs',
    meaning: 'No PCI Express root port has Access Control Services (ACS).',
    remedy: 'Turn on ACS in the BIOS if it has that setting. Otherwise ask the manufacturer of the server.',
    impact: IMPACT.firmware,
  },
];

/** The fragments by which a text of IovSupportReasons is recognised. An anonymised capture must keep them. */
export const REASON_FRAGMENTS: readonly string[] = KNOWN_TEXTS.flatMap(({ fragments }) => fragments);

const knownTextOf = (reason: string): KnownText | undefined =>
  KNOWN_TEXTS.find(({ fragments }) => fragments.some((fragment) => reason.toLowerCase().includes(fragment)));
const isUnknown = (reason: string): boolean => knownTextOf(reason) === undefined;

/**
 * A text that is not recognised may be a translation, unless the host's language is English. For a translation,
 * SriovSupport of the NICs identifies the cause. A recording without a culture was made before that field existed and
 * may be in any language.
 */
const mayBeTranslated = ({ platform: { culture } }: HostFacts): boolean => !/^en\b/i.test(culture ?? '');

const inferred = (facts: HostFacts, text: KnownText): boolean =>
  text.nics !== undefined &&
  facts.platform.iovReasons?.every(isUnknown) === true &&
  mayBeTranslated(facts) &&
  facts.host.nics.some((nic) => nic.sriovSupport === text.nics);

const unsupported = ({ platform }: HostFacts): Tristate => not(platform.iovSupported);

const joined = (texts: readonly string[] = []): string => texts.join(' ').trim() || 'no text given';
const textOf = (reasons: readonly string[], text: KnownText): string | undefined =>
  reasons.find((reason) => knownTextOf(reason) === text);

const knownText = (text: KnownText): HostReason =>
  hostReason({
    id: text.id,
    meaning: text.meaning,
    condition:
      `IovSupport of Get-VMHost is false and a text of IovSupportReasons contains ${text.fragments.map((fragment) => `"${fragment}"`).join(' or ')}` +
      (text.nics === undefined
        ? ''
        : `, or no text is recognised, the host's language is not English and a NIC's SriovSupport says ${text.nics} (marked as inferred)`),
    remedy: text.remedy,
    impact: text.impact,
    source: text.source ?? SOURCE.iovReasons,
    ...(text.plan !== undefined && { plan: text.plan }),
    holds: (facts) =>
      all(
        unsupported(facts),
        when(facts.platform.iovReasons, (reasons) => textOf(reasons, text) !== undefined || inferred(facts, text)),
      ),
    detail: (facts) => {
      const matchingText = textOf(facts.platform.iovReasons ?? [], text);
      return matchingText === undefined
        ? `Inferred from SriovSupport of the NICs (${text.nics ?? ''}), because the text of Get-VMHost is not recognised: ${joined(facts.platform.iovReasons)}`
        : `Get-VMHost: ${matchingText}`;
    },
  });

/** The platform blocks SR-IOV for every vNIC. */
export const hostReasons: readonly HostReason[] = [
  hostReason({
    id: 'host_is_virtual_machine',
    meaning: 'This Hyper-V host is itself a virtual machine and has no SR-IOV hardware for its VMs.',
    condition: 'the host is a Hyper-V guest and IovSupport is false',
    remedy: 'Run VMs that need a VF on a physical host, and set expect_vf to false on this one.',
    impact: IMPACT.none,
    source: SOURCE.nested,
    holds: (facts) => all(facts.platform.isVirtualMachine, unsupported(facts)),
    detail: ({ platform }) => `${platform.name ?? 'This host'} is itself a virtual machine.`,
  }),
  hostReason({
    id: 'host_client_edition',
    meaning: 'Client editions of Windows have no SR-IOV networking in Hyper-V.',
    condition: 'ProductType is 1 (client) and no VF of the host is in use',
    remedy: 'Use Windows Server.',
    impact: { class: 'host_restart', detail: 'Windows must be reinstalled. Drain the host first.' },
    source: SOURCE.about,
    holds: ({ platform, vfInUse }) =>
      all(
        !vfInUse,
        when(platform.productType, (type) => type === windows.ProductType.WorkStation),
      ),
    detail: ({ platform }) => `${platform.os ?? 'This Windows'} is a client edition.`,
  }),
  ...KNOWN_TEXTS.map(knownText),
  hostReason({
    id: 'host_iov_unsupported_other',
    meaning:
      'Windows says that this host cannot use SR-IOV. It gives no reason, or one that this exporter does not recognise.',
    condition:
      'IovSupport of Get-VMHost is false, IovSupportReasons is empty or holds a text that is not recognised, and the cause is not inferred from the NICs',
    remedy: 'Follow the text that Windows gives. If that does not help, ask the manufacturer of the server.',
    impact: IMPACT.firmware,
    source: SOURCE.getVmHost,
    holds: (facts) => {
      const { iovReasons = [] } = facts.platform;
      return all(
        unsupported(facts),
        iovReasons.length === 0 || iovReasons.some(isUnknown),
        !KNOWN_TEXTS.some((text) => inferred(facts, text)),
      );
    },
    detail: (facts) => `Get-VMHost: ${joined(facts.platform.iovReasons?.filter(isUnknown))}`,
    command: () => pipeline(call('Get-VMHost'), formatList('IovSupport', 'IovSupportReasons')),
  }),
];

const finding = (rest: Omit<HostReason, 'subject' | 'kind' | 'step'>): HostReason => ({
  subject: 'host',
  kind: 'finding',
  step: 'host',
  ...rest,
});

const list = (names: readonly string[]): string => [...new Set(names)].sort().slice(0, 5).join(', ');

/** Findings about the host that do not depend on its vNICs. */
export const hostFindings: readonly HostReason[] = [
  finding({
    id: 'host_iov_override_set',
    topic: 'host',
    meaning:
      'IovEnableOverride lets Windows use SR-IOV on remapping hardware that it considers insecure. That is acceptable only if every VM is trusted.',
    condition: 'the registry value IovEnableOverride is 1',
    remedy: 'Confirm that every VM on this host is trusted, or remove the value.',
    impact: {
      class: 'host_restart',
      detail: 'If the value is removed, the VMs of the host get no VF after its next restart.',
    },
    source: SOURCE.part8,
    holds: ({ platform }) => platform.iovOverride,
    detail: () => 'IovEnableOverride is set in the registry.',
    command: () =>
      pipeline(
        call('Remove-ItemProperty', {
          LiteralPath: constant(String.raw`HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Virtualization`),
          Name: word('IovEnableOverride'),
        }),
      ),
  }),
  finding({
    id: 'port_witness_missing',
    topic: 'host',
    runbook: 'SriovStateUnknown',
    meaning:
      'This Windows does not have the counter set that shows which vNIC ports exist. A vNIC that is starting can therefore look like a vNIC without a VF.',
    condition: 'the counter set Hyper-V Virtual Network Adapter does not exist',
    remedy: 'If the performance counters are damaged, rebuild them.',
    impact: { class: 'none', detail: 'Programs that read performance counters miss a sample.' },
    source:
      'https://learn.microsoft.com/troubleshoot/windows-server/performance/rebuild-performance-counter-library-values',
    holds: ({ host }) => when(host.sources.get('vnic_instance'), ({ status }) => status === 'unsupported'),
    detail: () => 'The counter set Hyper-V Virtual Network Adapter does not exist here.',
    command: () => program('lodctr', '/R'),
  }),
  finding({
    id: 'vm_name_shared',
    topic: 'host',
    meaning:
      'Two VMs have the same name. Processor counters identify a VM by name only, so they cannot be assigned to either VM.',
    condition: 'two VMs of the host have the same name',
    remedy: 'Rename one of them.',
    impact: { class: 'none', detail: 'Scripts that use the old name fail.' },
    source: SOURCE.getVm,
    holds: ({ host }) => host.vms.some((vm) => vm.nameShared),
    detail: ({ host }) =>
      `Name of more than one VM: ${list(host.vms.filter((vm) => vm.nameShared).map((vm) => vm.name))}.`,
  }),
];
