import type { Guid } from '../host/model.ts';
import { candidates, type HostFacts, type NicFacts, type VnicFacts } from './facts.ts';
import type { Finding } from './model.ts';
import { REASONS } from './reasons.ts';
import { UNDETERMINED, UNEXPLAINED } from './reasons/last.ts';
import { type Command, isReadOnly, type Plan, printCommand, printStep } from './powershell.ts';
import type { NicReason, Reason } from './reasons/row.ts';
import { all, any, type Tristate } from '../tristate.ts';

/** The rows by the kind of object that they are about. */
const reasons = REASONS.filter((row) => row.kind === 'reason');
const findings = REASONS.filter((row) => row.kind === 'finding');
export const ROWS = {
  host: reasons.filter((row) => row.subject === 'host'),
  nic: reasons.filter((row) => row.subject === 'nic'),
  vswitch: reasons.filter((row) => row.subject === 'vswitch'),
  vnic: reasons.filter((row) => row.subject === 'vnic'),
  hostFindings: findings.filter((row) => row.subject === 'host'),
  nicFindings: findings.filter((row) => row.subject === 'nic'),
  vswitchFindings: findings.filter((row) => row.subject === 'vswitch'),
  vnicFindings: findings.filter((row) => row.subject === 'vnic'),
};
const STATE = ROWS.vnic.filter((row) => row.topic === 'state');
const FAULTS = reasons.filter((row) => row.topic !== 'state' && row.id !== UNDETERMINED && row.id !== UNEXPLAINED);
/** For a vNIC with an assigned VF, only these rows can be the reason: everything outside the guest works. */
const GUEST = FAULTS.filter((row) => row.topic === 'guest');

type Results = ReadonlyMap<Reason, Tristate>;

/** The reasons evaluated once for the host, each NIC and each vSwitch. Those of a vNIC are derived from them. */
export interface Evaluated {
  readonly facts: HostFacts;
  readonly host: Results;
  readonly nics: ReadonlyMap<string, Results>;
  readonly vswitches: ReadonlyMap<Guid, Results>;
  /** Findings built so far, by reason and by the object that they are about */
  readonly findings: Map<Reason, Map<object, Finding>>;
}

const ask = <T>(rows: readonly (Reason & { holds: (facts: T) => Tristate })[], facts: T): Results =>
  new Map(rows.map((row) => [row, row.holds(facts)]));

export const evaluateReasons = (facts: HostFacts): Evaluated => ({
  facts,
  host: ask(ROWS.host, facts),
  nics: new Map(facts.nics.map((nic) => [nic.nic.description, ask(ROWS.nic, nic)])),
  vswitches: new Map(facts.vswitches.map((vswitch) => [vswitch.vswitch.id, ask(ROWS.vswitch, vswitch)])),
  findings: new Map(),
});

/** The rows that hold, in the order of the table. */
export const holding = (results: Results | undefined): readonly Reason[] =>
  [...(results ?? [])].filter(([, result]) => result === true).map(([row]) => row);

/**
 * Whether a reason holds for a vNIC. A reason about a NIC holds where every NIC that could provide the VF is blocked,
 * and one of them by this reason.
 */
export function resultOf(row: Reason, vnic: VnicFacts, evaluated: Evaluated): Tristate {
  switch (row.subject) {
    case 'host':
      return evaluated.host.get(row);
    case 'vswitch':
      return vnic.vswitch && evaluated.vswitches.get(vnic.vswitch.vswitch.id)?.get(row);
    case 'nic': {
      const ofNics = candidates(vnic)?.map((nic) => evaluated.nics.get(nic.nic.description));
      if (ofNics === undefined) return undefined;
      const blocked = ofNics.map((results) => any(...(results?.values() ?? [undefined])));
      return all(ofNics.length > 0, ...blocked, any(...ofNics.map((results) => results?.get(row))));
    }
    case 'vnic':
      return row.holds(vnic);
  }
}

