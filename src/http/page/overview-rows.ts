import type { Severity } from '../../diagnosis/model.ts';
import type { TargetState, TargetStatus } from '../../metrics/catalogue/collector.ts';
import type { View } from '../../metrics/define.ts';
import { onceInSteps } from '../../once.ts';
import { type HostSummary, hostSummary } from '../../report/host-summary.ts';
import { type Level, worst } from '../../report/verdict.ts';
import { ROW_STATUSES, STATUS_TEXT } from '../../report/vnic-rows.ts';
import type { Steps } from '../../turn.ts';
import type { ServedTarget } from '../deps.ts';
import { firingBySeverity } from './alerts.ts';
import { failing } from './collectors.ts';
import { html, type Html } from './html.ts';
import { usageBar } from './pools.ts';

/** What a row shows of a view; made once for each. */
interface OfView {
  readonly summary: HostSummary;
  /** Parts and sources that could not be read last time */
  readonly failed: readonly string[];
  /** The worst of its verdict and its collection */
  readonly level: Level;
  /** What a filter looks at */
  readonly words: string;
  readonly paths: Html | undefined;
  readonly vfs: Html | undefined;
}

/** A host as the overview lists it. */
export interface Row {
  readonly state: TargetState;
  readonly of: OfView | undefined;
  readonly cluster: string;
  /** Firing alerts by severity; undefined where the collector does not evaluate alerts */
  readonly firing: ReadonlyMap<Severity, number> | undefined;
  /** Names of its firing alerts, for the filter */
  readonly alertNames: readonly string[];
  /** The worst of its connection, its verdict and its collection */
  readonly level: Level;
}

/** The words and the style of each state. */
export const STATE: Readonly<Record<TargetStatus, { readonly text: string; readonly style: string }>> = {
  untrusted: { text: 'Host key not trusted', style: 'fallback' },
  down: { text: 'Not reachable', style: 'fallback' },
  connecting: { text: 'Connecting', style: 'unknown' },
  up: { text: 'Read', style: 'vf' },
};
const LEVEL: Readonly<Record<Level, number>> = { critical: 1, warning: 2, unknown: 3, good: 4 };

/** What was read of it last is not the state of now. */
export const isLost = ({ status }: TargetState): boolean => status === 'down' || status === 'untrusted';

/** Lower is worse: not reachable, then by level. */
const rank = (row: Row): number => (isLost(row.state) ? 0 : LEVEL[row.level]);

function levelOf(state: TargetState, of: OfView | undefined): Level {
  // As its alert, SriovTargetUnreachable
  if (isLost(state)) return 'warning';
  return state.status === 'connecting' || of === undefined ? 'unknown' : of.level;
}

const ofView = onceInSteps(function* (view: View): Steps<OfView> {
  const summary = yield* hostSummary.inSteps(view);
  const failed = failing(view.collection);
  const words = [summary.worst?.id, ...summary.concerns.map(({ text }) => text), ...failed, ...summary.paths.keys()];
  return {
    summary,
    failed,
    level: worst([summary.level, ...(failed.length > 0 ? (['warning'] as const) : [])]),
    words: words.join('\n').toLowerCase(),
    paths: paths(summary),
    vfs: summary.vfs && html`${summary.vfs.used} of ${summary.vfs.limit}${usageBar(summary.vfs)}`,
  };
});

/** The row of a target. */
export function* rowOf(target: ServedTarget): Steps<Row> {
  const view = target.host.view();
  const of = view && (yield* ofView.inSteps(view));
  const state = target.state();
  const alerts = target.host.alerts?.();
  return {
    state,
    of,
    firing: alerts && firingBySeverity(alerts),
    alertNames: (alerts ?? []).flatMap((alert) => (alert.state === 'firing' ? [alert.name] : [])),
    level: levelOf(state, of),
    cluster: target.labels['cluster'] ?? '',
  };
}

const byName = new Intl.Collator('en', { numeric: true });

/** The rank of each name, worked out once for the names of a fleet: a comparison for people takes a microsecond. */
export function createRanks(): (names: readonly string[]) => ReadonlyMap<string, number> {
  let ranks = new Map<string, number>();
  return (names) => {
    const wanted = new Set(names);
    if (wanted.size === ranks.size && names.every((each) => ranks.has(each))) return ranks;
    ranks = new Map([...wanted].sort(byName.compare).map((each, at) => [each, at]));
    return ranks;
  };
}

/** Clusters by their worst host, hosts of a cluster worst first. */
export function sorted(rows: readonly Row[], ranks: ReadonlyMap<string, number>): readonly Row[] {
  const ofCluster = new Map<string, number>();
  for (const row of rows) ofCluster.set(row.cluster, Math.min(ofCluster.get(row.cluster) ?? 9, rank(row)));
  const byRank = (a: string, b: string): number => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0);
  return rows.toSorted(
    (a, b) =>
      (ofCluster.get(a.cluster) ?? 9) - (ofCluster.get(b.cluster) ?? 9) ||
      byRank(a.cluster, b.cluster) ||
      rank(a) - rank(b) ||
      byRank(a.state.name, b.state.name),
  );
}

/** Whether a row holds all words of a filter. */
export function isNamed({ state, cluster, of, alertNames }: Row, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const own = [
    state.name,
    cluster,
    STATE[state.status].text,
    state.status,
    state.code,
    ...alertNames,
    ...(alertNames.length > 0 ? ['firing'] : []),
  ];
  const text = `${own.join('\n').toLowerCase()}\n${of?.words ?? ''}`;
  return words.every((word) => text.includes(word));
}

/** Statuses of vNICs that ask for a VF and run: the others tell nothing about a host at a glance. */
const AT_A_GLANCE = ROW_STATUSES.filter(
  (status) => status !== 'not_requested' && status !== 'inactive' && status !== 'not_applicable',
);

function paths(summary: HostSummary): Html | undefined {
  if (summary.paths.size === 0) return undefined;
  const counts = AT_A_GLANCE.flatMap((status) => {
    const number = summary.paths.get(status);
    return number === undefined ? [] : [html`<span class="path ${status}">${number} ${STATUS_TEXT[status]}</span> `];
  });
  return counts.length === 0 ? html`<span class="quiet">none asks for a VF</span>` : html`${counts}`;
}
