import type { HostFacts, NicFacts, VnicFacts, VSwitchFacts } from '../facts.ts';
import type { Impact } from '../impact.ts';
import type { ReasonId } from '../model.ts';
import type { ReasonAlert } from '../severity.ts';
import type { Command, Plan } from '../powershell.ts';
import type { Tristate } from '../../tristate.ts';

/** The step of the chain host → NIC → vSwitch → vNIC → VF → guest that a reason is about. */
export const STEPS = ['host', 'nic', 'vswitch', 'vnic', 'vf', 'guest'] as const;
export type Step = (typeof STEPS)[number];

/** Headings of the reason table in the documentation. */
export const TOPICS = {
  state: 'Not a fault',
  host: 'Host platform',
  nic: 'NIC and team',
  vswitch: 'vSwitch',
  policy: 'Policy',
  pool: 'Pools',
  guest: 'Guest',
  last: 'No other cause found',
  time: 'Over time',
  vmq: 'VM queues',
  addresses: 'Addresses',
  status: "Windows' own status codes",
} as const;
export type Topic = keyof typeof TOPICS;

/** The kind of object that a condition is about. */
interface Subjects {
  host: HostFacts;
  nic: NicFacts;
  vswitch: VSwitchFacts;
  vnic: VnicFacts;
}
export type Subject = keyof Subjects;

/** What a row can be by itself: only an alert pages somebody. */
type OwnSeverity = 'warning' | 'info';

interface About<S extends Subject> {
  readonly subject: S;
  readonly id: string;
  /**
   * reason: why a vNIC that asks for a VF is not on it (for a NIC: it applies to each member). The first reason that holds
   * is the vNIC's primary reason. finding: something else that is wrong with the subject.
   */
  readonly kind: 'reason' | 'finding';
  readonly topic: Topic;
  readonly step: Step;
  /** The alert that this reason or finding belongs to: it gives the severity, and its runbook goes on from here */
  readonly alert?: ReasonAlert;
  /** An alert whose runbook helps, although the row is not what it fires for */
  readonly runbook?: ReasonAlert;
  /** What this follows from: where one of these is shown on the same object, page and `explain` fold this into it */
  readonly follows?: readonly ReasonId[];
  /** Of a row without an alert; info unless given */
  readonly severity?: OwnSeverity;
  /** The severity on this host, if it varies; `severity` is then the worst one */
  readonly severityOf?: (facts: Subjects[S]) => OwnSeverity;
  /** What the reason means, for a reader who does not know it */
  readonly meaning: string;
  /** The condition in words, for docs/reasons.md */
  readonly condition: string;
  /** How to fix it */
  readonly remedy: string;
  /** Impact of the remedy */
  readonly impact: Impact;
  /** URL of the public documentation */
  readonly source: string;
  readonly holds: (facts: Subjects[S]) => Tristate;
  /** One sentence with this host's names and numbers */
  readonly detail: (facts: Subjects[S]) => string;
  /**
   * The remedy as one command for this host; undefined if no single command does it, or if a name cannot be used in a
   * command
   */
  readonly command?: (facts: Subjects[S]) => Command | undefined;
  /** The remedy as a plan for this host, if it takes more than one command. A reason has a command or a plan. */
  readonly plan?: (facts: Subjects[S]) => Plan | undefined;
}

export type HostReason = About<'host'>;
export type NicReason = About<'nic'>;
export type VSwitchReason = About<'vswitch'>;
export type VnicReason = About<'vnic'>;
/** A reason of the reason table. */
export type Reason = HostReason | NicReason | VSwitchReason | VnicReason;

type Common = 'topic' | 'step' | 'kind';
type CommonOfVnics = { readonly [K in Common]: VnicReason[K] };

/** Returns a constructor of reasons about vNICs that share topic, step and kind. */
export const vnicReasons =
  (common: CommonOfVnics) =>
  (rest: Omit<VnicReason, 'subject' | Common> & Partial<CommonOfVnics>): VnicReason => ({
    subject: 'vnic',
    ...common,
    ...rest,
  });

