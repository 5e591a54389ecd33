import type { Diagnosis } from '../diagnosis/diagnose.ts';
import { type Finding, type PrintedStep, type ReasonId, SEVERITIES, type Severity } from '../diagnosis/model.ts';
import { reasonById } from '../diagnosis/reasons.ts';
import { vnicName } from '../diagnosis/reasons/state.ts';
import { onceInSteps } from '../once.ts';
import { eachInSteps, type Steps } from '../turn.ts';
import { factsOf } from './chain.ts';
import { type Examined, type VnicRow, vnicRows } from './vnic-rows.ts';

/** One thing that is wrong, with all that have it. */
export interface Trouble {
  readonly id: ReasonId;
  readonly severity: Severity;
  /** The reason for a fallback, not a further finding */
  readonly primary: boolean;
  /** vNICs that have it; 0 for one of the host, a NIC or a vSwitch */
  readonly vnics: number;
  /** The vSwitches of those vNICs, and how many of them each has */
  readonly vswitches: readonly { readonly name: string; readonly vnics: number }[];
  /** Texts with this host's names and numbers: the first three. What is true of several vNICs is said once, then their names. */
  readonly details: readonly string[];
  /** How many more there are */
  readonly moreDetails: number;
  /** The same of the commands that fix it, of those that show more, and of the plans */
  readonly commands: readonly string[];
  readonly inspect: readonly string[];
  readonly plans: readonly (readonly PrintedStep[])[];
  /** How many more objects have a command or plan of their own */
  readonly moreFixes: number;
  /** Findings that follow from this one: they are not listed by themselves */
  readonly consequences: readonly ReasonId[];
}

/** What is wrong on a host; worked out once for each view. */
export const troublesOf = onceInSteps(function* (examined: Examined): Steps<readonly Trouble[]> {
  return yield* troubles(examined, yield* vnicRows.inSteps(examined));
});

/** How many details and commands of one trouble are listed, and how many plans: those are long. */
const FEW = 3;
const FEW_PLANS = 1;

const NOTHING: ReadonlySet<ReasonId> = new Set();

/** Lower is worse */
const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

interface Group {
  readonly finding: Finding;
  primary: boolean;
  /** By the text without the vNIC's name: the first text, and the names of the other vNICs that have the same */
  readonly details: Map<string, { readonly text: string; readonly others: string[] }>;
  readonly commands: Set<string>;
  readonly inspect: Set<string>;
  readonly plans: Map<string, readonly PrintedStep[]>;
  readonly vswitches: Map<string, number>;
  readonly consequences: Set<ReasonId>;
  vnics: number;
}

/** Which of the shown ids this finding follows from; undefined if it is a cause of its own. */
const causeOf = ({ id }: Finding, shown: ReadonlySet<ReasonId>): ReasonId | undefined =>
  reasonById(id)?.follows?.find((cause) => shown.has(cause));

/** The findings of a row that do not follow from its reason or from another of them. */
export function independentFindings({
  status,
  reason,
  findings,
}: Pick<VnicRow, 'status' | 'reason' | 'findings'>): readonly Finding[] {
  const shown = new Set([...(status === 'fallback' && reason ? [reason.id] : []), ...findings.map(({ id }) => id)]);
  return findings.filter((finding) => causeOf(finding, shown) === undefined);
}

/** What is shown of each vSwitch: its own findings, and the reasons and findings of its vNICs. */
function* shownOf({ vswitches, evaluated }: Diagnosis, rows: readonly VnicRow[]) {
  const facts = factsOf(evaluated);
  const vswitchOf = ({ id }: VnicRow): string => facts.get(id)?.vnic.vswitchId ?? '';
  const ofVSwitch = new Map(
    [...vswitches].map(([id, { findings }]) => {
      const own = findings.map((finding) => finding.id);
      return [id, { own, all: new Set<ReasonId>(own) }];
    }),
  );
  const onHost = new Set<ReasonId>();
  yield;
  yield* eachInSteps(rows, (row) => {
    const onVSwitch = ofVSwitch.get(vswitchOf(row))?.all;
    for (const id of idsOf(row)) {
      onHost.add(id);
      onVSwitch?.add(id);
    }
  });
  return {
    onVnic: (row: VnicRow): ReadonlySet<ReasonId> =>
      new Set([...idsOf(row), ...(ofVSwitch.get(vswitchOf(row))?.own ?? [])]),
    onVSwitch: (id: string): ReadonlySet<ReasonId> => ofVSwitch.get(id)?.all ?? NOTHING,
    onHost,
  };
}

/** The reason of a vNIC in fallback, and its findings */
function* idsOf({ status, reason, findings }: VnicRow): Generator<ReasonId> {
  if (status === 'fallback' && reason !== undefined) yield reason.id;
  for (const { id } of findings) yield id;
}

