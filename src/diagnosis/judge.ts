import type { Guid } from '../host/model.ts';
import { candidates, type HostFacts, type NicFacts, type VnicFacts } from './facts.ts';
import type { Finding } from './model.ts';
import { REASONS } from './reasons.ts';
import { UNDETERMINED, UNEXPLAINED } from './reasons/last.ts';
import { type Command, isReadOnly, type Plan, printCommand, printStep } from './powershell.ts';
import type { NicReason, Reason } from './reasons/row.ts';
import { all, any, type Tristate } from '../tristate.ts';

/** The rows by what they are asked about. */
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
/** A VF that is assigned has found all that it needs outside the guest. */
const GUEST = FAULTS.filter((row) => row.topic === 'guest');

type Verdicts = ReadonlyMap<Reason, Tristate>;

/** The verdicts on host, NICs and vSwitches, each asked once; those on a vNIC come from them. */
export interface Judged {
  readonly facts: HostFacts;
  readonly host: Verdicts;
  readonly nics: ReadonlyMap<string, Verdicts>;
  readonly vswitches: ReadonlyMap<Guid, Verdicts>;
  /** Findings that were already made, by row and by the object that they are about */
  readonly said: Map<Reason, Map<object, Finding>>;
}

const ask = <T>(rows: readonly (Reason & { holds: (facts: T) => Tristate })[], facts: T): Verdicts =>
  new Map(rows.map((row) => [row, row.holds(facts)]));

export const judge = (facts: HostFacts): Judged => ({
  facts,
  host: ask(ROWS.host, facts),
  nics: new Map(facts.nics.map((its) => [its.nic.description, ask(ROWS.nic, its)])),
  vswitches: new Map(facts.vswitches.map((its) => [its.vswitch.id, ask(ROWS.vswitch, its)])),
  said: new Map(),
});

/** Rows that hold, in the table's order. */
export const holding = (verdicts: Verdicts | undefined): readonly Reason[] =>
  [...(verdicts ?? [])].filter(([, verdict]) => verdict === true).map(([row]) => row);

/** Whether a row holds for a vNIC. A NIC's row does where each NIC that could give a VF is blocked, one of them by it. */
export function verdictFor(row: Reason, vnic: VnicFacts, judged: Judged): Tristate {
  switch (row.subject) {
    case 'host':
      return judged.host.get(row);
    case 'vswitch':
      return vnic.vswitch && judged.vswitches.get(vnic.vswitch.vswitch.id)?.get(row);
    case 'nic': {
      const its = candidates(vnic)?.map((nic) => judged.nics.get(nic.nic.description));
      if (its === undefined) return undefined;
      const blocked = its.map((verdicts) => any(...(verdicts?.values() ?? [undefined])));
      return all(its.length > 0, ...blocked, any(...its.map((verdicts) => verdicts?.get(row))));
    }
    case 'vnic':
      return row.holds(vnic);
  }
}

/** Why a vNIC is off the VF path without anything being wrong. */
export function stateOf(vnic: VnicFacts): Finding | undefined {
  const row = STATE.find(({ holds }) => holds(vnic) === true);
  return row && findingOf(row, vnic);
}

/** How many rows that could not be judged are named in a text. */
const MAX_NAMED = 3;

/**
 * The primary reason of a vNIC that is known to be in fallback: the first row that holds. Rows before it that could
 * not be judged are named; a suspicion, or that nothing was found, is said only where all were.
 */
export function reasonOf(vnic: VnicFacts, judged: Judged): Finding {
  const unjudged: Reason[] = [];
  for (const row of vnic.path === 'assigned' ? GUEST : FAULTS) {
    if (row.topic === 'last' && unjudged.length > 0) break;
    const verdict = verdictFor(row, vnic, judged);
    if (verdict === undefined) unjudged.push(row);
    if (verdict === true) return withUnjudged(findingFor(row, vnic, judged), unjudged);
  }
  const last = ROWS.vnic.find((row) => row.id === (unjudged.length > 0 ? UNDETERMINED : UNEXPLAINED));
  if (last === undefined) throw new Error('the table ends with no last row');
  return withUnjudged(findingOf(last, vnic), unjudged);
}

function withUnjudged(finding: Finding, unjudged: readonly Reason[]): Finding {
  if (unjudged.length === 0) return finding;
  const named = unjudged.slice(0, MAX_NAMED).map((row) => row.id);
  const more = unjudged.length > MAX_NAMED ? ` and ${unjudged.length - MAX_NAMED} more` : '';
  return { ...finding, detail: `${finding.detail} Could not be judged: ${named.join(', ')}${more}.` };
}

function findingFor(row: Reason, vnic: VnicFacts, judged: Judged): Finding {
  switch (row.subject) {
    case 'host':
      return once(row, judged.facts, judged, () => findingOf(row, judged.facts));
    case 'vnic':
      return findingOf(row, vnic);
    case 'vswitch': {
      const { vswitch } = vnic;
      return vswitch ? once(row, vswitch, judged, () => findingOf(row, vswitch)) : bare(row);
    }
    case 'nic': {
      const nic = firstWith(row, vnic, judged);
      return nic ? once(row, nic, judged, () => findingOf(row, nic)) : bare(row);
    }
  }
}

/** What a row says of a shared object is said once: it may be the reason of a thousand vNICs. */
function once(row: Reason, subject: object, { said }: Judged, say: () => Finding): Finding {
  const ofRow = said.get(row) ?? new Map<object, Finding>();
  said.set(row, ofRow);
  const known = ofRow.get(subject) ?? say();
  ofRow.set(subject, known);
  return known;
}

const bare = (row: Reason): Finding => ({ id: row.id, severity: row.severity, detail: row.meaning });

const firstWith = (row: NicReason, vnic: VnicFacts, judged: Judged): NicFacts | undefined =>
  candidates(vnic)?.find(({ nic }) => judged.nics.get(nic.description)?.get(row) === true);

/** A row as a finding on the object that it was asked about. */
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
