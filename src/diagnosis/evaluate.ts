import type { Guid } from '../host/model.ts';
import { candidates, type HostFacts, type NicFacts, type VnicFacts } from './facts.ts';
import type { Finding } from './model.ts';
import { REASONS } from './reasons.ts';
import { UNDETERMINED, UNEXPLAINED } from './reasons/last.ts';
import { type Command, isReadOnly, type Plan, printCommand, printStep } from './powershell.ts';
import type { NicReason, Reason } from './reasons/reason.ts';
import { type ReasonAlert, severityOf } from './severity.ts';
import { all, any, type Tristate } from '../tristate.ts';

/** The reasons by the kind of object that they are about. */
const reasons = REASONS.filter((reason) => reason.kind === 'reason');
const findings = REASONS.filter((reason) => reason.kind === 'finding');
/** The reason table by kind and by what a row is about, in order of precedence. */
export const REASONS_BY_SUBJECT = {
  host: reasons.filter((reason) => reason.subject === 'host'),
  nic: reasons.filter((reason) => reason.subject === 'nic'),
  vswitch: reasons.filter((reason) => reason.subject === 'vswitch'),
  vnic: reasons.filter((reason) => reason.subject === 'vnic'),
  hostFindings: findings.filter((reason) => reason.subject === 'host'),
  nicFindings: findings.filter((reason) => reason.subject === 'nic'),
  vswitchFindings: findings.filter((reason) => reason.subject === 'vswitch'),
  vnicFindings: findings.filter((reason) => reason.subject === 'vnic'),
};
const STATE = REASONS_BY_SUBJECT.vnic.filter((reason) => reason.topic === 'state');
const FAULTS = reasons.filter(
  (reason) => reason.topic !== 'state' && reason.id !== UNDETERMINED && reason.id !== UNEXPLAINED,
);
/** For a vNIC with an assigned VF, only these reasons can be the reason: everything outside the guest works. */
const GUEST = FAULTS.filter((reason) => reason.topic === 'guest');

type Results = ReadonlyMap<Reason, Tristate>;

/** The reasons evaluated once for the host, each NIC and each vSwitch. Those of a vNIC are derived from them. */
export interface Evaluated {
  readonly facts: HostFacts;
  readonly host: Results;
  readonly nics: ReadonlyMap<string, Results>;
  /** Whether any reason holds for a NIC */
  readonly nicsBlocked: ReadonlyMap<string, Tristate>;
  readonly vswitches: ReadonlyMap<Guid, Results>;
  /** Findings built so far, by reason and by the object that they are about */
  readonly findings: Map<Reason, Map<object, Finding>>;
}

const ask = <T>(asked: readonly (Reason & { holds: (facts: T) => Tristate })[], facts: T): Results =>
  new Map(asked.map((reason) => [reason, reason.holds(facts)]));

/** Asks every reason and finding once for each object of the host. */
export function evaluateReasons(facts: HostFacts): Evaluated {
  const nics = new Map(facts.nics.map((nic) => [nic.nic.description, ask(REASONS_BY_SUBJECT.nic, nic)]));
  return {
    facts,
    host: ask(REASONS_BY_SUBJECT.host, facts),
    nics,
    nicsBlocked: new Map([...nics].map(([description, results]) => [description, any(...results.values())])),
    vswitches: new Map(
      facts.vswitches.map((vswitch) => [vswitch.vswitch.id, ask(REASONS_BY_SUBJECT.vswitch, vswitch)]),
    ),
    findings: new Map(),
  };
}

/** The reasons that hold, in the order of the table. */
export const holding = (results: Results | undefined): readonly Reason[] =>
  [...(results ?? [])].filter(([, result]) => result === true).map(([reason]) => reason);

/**
 * Whether a reason holds for a vNIC. A reason about a NIC holds where every NIC that could provide the VF is blocked,
 * and one of them by this reason.
 */
export function resultOf(reason: Reason, vnic: VnicFacts, evaluated: Evaluated): Tristate {
  switch (reason.subject) {
    case 'host':
      return evaluated.host.get(reason);
    case 'vswitch':
      return vnic.vswitch && evaluated.vswitches.get(vnic.vswitch.vswitch.id)?.get(reason);
    case 'nic': {
      const names = candidates(vnic)?.map(({ nic }) => nic.description);
      if (names === undefined) return undefined;
      const blocked = names.map((name) => evaluated.nicsBlocked.get(name));
      return all(names.length > 0, ...blocked, any(...names.map((name) => evaluated.nics.get(name)?.get(reason))));
    }
    case 'vnic':
      return reason.holds(vnic);
  }
}

