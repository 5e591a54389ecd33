import type { Guid } from '../host/model.ts';
import type { TrackedHost } from '../history/model.ts';
import { atOnce, eachInSteps, type Steps } from '../turn.ts';
import { factsInSteps, type HostFacts, type VnicFacts } from './facts.ts';
import {
  findingOf,
  holding,
  type Evaluated,
  evaluateReasons,
  reasonOf,
  REASONS_BY_SUBJECT,
  stateOf,
} from './evaluate.ts';
import type { Policy } from './policy.ts';
import { reasonById } from './reasons.ts';
import type { Capacity, ExpectVf, Finding, ReasonId, VmqAdvice, VnicDiagnosis } from './model.ts';

/** The diagnosis of a host: the reason for the path of each vNIC, other findings, and the capacity that is left. */
export interface Diagnosis {
  /** The facts and the result of each reason for them, for explanations */
  readonly evaluated: Evaluated;
  readonly host: readonly Finding[];
  /** Ids of the reasons that block IOV on the whole host */
  readonly hostBlockers: readonly ReasonId[];
  readonly nics: ReadonlyMap<string, { readonly blockers: readonly ReasonId[]; readonly findings: readonly Finding[] }>;
  readonly vswitches: ReadonlyMap<
    Guid,
    { readonly blockers: readonly ReasonId[]; readonly findings: readonly Finding[] }
  >;
  readonly vnics: ReadonlyMap<Guid, VnicDiagnosis>;
  readonly capacity: Capacity;
  readonly vmqAdvice: readonly VmqAdvice[];
  /** Number of MACs that more than one running vNIC uses; undefined while VMs or vNICs cannot be read */
  readonly duplicateMacs: number | undefined;
  /** Number of IP addresses used by running vNICs with different MACs; undefined unless addresses are read (opt-in) */
  readonly duplicateIps: number | undefined;
}

/** If the host is itself a VM, the findings about its NICs follow from that and are left out. */
const MUTES = 'host_is_virtual_machine';

/**
 * Finds for every vNIC whether it is in fallback and why, what else is wrong with each object, and what is left of the
 * pools. Pure, total and deterministic. A value that was not read is never a reason (see tristate.ts).
 *
 * @param tracked the host with its history
 * @param expectVf which vNICs are expected to have a VF if their IovWeight asks for one
 * @param policy thresholds that the alerts have, too
 */
export const diagnose = (tracked: TrackedHost, expectVf: ExpectVf, policy?: Policy): Diagnosis =>
  atOnce(diagnoseInSteps(tracked, expectVf, policy));

/** The same, as steps that yield between parts, so that the event loop is not blocked. */
export function* diagnoseInSteps(tracked: TrackedHost, expectVf: ExpectVf, policy?: Policy): Steps<Diagnosis> {
  const facts = yield* factsInSteps(tracked, expectVf, policy);
  yield;
  const evaluated = evaluateReasons(facts);
  const blocking = holding(evaluated.host);
  const muted = blocking.some((reason) => reason.id === MUTES);
  const hostBlockers = muted ? [MUTES] : ids(blocking);
  const rate = rating(facts.policy);
  const vnics = yield* eachInSteps(
    facts.vnics,
    (vnic) => [vnic.vnic.id, rated(diagnoseVnic(vnic, evaluated), rate)] as const,
  );
  return {
    evaluated,
    host: hostFindings(facts, evaluated, hostBlockers).map(rate),
    hostBlockers,
    nics: new Map(
      facts.nics.map((nic) => [
        nic.nic.description,
        {
          blockers: muted ? [] : ids(holding(evaluated.nics.get(nic.nic.description))),
          findings: found(REASONS_BY_SUBJECT.nicFindings, nic).map(rate),
        },
      ]),
    ),
    vswitches: new Map(
      facts.vswitches.map((vswitch) => [
        vswitch.vswitch.id,
        {
          blockers: ids(holding(evaluated.vswitches.get(vswitch.vswitch.id))),
          findings: found(REASONS_BY_SUBJECT.vswitchFindings, vswitch).map(rate),
        },
      ]),
    ),
    vnics: new Map(vnics),
    capacity: facts.capacity,
    vmqAdvice: facts.advice,
    duplicateMacs: facts.addresses.duplicateMacs,
    duplicateIps: facts.addresses.duplicateIps,
  };
}

const unchanged = (finding: Finding): Finding => finding;

/** Gives a finding the severity that the user has set for its alert. */
function rating({ severities = {} }: Policy): (finding: Finding) => Finding {
  if (Object.keys(severities).length === 0) return unchanged;
  return (finding) => {
    const severity = severities[reasonById(finding.id)?.alert ?? ''];
    return severity === undefined ? finding : { ...finding, severity };
  };
}

function rated(diagnosis: VnicDiagnosis, rate: (finding: Finding) => Finding): VnicDiagnosis {
  if (rate === unchanged) return diagnosis;
  const { reason, findings } = diagnosis;
  return { ...diagnosis, ...(reason !== undefined && { reason: rate(reason) }), findings: findings.map(rate) };
}

const ids = (reasons: readonly { readonly id: ReasonId }[]): readonly ReasonId[] => reasons.map((reason) => reason.id);

type Entry<T> = Parameters<typeof findingOf<T>>[0] & { readonly holds: (facts: T) => boolean | undefined };

function found<T>(reasons: readonly Entry<T>[], facts: T): readonly Finding[] {
  const findings: Finding[] = [];
  for (const reason of reasons) if (reason.holds(facts) === true) findings.push(findingOf(reason, facts));
  return findings;
}

/** A reason that blocks IOV on the host is a finding only if a vNIC asks for a VF. */
function hostFindings(facts: HostFacts, evaluated: Evaluated, blockers: readonly ReasonId[]): readonly Finding[] {
  const wanted = facts.vnics.some(({ requested, path }) => requested === true && path !== 'unknown');
  const reasons = wanted
    ? REASONS_BY_SUBJECT.host.filter((reason) => evaluated.host.get(reason) === true && blockers.includes(reason.id))
    : [];
  return [...reasons.map((reason) => findingOf(reason, facts)), ...found(REASONS_BY_SUBJECT.hostFindings, facts)];
}

function diagnoseVnic(vnic: VnicFacts, evaluated: Evaluated): VnicDiagnosis {
  const { path, requested: vfRequested, tracked } = vnic;
  const findings = found(REASONS_BY_SUBJECT.vnicFindings, vnic);
  if (path === 'vf') return { fallback: false, vfRequested, findings };
  const reason = stateOf(vnic);
  if (reason !== undefined) return { reason, fallback: false, vfRequested, findings };
  const fallback =
    vnic.vnic.pathApplies === true &&
    vfRequested === true &&
    (path === 'synthetic' || path === 'assigned') &&
    tracked?.settling === undefined;
  return fallback
    ? { reason: reasonOf(vnic, evaluated), fallback, vfRequested, findings }
    : { fallback, vfRequested, findings };
}
