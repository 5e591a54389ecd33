import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEASURED_VM } from '../../src/simulated-host/fleet.ts';
import { TOUR } from '../../src/simulated-host/scenarios.ts';
import { backfill, type Backfill } from '../support/backfill.ts';
import { type InstantSample, type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { type Board, type BoardQuery, boards, expand, queries } from './boards.ts';
import { TROUBLE, troubledHost } from './troubled-host.ts';

const SEEDS = [1, 2, 3] as const;
const STEP_SECONDS = 60;
/** Rates and paths need some scrapes. */
const FIRST_SECONDS = 120;
/** A scenario mends what it broke in its last minute, and rules follow up to a minute later. */
const STEADY_SECONDS = 120;

/** What a query gave: nothing, only zeros, or something else; and the labels of its series. */
export interface Seen {
  readonly what: 'none' | '0' | 'not 0';
  readonly labels: ReadonlySet<string>;
}

/** A cluster of demo hosts after a whole tour, with all that the boards read. */
export interface Past {
  readonly backfill: Backfill;
  readonly prometheus: Prometheus;
  /** Values of the board's variables, as they would be chosen */
  variables(board: Board): Readonly<Record<string, string>>;
  /** What a query gave within the scenario's time; `trouble` is that of the troubled host, `gone` after it */
  seen(query: BoardQuery, scenario: string): Promise<Seen>;
  /** What a query gives in the scenario, shortly before things change again. */
  vector(query: BoardQuery, scenario: string): Promise<readonly InstantSample[]>;
  close(): Promise<void>;
}

/** Every name in the queries, the annotations and the recording rules: other families are left out of the past. */
const namesRead = new Set(
  [
    ...queries.map(({ target }) => target.expr),
    ...boards.flatMap(({ annotations }) => annotations.list.map(({ expr }) => expr ?? '')),
    ...boards.flatMap(({ templating }) => templating.list.map(({ query }) => JSON.stringify(query ?? ''))),
    readFileSync(join(import.meta.dirname, '../../alerts/sriov-recording.rules.yaml'), 'utf8'),
  ].flatMap((text) => text.match(/[a-zA-Z_:][\w:]*/g) ?? []),
);

export async function startPast(): Promise<Past> {
  const past = await backfill({
    hosts: [...SEEDS.map((seed) => ({ scenario: 'tour' as const, seed })), troubledHost],
    seconds: TOUR.at(-1)?.to ?? 0,
    keep: (family) => namesRead.has(family) || namesRead.has(`${family}_total`),
  });
  const prometheus = await startPrometheus({ data: past.data });
  const measured = await prometheus.query(`hyperv_vm_info{vm="${MEASURED_VM}"}`, past.start + FIRST_SECONDS);
  const vmIds = measured.map(({ metric }) => metric['vm_id'] ?? '');
  return {
    backfill: past,
    prometheus,
    variables: (board) => variablesOf(board, vmIds),
    async seen({ board, target }, scenario) {
      const { from, to } = windowOf(scenario);
      const expr = expand(target.expr, variablesOf(board, vmIds));
      const series = await prometheus.queryRange(expr, past.start + from, past.start + to, STEP_SECONDS);
      const zero = series.every(({ values }) => values.every(([, value]) => Number(value) === 0));
      return {
        what: series.length === 0 ? 'none' : zero ? '0' : 'not 0',
        labels: new Set(series.flatMap(({ metric }) => Object.keys(metric))),
      };
    },
    vector: ({ board, target }, scenario) =>
      prometheus.query(
        expand(target.expr, variablesOf(board, vmIds)),
        past.start + windowOf(scenario).to - STEADY_SECONDS,
      ),
    async close() {
      await prometheus.stop();
      past.remove();
    },
  };
}

/** Seconds from the start in which a scenario shows: its first stage of the tour, to the end. */
function windowOf(scenario: string): { readonly from: number; readonly to: number } {
  const own = { trouble: TROUBLE, gone: { from: TROUBLE.to + 300, to: TROUBLE.to + 600 } };
  const stage = own[scenario as keyof typeof own] ?? TOUR.find((each) => each.scenario === scenario);
  if (stage === undefined) throw new Error(`${scenario} is not in the tour`);
  return { from: stage.from + FIRST_SECONDS, to: stage.to };
}

/** As Grafana fills them in: one host where one is chosen, all by their pattern elsewhere. */
const variablesOf = (board: Board, vmIds: readonly string[]): Record<string, string> => ({
  cluster: 'demo',
  job: 'hyperv-sriov',
  instance: board.templating.list.find(({ name }) => name === 'instance')?.multi === true ? '.+' : 'hv1:10182',
  vm: MEASURED_VM,
  vm_id: vmIds.join('|'),
  __rate_interval: '5m',
  __range: '4h',
});
