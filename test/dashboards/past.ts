import { MEASURED_VM } from '../../src/simulated-host/vm-specs.ts';
import { TOUR } from '../../src/simulated-host/scenarios.ts';
import { recordingRules } from '../alerting/rule-files.ts';
import { backfill, type Backfill } from '../support/backfill.ts';
import { type InstantSample, type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { type Board, type BoardQuery, boards, expand, labelValues, queries } from './boards.ts';
import { collectorOf } from './collector.ts';
import { troubledHost } from './troubled-host.ts';

/** When the fourth host is in trouble, seconds from the start; at the end its agent is gone. */
const TROUBLE = { from: 600, to: 1800 } as const;
const SEEDS = [1, 2, 3] as const;
const STEP_SECONDS = 60;
/** Rates and paths need some scrapes. */
const FIRST_SECONDS = 120;
/** A scenario corrects its fault in its last minute, and rules follow up to a minute later. */
const STEADY_SECONDS = 120;

/** What else the same Prometheus scrapes on these hosts: it has `up` and `process_*` as well. */
const PROCESS = [
  '# TYPE process_cpu_seconds counter',
  'process_cpu_seconds_total 1000',
  '# TYPE process_resident_memory_bytes gauge',
  'process_resident_memory_bytes 1e9',
].join('\n');
const OTHERS = [
  ...SEEDS.map((seed) => ({ labels: { job: 'node', instance: `hv${seed}:9100`, cluster: 'demo' }, text: PROCESS })),
  collectorOf({}, new Map([['demo', SEEDS.map((seed) => `hv${seed}:10182`)]])),
];

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
export const namesRead = new Set(
  [
    ...queries.map(({ target }) => target.expr),
    ...boards.flatMap(({ annotations }) => annotations.list.map(({ expr }) => expr ?? '')),
    ...boards.flatMap(({ templating }) => templating.list.map(({ query }) => JSON.stringify(query ?? ''))),
    ...recordingRules.map(({ expr }) => expr),
  ].flatMap((text) => text.match(/[a-zA-Z_:][\w:]*/g) ?? []),
);

export async function startPast(): Promise<Past> {
  const past = await backfill({
    hosts: [
      ...SEEDS.map((seed) => ({ scenario: 'tour' as const, seed })),
      { ...troubledHost(4, TROUBLE.from), until: TROUBLE.to },
    ],
    others: OTHERS,
    seconds: TOUR.at(-1)?.to ?? 0,
    keep: (family) => namesRead.has(family) || namesRead.has(`${family}_total`),
  });
  const prometheus = await startPrometheus({ data: past.data });
  const variables = new Map<Board, Readonly<Record<string, string>>>();
  for (const board of boards) variables.set(board, await variablesOf(board, past, prometheus));
  const filledIn = (board: Board, expr: string) =>
    expand(expr, { ...variables.get(board), __rate_interval: '5m', __range: '4h' });
  return {
    backfill: past,
    prometheus,
    variables: (board) => variables.get(board) ?? {},
    async seen({ board, target }, scenario) {
      const { from, to } = windowOf(scenario);
      const series = await prometheus.queryRange(
        filledIn(board, target.expr),
        past.start + from,
        past.start + to,
        STEP_SECONDS,
      );
      const zero = series.every(({ values }) => values.every(([, value]) => Number(value) === 0));
      return {
        what: series.length === 0 ? 'none' : zero ? '0' : 'not 0',
        labels: new Set(series.flatMap(({ metric }) => Object.keys(metric))),
      };
    },
    vector: ({ board, target }, scenario) =>
      prometheus.query(filledIn(board, target.expr), past.start + windowOf(scenario).to - STEADY_SECONDS),
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

/** The board's variables as Grafana fills them in: what is chosen where one is, all that Prometheus knows elsewhere. */
export async function variablesOf(
  board: Board,
  { start, end }: Pick<Backfill, 'start' | 'end'>,
  prometheus: Prometheus,
  choices: Readonly<Record<string, string>> = CHOSEN,
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const variable of board.templating.list) {
    const found = labelValues(variable);
    if (variable.type === 'custom') values[variable.name] = variable.current?.value ?? '';
    if (found === undefined) continue;
    const match = encodeURIComponent(expand(found.series, values));
    const all = (await prometheus.api(
      `label/${found.label}/values?match[]=${match}&start=${start}&end=${end}`,
    )) as string[];
    const chosen = variable.includeAll === true ? undefined : choices[variable.name];
    if (chosen !== undefined && !all.includes(chosen)) throw new Error(`${chosen} is not among ${all.join(', ')}`);
    values[variable.name] = chosen ?? variable.allValue ?? all.map(escapeRegex).join('|');
  }
  return values;
}

/** What is looked at on the boards of one host and of one VM */
const CHOSEN: Readonly<Record<string, string>> = { instance: 'hv1:10182', vm: MEASURED_VM };
/** For use in a matcher's quotes, as Grafana's data source writes it */
const escapeRegex = (value: string): string => value.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\\$&`);