/** Why a vNIC is not on a VF although nothing is wrong. */
export function stateOf(vnic: VnicFacts): Finding | undefined {
  const reason = STATE.find(({ holds }) => holds(vnic) === true);
  return reason && findingOf(reason, vnic);
}

/** At most this many reasons that could not be evaluated are named in a text. */
const MAX_NAMED = 3;

/**
 * The primary reason of a vNIC that is known to be in fallback: the first reason that holds. The text names the reasons
 * before it that could not be evaluated. A suspected cause, or "no cause found", is given only if every reason before it
 * could be evaluated.
 */
export function reasonOf(vnic: VnicFacts, evaluated: Evaluated): Finding {
  const undecided: Reason[] = [];
  for (const reason of vnic.path === 'assigned' ? GUEST : FAULTS) {
    if (reason.topic === 'last' && undecided.length > 0) break;
    const result = resultOf(reason, vnic, evaluated);
    if (result === undefined) undecided.push(reason);
    if (result === true) return withUndecided(findingFor(reason, vnic, evaluated), undecided);
  }
  const last = REASONS_BY_SUBJECT.vnic.find(
    (reason) => reason.id === (undecided.length > 0 ? UNDETERMINED : UNEXPLAINED),
  );
  if (last === undefined) throw new Error('the reason table has no last reason');
  return withUndecided(findingOf(last, vnic), undecided);
}

function withUndecided(finding: Finding, undecided: readonly Reason[]): Finding {
  if (undecided.length === 0) return finding;
  const named = undecided.slice(0, MAX_NAMED).map((reason) => reason.id);
  const more = undecided.length > MAX_NAMED ? ` and ${undecided.length - MAX_NAMED} more` : '';
  return { ...finding, detail: `${finding.detail} Could not be evaluated: ${named.join(', ')}${more}.` };
}

function findingFor(reason: Reason, vnic: VnicFacts, evaluated: Evaluated): Finding {
  switch (reason.subject) {
    case 'host':
      return once(reason, evaluated.facts, evaluated, () => findingOf(reason, evaluated.facts));
    case 'vnic':
      return findingOf(reason, vnic);
    case 'vswitch': {
      const { vswitch } = vnic;
      return vswitch ? once(reason, vswitch, evaluated, () => findingOf(reason, vswitch)) : bare(reason);
    }
    case 'nic': {
      const nic = firstWith(reason, vnic, evaluated);
      return nic ? once(reason, nic, evaluated, () => findingOf(reason, nic)) : bare(reason);
    }
  }
}

/** Builds the finding on a shared object once: it may be the reason of a thousand vNICs. */
function once(reason: Reason, subject: object, { findings: built }: Evaluated, build: () => Finding): Finding {
  const ofRow = built.get(reason) ?? new Map<object, Finding>();
  built.set(reason, ofRow);
  const known = ofRow.get(subject) ?? build();
  ofRow.set(subject, known);
  return known;
}

const bare = (reason: Reason): Finding => ({ id: reason.id, severity: severityOf(reason), detail: reason.meaning });

const firstWith = (reason: NicReason, vnic: VnicFacts, evaluated: Evaluated): NicFacts | undefined =>
  candidates(vnic)?.find(({ nic }) => evaluated.nics.get(nic.description)?.get(reason) === true);

/** Makes a finding from a reason that holds for an object. */
export function findingOf<T>(
  reason: {
    readonly id: string;
    readonly alert?: ReasonAlert;
    readonly severity?: 'warning' | 'info';
    readonly severityOf?: (facts: T) => Finding['severity'];
    readonly detail: (facts: T) => string;
    readonly command?: (facts: T) => Command | undefined;
    readonly plan?: (facts: T) => Plan | undefined;
  },
  facts: T,
): Finding {
  const command = reason.command?.(facts);
  const plan = reason.plan?.(facts);
  return {
    id: reason.id,
    severity: reason.severityOf?.(facts) ?? severityOf(reason),
    detail: reason.detail(facts),
    ...(command !== undefined && { [isReadOnly(command) ? 'inspect' : 'command']: printCommand(command) }),
    ...(plan !== undefined && { plan: plan.steps.map(printStep) }),
  };
}
