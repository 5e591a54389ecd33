import type { Severity } from '../diagnosis/model.ts';
import { onceInSteps } from '../once.ts';
import type { Steps } from '../turn.ts';
import { poolsOf, type Usage } from './pools.ts';
import { troublesOf } from './troubles.ts';
import { type Concern, type Level, verdict } from './verdict.ts';
import { countByStatus, type Examined, type RowStatus, vnicRows } from './vnic-rows.ts';

/** One host in a line: for a list of many. */
export interface HostSummary {
  /** The level of its verdict: paths, findings and pools */
  readonly level: Level;
  /** What is wrong besides the paths, worst first */
  readonly concerns: readonly Concern[];
  /** Number of vNICs by status, worst first; only those that occur */
  readonly paths: ReadonlyMap<RowStatus, number>;
  readonly worst?: { readonly id: string; readonly severity: Severity; readonly detail: string };
  /** VFs in use and in all on the vSwitches with IOV; undefined if one is unknown or none has IOV */
  readonly vfs?: Usage;
  /** VFs that are left on them */
  readonly vfsLeft?: number;
}

/** The summary of a host, worked out once for each view: a list is asked for more often than each of its hosts is rendered. */
export const hostSummary = onceInSteps(function* (view: Examined): Steps<HostSummary> {
  const rows = yield* vnicRows.inSteps(view);
  const found = yield* troublesOf.inSteps(view);
  yield;
  const { level, concerns } = verdict(view, { rows, troubles: found, firing: [], failing: [] });
  const [first] = found;
  const pools = view.tracked.host.vswitches.filter(({ iovEnabled }) => iovEnabled === true);
  let used: number | undefined = pools.length === 0 ? undefined : 0;
  let limit = 0;
  for (const { vfInUse, vfLimit } of pools) {
    used = used === undefined || vfInUse === undefined || vfLimit === undefined ? undefined : used + vfInUse;
    limit += vfLimit ?? 0;
  }
  return {
    level,
    concerns,
    paths: countByStatus(rows),
    ...(first === undefined
      ? {}
      : { worst: { id: first.id, severity: first.severity, detail: first.details[0] ?? first.id } }),
    ...(used === undefined ? {} : { vfs: { used, limit, level: vfLevel(view) }, vfsLeft: Math.max(0, limit - used) }),
  };
});

/** The level of the vSwitch whose VFs are nearest to their end. */
function vfLevel(view: Examined): Usage['level'] {
  const pools = poolsOf(view).flatMap(({ kind, pools: own }) =>
    kind === 'vSwitch' ? own.filter(({ what }) => what === 'VFs') : [],
  );
  if (pools.some(({ ended }) => ended)) return 'ended';
  return pools.some(({ near }) => near === true) ? 'near' : 'free';
}