const LEARN = 'https://learn.microsoft.com';
/** URLs of the documents that the reasons are based on. */
export const SOURCE = {
  iovReasons: `${LEARN}/troubleshoot/windows-server/virtualization/issues-when-starting-vm-or-installing-hyper-v`,
  getSriov: `${LEARN}/powershell/module/netadapter/get-netadaptersriov`,
  setSriov: `${LEARN}/powershell/module/netadapter/set-netadaptersriov`,
  enableSriov: `${LEARN}/powershell/module/netadapter/enable-netadaptersriov`,
  setVnic: `${LEARN}/powershell/module/hyper-v/set-vmnetworkadapter`,
  getVnic: `${LEARN}/powershell/module/hyper-v/get-vmnetworkadapter`,
  getVm: `${LEARN}/powershell/module/hyper-v/get-vm`,
  getVmHost: `${LEARN}/powershell/module/hyper-v/get-vmhost`,
  newSwitch: `${LEARN}/powershell/module/hyper-v/new-vmswitch`,
  portOffload: `${LEARN}/windows/win32/hyperv_v2/msvm-ethernetswitchportoffloaddata`,
  switchOffload: `${LEARN}/windows/win32/hyperv_v2/msvm-ethernetswitchhardwareoffloaddata`,
  portCapabilities: `${LEARN}/windows/win32/hyperv_v2/msvm-externalethernetportcapabilities`,
  featureTable: `${LEARN}/windows-server/virtualization/hyper-v/hyper-v-feature-compatibility-by-generation-and-guest`,
  about: `${LEARN}/virtualization/hyper-v-on-windows/about/`,
  teaming: `${LEARN}/windows-server/networking/technologies/nic-teaming/nic-teaming`,
  set: `${LEARN}/windows-server/virtualization/hyper-v-virtual-switch/rdma-and-switch-embedded-teaming`,
  features: `${LEARN}/windows-server/networking/technologies/hpn/hpn-software-hardware-features`,
  removeVf: `${LEARN}/windows-hardware/drivers/network/ndis-status-switch-port-remove-vf`,
  synthetic: `${LEARN}/windows-hardware/drivers/network/sr-iov-synthetic-data-path`,
  failover: `${LEARN}/windows-hardware/drivers/network/sr-iov-vf-failover-and-live-migration-support`,
  vportPool: `${LEARN}/windows-hardware/drivers/network/nondefault-virtual-ports-and-vmq`,
  vports: `${LEARN}/windows-hardware/drivers/network/virtual-ports--vports-`,
  queuePairs: `${LEARN}/windows-hardware/drivers/network/symmetric-and-asymmetric-assignment-of-queue-pairs`,
  vfDriver: `${LEARN}/windows-server/virtualization/hyper-v/best-practices-analyzer/ensure-that-the-virtual-function-driver-operates-correctly`,
  accelnet: `${LEARN}/azure/virtual-network/accelerated-networking-how-it-works`,
  vmqQueues: `${LEARN}/windows-hardware/drivers/network/vmq-receive-queues`,
  vmmq: `${LEARN}/windows-hardware/drivers/network/overview-of-virtual-machine-multiple-queues`,
  getVmq: `${LEARN}/powershell/module/netadapter/get-netadaptervmq`,
  setVmq: `${LEARN}/powershell/module/netadapter/set-netadaptervmq`,
  vfDataPath: `${LEARN}/windows-hardware/drivers/network/sr-iov-vf-data-path`,
  event106: `${LEARN}/troubleshoot/windows-server/virtualization/event-id-106-hyper-v-virtual-switch-bound-lbfo-team`,
  event113: `${LEARN}/troubleshoot/windows-server/virtualization/vmswitch-error-113-start-live-migrate-vm`,
  allocateVf: `${LEARN}/windows-hardware/drivers/network/oid-nic-switch-allocate-vf`,
  nested: `${LEARN}/virtualization/hyper-v-on-windows/user-guide/nested-virtualization`,
  part4: `${LEARN}/archive/blogs/jhoward/everything-you-wanted-to-know-about-sr-iov-in-hyper-v-part-4`,
  part5: `${LEARN}/archive/blogs/jhoward/everything-you-wanted-to-know-about-sr-iov-in-hyper-v-part-5`,
  part8: `${LEARN}/archive/blogs/jhoward/everything-you-wanted-to-know-about-sr-iov-in-hyper-v-part-8`,
} as const;
