import { type EnumerationName, windows } from '../document/enumerations.ts';
import type { Guid, LogEntry } from '../host/model.ts';
import { countAndTime, LOG_ENTRY } from '../diagnosis/log-entries.ts';
import { candidates, type VnicFacts } from '../diagnosis/facts.ts';
import type { Impact } from '../diagnosis/impact.ts';
import { type Evaluated, REASONS_BY_SUBJECT, resultOf } from '../diagnosis/evaluate.ts';
import type { Diagnosis } from '../diagnosis/diagnose.ts';
import { groupBy } from '../diagnosis/group.ts';
import type { Finding } from '../diagnosis/model.ts';
import { reasonById } from '../diagnosis/reasons.ts';
import { type Step, STEPS } from '../diagnosis/reasons/reason.ts';
import type { ReasonAlert } from '../diagnosis/severity.ts';
import { once } from '../once.ts';
import { any, type Tristate } from '../tristate.ts';

/**
 * ok: it works, and no value of it says otherwise. partial: the vNIC does not fail here, but a value says False (one NIC
 * of a team is down). unknown: a value that decides it was not read. not_checked: an earlier step is broken.
 */
export const STEP_STATUSES = ['ok', 'partial', 'broken', 'unknown', 'not_checked'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

export interface ChainStep {
  readonly step: Step;
  readonly status: StepStatus;
  /** What was read there, in Windows' own names; what was not read is left out */
  readonly read: readonly string[];
}

/** The way to a VF, step by step, for one vNIC. */
export interface Chain {
  readonly vnicId: Guid;
  /** In the latest reading, which the steps and their values are from, too */
  readonly path: VnicFacts['path'];
  /** host → NIC → vSwitch → vNIC → VF → guest, always all six */
  readonly steps: readonly ChainStep[];
  /** The first broken step and how to fix it; undefined while it is on its VF, settles, is unknown or unconfirmed */
  readonly broken?: {
    readonly step: Step;
    readonly reason: Finding;
    readonly meaning: string;
    readonly remedy: string;
    /** What carrying out the remedy interrupts */
    readonly impact: Impact;
    readonly source: string;
    /** The alert whose runbook goes on from here */
    readonly runbook?: ReasonAlert | undefined;
  };
}

/** The facts of each vNIC, by its id. */
export const factsOf = once(({ facts }: Evaluated) => new Map(facts.vnics.map((one) => [one.vnic.id, one])));

/** The chain of one vNIC, for `explain --vm` and the page of a VM; undefined for a vNIC that the host has not. Pure. */
export function chain(diagnosis: Diagnosis, vnicId: Guid): Chain | undefined {
  const vnicDiagnosis = diagnosis.vnics.get(vnicId);
  const { evaluated } = diagnosis;
  const facts = factsOf(evaluated).get(vnicId);
  if (facts === undefined || vnicDiagnosis === undefined) return undefined;
  // The published path may wait for a second reading: its reason is then of another moment than the values.
  const confirmed = facts.path === facts.vnic.path || facts.path === 'unknown';
  const vnic: VnicFacts = { ...facts, path: facts.path === 'unknown' ? facts.path : facts.vnic.path };
  const finding = confirmed ? vnicDiagnosis.reason : undefined;
  const reason = finding && reasonById(finding.id);
  const at = reason === undefined ? STEPS.length : STEPS.indexOf(reason.step);
  const steps = STEPS.map((step, index): ChainStep => {
    const read = READ[step](vnic, evaluated).filter((value) => value !== undefined);
    const status = statusOf(step, index, at, vnic, evaluated, vnicDiagnosis.fallback && confirmed);
    return {
      step,
      status: status === 'ok' && read.some(({ no }) => no) ? 'partial' : status,
      read: read.map(({ text }) => text),
    };
  });
  return {
    vnicId,
    path: vnic.path,
    steps,
    broken: reason &&
      finding && {
        step: reason.step,
        reason: finding,
        meaning: reason.meaning,
        remedy: reason.remedy,
        impact: reason.impact,
        source: reason.source,
        runbook: reason.alert ?? reason.runbook,
      },
  };
}

function statusOf(
  step: Step,
  index: number,
  at: number,
  vnic: VnicFacts,
  evaluated: Evaluated,
  fallback: boolean,
): StepStatus {
  if (vnic.path === 'vf') return 'ok';
  if (index === at) return 'broken';
  if (step === 'vf' || step === 'guest') {
    if (vnic.path === 'assigned') return step === 'vf' ? 'ok' : 'unknown';
    return index > at || !fallback ? 'not_checked' : 'unknown';
  }
  // With a VF assigned all that is before it works.
  if (vnic.path === 'assigned') return 'ok';
  const result = brokenAt(step, vnic, evaluated);
  if (result === undefined) return 'unknown';
  return result ? 'broken' : 'ok';
}

/** The reasons of each step; of the vNIC's own reasons those that are no suspicion */
const REASONS_BY_STEP = groupBy(
  [
    ...REASONS_BY_SUBJECT.host,
    ...REASONS_BY_SUBJECT.nic,
    ...REASONS_BY_SUBJECT.vswitch,
    ...REASONS_BY_SUBJECT.vnic,
  ].filter(({ topic }) => topic !== 'last'),
  ({ step }) => step,
);

/** Whether a reason of this step holds. */
const brokenAt = (step: Step, vnic: VnicFacts, evaluated: Evaluated): Tristate =>
  any(...(REASONS_BY_STEP.get(step) ?? []).map((reason) => resultOf(reason, vnic, evaluated)));

/** A value as it was read; undefined where it was not. `no`: it says False. */
type Read = { readonly text: string; readonly no: boolean } | undefined;
const plain = (text: string | undefined): Read => (text === undefined ? undefined : { text, no: false });
const say = (name: string, value: string | number | boolean | undefined): Read =>
  value === undefined
    ? undefined
    : { text: `${name} ${typeof value === 'boolean' ? (value ? 'True' : 'False') : value}`, no: value === false };
const inOneLine = (...values: readonly Read[]): Read => {
  const read = values.filter((value) => value !== undefined);
  return { text: read.map(({ text }) => text).join(', '), no: read.some(({ no }) => no) };
};

/** A number of one of Windows' enumerations in words, with the number behind: `Ok applications healthy (6)` */
function inWords(type: EnumerationName, number: number | undefined): string | undefined {
  if (number === undefined) return undefined;
  const [name] = Object.entries<number>(windows[type]).find(([, its]) => its === number) ?? [];
  if (name === undefined) return String(number);
  const [first = '', ...rest] = name.split(/(?=[A-Z])/);
  return `${[first, ...rest.map((word) => word.toLowerCase())].join(' ')} (${number})`;
}

/** What the event log reports of it: `event 113: VM queue refused 3 times in 24 hours, last at …` */
function ofLog(logEntries: readonly LogEntry[], kind: LogEntry['kind']): readonly Read[] {
  const entries = logEntries.filter((entry) => entry.kind === kind);
  const [newest] = entries;
  return newest === undefined ? [] : [plain(`event ${newest.eventId}: ${LOG_ENTRY[kind]} ${countAndTime(entries)}`)];
}

const READ: Readonly<Record<Step, (vnic: VnicFacts, evaluated: Evaluated) => readonly Read[]>> = {
  host: (_, { facts: { platform } }) => [
    say('IovSupport', platform.iovSupported),
    ...(platform.iovReasons ?? []).map((text) => say('IovSupportReasons', text)),
    plain(platform.os),
  ],
  nic: (vnic) =>
    (candidates(vnic) ?? []).map(({ nic }) =>
      inOneLine(
        plain(nic.description),
        say('up', nic.up),
        say('SriovSupport', nic.sriovSupport),
        say('Enabled', nic.sriovEnabled),
        say('NumVFs', nic.vfLimit),
      ),
    ),
  vswitch: ({ vnic, vswitch }) => [
    plain(vswitch?.vswitch.name ?? vnic.vswitchName),
    say('SwitchType', vswitch?.vswitch.type),
    say('IovEnabled', vswitch?.vswitch.iovEnabled),
    say('IovSupport', vswitch?.vswitch.iovSupported),
    ...(vswitch?.vswitch.forwardingExtensions ?? []).map((name) => say('forwarding extension', name)),
  ],
  vnic: ({ vnic, vm, ambiguous, logEntries }) => [
    plain(ambiguous ? `${vnic.name} (${vnic.id})` : vnic.name),
    say('VM state', vm?.state),
    say('Connected', vnic.connected),
    say('VLAN', vnic.vlan ?? vnic.vlanMode),
    say('IovWeight', vnic.iovWeight),
    say('IovQueuePairsRequested', vnic.offload?.queuePairsRequested),
    ...ofLog(logEntries, 'vm_queue_refused'),
  ],
  vf: ({ vnic, vswitch, logEntries }) => [
    say('VF assigned', vnic.offload?.vfAssigned),
    say('VFs left', vswitch?.capacity?.vfsLeft),
    say('vPorts left', vswitch?.capacity?.vportsLeft),
    say('queue pairs left', vswitch?.capacity?.queuePairsLeft),
    ...ofLog(logEntries, 'vf_refused'),
  ],
  guest: ({ vnic, vm }) => [
    say('VFDataPathActive', vnic.offload?.vfActive),
    say('Status', vnic.status?.map((code) => inWords('VMNetworkAdapterOperationalStatus', code)).join(', ')),
    ...(vnic.status?.every((code) => code === windows.VMNetworkAdapterOperationalStatus.Ok) === false
      ? (vnic.statusText ?? []).map((text) => say('StatusDescription', text))
      : []),
    say('Heartbeat', inWords('VMHeartbeatStatus', vm?.heartbeat)),
  ],
};
