import type { Severity } from '../diagnosis/model.ts';
import { once } from '../once.ts';
import { poolsOf } from './pools.ts';
import type { Trouble } from './troubles.ts';
import { countByStatus, type Examined, type RowStatus, type VnicRow, vnicRows } from './vnic-rows.ts';

/** How bad things are, the worst first. `unknown`: the state, or part of it, could not be read. */
export const LEVELS = ['critical', 'warning', 'unknown', 'good'] as const;
export type Level = (typeof LEVELS)[number];

/** The worst of some levels; `good` if there are none. */
export const worst = (levels: Iterable<Level>): Level => {
  const all = new Set(levels);
  return LEVELS.find((level) => all.has(level)) ?? 'good';
};

const levelOf = (severity: Severity): Level => (severity === 'info' ? 'good' : severity);

/** The level of one vNIC: of why it is in fallback, of what else is wrong with it, or that its path is not known. */
export const levelOfRow = ({ status, reason, findings }: VnicRow): Level =>
  worst([
    ...(status === 'fallback' ? [levelOf(reason?.severity ?? 'warning')] : []),
    ...(status === 'unknown' ? (['unknown'] as const) : []),
    ...findings.map(({ severity }) => levelOf(severity)),
  ]);

/** A problem other than the paths of the vNICs. */
export interface Concern {
  readonly level: Level;
  /** Without a period: "1 warning", "no VF left on Production" */
  readonly text: string;
  /** Where on the page it is explained */
  readonly anchor: 'troubles' | 'pools' | 'alerts' | 'collectors' | 'drift';
}

export interface Verdict {
  /** The worst of everything: paths, findings, pools, alerts, collection */
  readonly level: Level;
  /** The paths in one sentence */
  readonly text: string;
  /** The same in a few words, for the title of a tab */
  readonly short: string;
  /** What else is wrong, the worst first */
  readonly concerns: readonly Concern[];
}

/** What the verdict needs besides the diagnosis. */
export interface VerdictFacts {
  readonly rows: readonly VnicRow[];
  readonly troubles: readonly Trouble[];
  /** The agent's own alerts that fire, by severity */
  readonly firing: readonly Severity[];
  /** Names of the parts and sources that could not be read last time */
  readonly failing: readonly string[];
}

/** The state of the host: as bad as the worst that is known of it. Pure. */
export function verdict(examined: Examined, facts: VerdictFacts): Verdict {
  const paths = pathVerdict(examined, facts.rows);
  const concerns = [...findingConcerns(facts.troubles), ...poolConcerns(examined), ...otherConcerns(facts)].sort(
    (a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level),
  );
  const first = concerns.find(({ level }) => level !== 'good');
  // Without an inventory nothing that follows from it is known, so that nothing else may be read from this verdict.
  if (examined.tracked.host.takenAt === undefined) return { ...paths, concerns };
  return {
    level: worst([paths.level, ...concerns.map(({ level }) => level)]),
    text:
      paths.level === 'good' && first !== undefined
        ? paths.text.replace(/\.$/, ', but there are other problems.')
        : paths.text,
    short: paths.level === 'good' && first !== undefined ? first.text : paths.short,
    concerns,
  };
}

/** How many running vNICs ask for a VF */
const askingOf = once(
  (view: Examined): number =>
    vnicRows(view).filter(
      ({ id, status }) =>
        status !== 'inactive' && status !== 'not_applicable' && view.diagnosis.vnics.get(id)?.vfRequested === true,
    ).length,
);

/** The worst level of the vNICs in fallback */
const levelOfFallbacks = once((rows: readonly VnicRow[]): Level => {
  const levels = new Set<Level>();
  for (const { status, reason, findings } of rows) {
    if (status !== 'fallback') continue;
    levels.add(levelOf(reason?.severity ?? 'warning'));
    for (const { severity } of findings) levels.add(levelOf(severity));
  }
  return worst(levels);
});

function pathVerdict(view: Examined, rows: readonly VnicRow[]): Pick<Verdict, 'level' | 'text' | 'short'> {
  if (view.tracked.host.takenAt === undefined)
    return {
      level: 'unknown',
      text: 'The state of the virtual NICs is not known: the inventory is missing or too old.',
      short: 'State not known',
    };
  const counts = countByStatus(rows);
  const count = (status: RowStatus) => counts.get(status) ?? 0;
  const asking = askingOf(view);
  const [fallback, unknown, settling, onVf] = [count('fallback'), count('unknown'), count('settling'), count('vf')];
  const rest = [unknown > 0 ? `${unknown} not known` : '', settling > 0 ? `${settling} settling` : ''].filter(Boolean);
  const more = rest.length === 0 ? '' : ` (${rest.join(', ')})`;
  if (fallback > 0)
    return {
      level: levelOfFallbacks(rows),
      text: `${fallback} of ${asking} virtual NICs that ask for a VF ${fallback === 1 ? 'is' : 'are'} in fallback on the synthetic path${more}.`,
      short: `${fallback} in fallback`,
    };
  if (unknown > 0)
    return {
      level: 'unknown',
      text: `No virtual NIC is known to be in fallback${more}.`,
      short: `${unknown} not known`,
    };
  if (asking === 0) return { level: 'good', text: 'No running virtual NIC asks for a VF.', short: 'No VF requested' };
  return {
    level: 'good',
    text:
      onVf >= asking
        ? asking === 1
          ? 'The only virtual NIC that asks for a VF is on it.'
          : `All ${asking} virtual NICs that ask for a VF are on it.`
        : `No virtual NIC is in fallback: ${onVf} of ${asking} that ask for a VF are on it${more}.`,
    short: `${onVf} of ${asking} on their VF`,
  };
}

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Findings without the reasons for fallbacks, which the paths already show. */
const findingConcerns = (troubles: readonly Trouble[]): readonly Concern[] =>
  (['critical', 'warning'] as const).flatMap((level) => {
    const found = troubles.filter(({ severity, primary }) => severity === level && !primary);
    if (found.length === 0) return [];
    const text = counted(found.length, level === 'critical' ? 'critical finding' : 'warning');
    return [{ level, text: `${text} (${found.map(({ id }) => id).join(', ')})`, anchor: 'troubles' }];
  });

/** "Queue pairs" as in "no queue pair left" */
const one = (what: string): string => what.replace(/s$/, '').replace(/^Q/, 'q');

const poolConcerns = (examined: Examined): readonly Concern[] =>
  poolsOf(examined).flatMap(({ name, pools }) =>
    pools
      .filter(({ ended }) => ended)
      .map(({ what }): Concern => ({ level: 'warning', text: `no ${one(what)} left on ${name}`, anchor: 'pools' })),
  );

function otherConcerns({ firing, failing }: VerdictFacts): readonly Concern[] {
  const alerts = firing.filter((severity) => severity !== 'info');
  return [
    ...(alerts.length === 0
      ? []
      : [
          {
            level: worst(alerts.map(levelOf)),
            text: `${counted(alerts.length, 'alert')} firing`,
            anchor: 'alerts',
          } as const,
        ]),
    ...(failing.length === 0
      ? []
      : [
          {
            level: 'warning',
            text: `not read: ${failing.slice(0, 3).join(', ')}${failing.length > 3 ? ` and ${failing.length - 3} more` : ''}`,
            anchor: 'collectors',
          } as const,
        ]),
  ];
}