/** Why a vNIC is not on a VF although nothing is wrong. */
export function stateOf(vnic: VnicFacts): Finding | undefined {
  const row = STATE.find(({ holds }) => holds(vnic) === true);
  return row && findingOf(row, vnic);
}

/** At most this many rows that could not be evaluated are named in a text. */
const MAX_NAMED = 3;

/**
 * The primary reason of a vNIC that is known to be in fallback: the first row that holds. The text names the rows
 * before it that could not be evaluated. A suspected cause, or "no cause found", is given only if every row before it
 * could be evaluated.
 */
export function reasonOf(vnic: VnicFacts, evaluated: Evaluated): Finding {
  const undecided: Reason[] = [];
  for (const row of vnic.path === 'assigned' ? GUEST : FAULTS) {
    if (row.topic === 'last' && undecided.length > 0) break;
    const result = resultOf(row, vnic, evaluated);
    if (result === undefined) undecided.push(row);
    if (result === true) return withUndecided(findingFor(row, vnic, evaluated), undecided);
  }
  const last = ROWS.vnic.find((row) => row.id === (undecided.length > 0 ? UNDETERMINED : UNEXPLAINED));
  if (last === undefined) throw new Error('the reason table has no last row');
  return withUndecided(findingOf(last, vnic), undecided);
}

function withUndecided(finding: Finding, undecided: readonly Reason[]): Finding {
  if (undecided.length === 0) return finding;
  const named = undecided.slice(0, MAX_NAMED).map((row) => row.id);
  const more = undecided.length > MAX_NAMED ? ` and ${undecided.length - MAX_NAMED} more` : '';
  return { ...finding, detail: `${finding.detail} Could not be evaluated: ${named.join(', ')}${more}.` };
}

function findingFor(row: Reason, vnic: VnicFacts, evaluated: Evaluated): Finding {
  switch (row.subject) {
    case 'host':
      return once(row, evaluated.facts, evaluated, () => findingOf(row, evaluated.facts));
    case 'vnic':
      return findingOf(row, vnic);
    case 'vswitch': {
      const { vswitch } = vnic;
      return vswitch ? once(row, vswitch, evaluated, () => findingOf(row, vswitch)) : bare(row);
    }
    case 'nic': {
      const nic = firstWith(row, vnic, evaluated);
      return nic ? once(row, nic, evaluated, () => findingOf(row, nic)) : bare(row);
    }
  }
}

/** Builds the finding on a shared object once: it may be the reason of a thousand vNICs. */
function once(row: Reason, subject: object, { findings: built }: Evaluated, build: () => Finding): Finding {
  const ofRow = built.get(row) ?? new Map<object, Finding>();
  built.set(row, ofRow);
  const known = ofRow.get(subject) ?? build();
  ofRow.set(subject, known);
  return known;
}

const bare = (row: Reason): Finding => ({ id: row.id, severity: row.severity, detail: row.meaning });

const firstWith = (row: NicReason, vnic: VnicFacts, evaluated: Evaluated): NicFacts | undefined =>
  candidates(vnic)?.find(({ nic }) => evaluated.nics.get(nic.description)?.get(row) === true);

/** Makes a finding from a row that holds for an object. */
export function findingOf<T>(
  row: {
    readonly id: string;
    readonly severity: Finding['severity'];
    readonly severityOf?: (facts: T) => Finding['severity'];
    readonly detail: (facts: T) => string;
    readonly command?: (facts: T) => Command | undefined;
    readonly plan?: (facts: T) => Plan | undefined;
  },
  facts: T,
): Finding {
  const command = row.command?.(facts);
  const plan = row.plan?.(facts);
  return {
    id: row.id,
    severity: row.severityOf?.(facts) ?? row.severity,
    detail: row.detail(facts),
    ...(command !== undefined && { [isReadOnly(command) ? 'inspect' : 'command']: printCommand(command) }),
    ...(plan !== undefined && { plan: plan.steps.map(printStep) }),
  };
}