/**
 * What is wrong on a host, each thing once however many have it, and what follows from another thing folded into it.
 * The worst first, then reasons of fallback, then what most have. Pure.
 */
export function* troubles(
  { diagnosis }: Pick<Examined, 'diagnosis'>,
  rows: readonly VnicRow[],
): Steps<readonly Trouble[]> {
  const facts = factsOf(diagnosis.evaluated);
  const nameOf = ({ id }: VnicRow): string | undefined => {
    const its = facts.get(id);
    return its && vnicName(its);
  };
  const groups = new Map<ReasonId, Group>();
  const groupOf = (finding: Finding): Group => {
    const group: Group = groups.get(finding.id) ?? {
      finding,
      primary: false,
      details: new Map(),
      commands: new Set(),
      inspect: new Set(),
      plans: new Map(),
      vswitches: new Map(),
      consequences: new Set(),
      vnics: 0,
    };
    groups.set(finding.id, group);
    return group;
  };
  const folded: (readonly [cause: ReasonId, id: ReasonId])[] = [];
  const add = (finding: Finding, shown: ReadonlySet<ReasonId>, row?: VnicRow, primary = false): void => {
    const cause = causeOf(finding, shown);
    if (cause !== undefined) {
      folded.push([cause, finding.id]);
      return;
    }
    const group = groupOf(finding);
    const { detail, command, inspect, plan } = finding;
    group.primary ||= primary;
    if (row !== undefined) {
      group.vnics++;
      group.vswitches.set(row.vswitch, (group.vswitches.get(row.vswitch) ?? 0) + 1);
    }
    addDetail(group, detail, row && nameOf(row));
    if (command !== undefined) group.commands.add(command);
    if (inspect !== undefined) group.inspect.add(inspect);
    if (plan !== undefined) group.plans.set(JSON.stringify(plan), plan);
  };
  yield;
  const shown = yield* shownOf(diagnosis, rows);
  yield;
  yield* eachInSteps(rows, (row) => {
    if (row.status === 'fallback' && row.reason !== undefined) add(row.reason, NOTHING, row, true);
  });
  for (const finding of diagnosis.host) add(finding, shown.onHost);
  for (const { findings } of diagnosis.nics.values()) for (const finding of findings) add(finding, NOTHING);
  for (const [id, { findings }] of diagnosis.vswitches)
    for (const finding of findings) add(finding, shown.onVSwitch(id));
  yield* eachInSteps(rows, (row) => {
    if (row.findings.length === 0) return;
    const onVnic = shown.onVnic(row);
    for (const finding of row.findings) add(finding, onVnic, row);
  });
  for (const [cause, id] of folded) groups.get(cause)?.consequences.add(id);
  return [...groups.values()]
    .map(toTrouble)
    .sort((a, b) => rank(a.severity) - rank(b.severity) || Number(b.primary) - Number(a.primary) || b.vnics - a.vnics);
}

function addDetail({ details }: Group, text: string, named: string | undefined): void {
  const isAbout = named !== undefined && text.includes(named);
  const key = isAbout ? text.replaceAll(named, '') : text;
  const former = details.get(key);
  if (former === undefined) details.set(key, { text, others: [] });
  else if (isAbout) former.others.push(named);
}

/** `web07 (eth0) has no VF. The same is true of web08 (eth0), web09 (eth0), web10 (eth0) and 2 more.` */
function detailText({ text, others }: { readonly text: string; readonly others: readonly string[] }): string {
  if (others.length === 0) return text;
  const rest = others.length - FEW;
  const named = others.slice(0, FEW);
  const list =
    rest > 0
      ? `${named.join(', ')} and ${rest} more`
      : [named.slice(0, -1).join(', '), named.at(-1)].filter(Boolean).join(' and ');
  return `${text} The same is true of ${list}.`;
}

const first = <T>(things: Iterable<T>, most: number): readonly T[] => [...things].slice(0, most);

function toTrouble({ finding: { id, severity }, ...group }: Group): Trouble {
  const { primary, vnics, vswitches, details, commands, inspect, plans, consequences } = group;
  return {
    id,
    severity,
    primary,
    vnics,
    vswitches: [...vswitches].map(([name, count]) => ({ name, vnics: count })),
    details: first(details.values(), FEW).map(detailText),
    moreDetails: Math.max(0, details.size - FEW),
    commands: first(commands, FEW),
    inspect: first(inspect, FEW),
    plans: first(plans.values(), FEW_PLANS),
    moreFixes: Math.max(0, commands.size - FEW) + Math.max(0, plans.size - FEW_PLANS),
    consequences: [...consequences],
  };
}
