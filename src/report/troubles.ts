import type { Examined, VnicRow } from './vnic-rows.ts';
import type { Finding, PrintedStep, ReasonId, Severity } from '../diagnosis/model.ts';

/** One thing that is wrong, with all that have it. */
export interface Trouble {
  readonly id: ReasonId;
  readonly severity: Severity;
  /** Why vNICs are in fallback, not something beside it */
  readonly primary: boolean;
  /** vNICs that have it; 0 for one of the host, a NIC or a vSwitch */
  readonly vnics: number;
  /** Sentences with this host's names, each once; none where they are many: then they differ by names alone */
  readonly details: readonly string[];
  /** The same of the commands that fix it, of those that show more, and of the plans */
  readonly commands: readonly string[];
  readonly inspect: readonly string[];
  readonly plans: readonly (readonly PrintedStep[])[];
}

const FEW = 3;
const few = <T>(things: ReadonlyMap<string, T>): readonly T[] => (things.size > FEW ? [] : [...things.values()]);

const ORDER: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

interface Group {
  readonly finding: Finding;
  readonly primary: boolean;
  readonly details: Map<string, string>;
  readonly commands: Map<string, string>;
  readonly inspect: Map<string, string>;
  readonly plans: Map<string, readonly PrintedStep[]>;
  vnics: number;
}

/**
 * What is wrong on a host, each thing once however many have it: reasons of fallback first, then the worst, then what
 * most have. Pure.
 */
export function troubles({ diagnosis }: Pick<Examined, 'diagnosis'>, rows: readonly VnicRow[]): readonly Trouble[] {
  const groups = new Map<ReasonId, Group>();
  const add = (finding: Finding, primary: boolean, vnics: 0 | 1): void => {
    const group = groups.get(finding.id) ?? {
      finding,
      primary,
      details: new Map(),
      commands: new Map(),
      inspect: new Map(),
      plans: new Map(),
      vnics: 0,
    };
    groups.set(finding.id, group);
    group.vnics += vnics;
    const { detail, command, inspect, plan } = finding;
    group.details.set(detail, detail);
    if (command !== undefined) group.commands.set(command, command);
    if (inspect !== undefined) group.inspect.set(inspect, inspect);
    if (plan !== undefined && group.plans.size <= FEW) group.plans.set(JSON.stringify(plan), plan);
  };
  for (const { status, reason } of rows) if (status === 'fallback' && reason !== undefined) add(reason, true, 1);
  for (const finding of diagnosis.host) add(finding, false, 0);
  for (const { findings } of [...diagnosis.nics.values(), ...diagnosis.vswitches.values()])
    for (const finding of findings) add(finding, false, 0);
  for (const { findings } of rows) for (const finding of findings) add(finding, false, 1);
  return [...groups.values()]
    .map(({ finding: { id, severity }, primary, vnics, details, commands, inspect, plans }): Trouble => ({
      id,
      severity,
      primary,
      vnics,
      details: few(details),
      commands: few(commands),
      inspect: few(inspect),
      plans: few(plans),
    }))
    .sort(
      (a, b) => Number(b.primary) - Number(a.primary) || ORDER[a.severity] - ORDER[b.severity] || b.vnics - a.vnics,
    );
}
