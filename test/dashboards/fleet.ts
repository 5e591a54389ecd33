import { performance } from 'node:perf_hooks';
import { backfill, type Backfill, type BackfilledHost } from '../support/backfill.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { type Board, type BoardQuery, boards, expand } from './boards.ts';
import { namesRead, variablesOf } from './past.ts';
import { pushing, troubledHost } from './troubled-host.ts';

/** Long enough for alerts that wait for ten minutes; rates need the last of it alone */
const MINUTES = { simulated: 13, scraped: 8 } as const;
/** Of ten hosts five are well, the others have a trouble of their own; of all hosts one does not answer. */
const hosts = (clusters: number): BackfilledHost[] => [
  { ...pushing, scenario: 'healthy', seed: 1, copies: 5 * clusters - 1 },
  { ...pushing, scenario: 'healthy', seed: 7, until: 300 },
  { ...pushing, scenario: 'host-blocked', seed: 2, copies: clusters },
  { ...pushing, scenario: 'nic-disabled', seed: 3, copies: clusters },
  { ...pushing, scenario: 'vf-pool-exhausted', seed: 4, copies: clusters },
  { ...pushing, scenario: 'guest-driver-missing', seed: 5, copies: clusters },
  { ...troubledHost(6, 240), copies: clusters },
];
/** As many steps as Grafana asks for over its default range of six hours, at the least step of the boards, 75 s */
const STEPS = 288;
const STEP_SECONDS = 1;

/** What a query of a board gives, and how long that takes. */
export interface Cost {
  readonly series: number;
  readonly seconds: number;
}

/** Clusters of ten hosts each, as a real Prometheus that scraped them has them. */
export interface Fleet {
  readonly past: Backfill;
  readonly prometheus: Prometheus;
  /** Asks a query as Grafana does; with other values of variables where given */
  cost(query: BoardQuery, variables?: Readonly<Record<string, string>>): Promise<Cost>;
  close(): Promise<void>;
}

export async function startFleet(clusters: number): Promise<Fleet> {
  const past = await backfill({
    hosts: hosts(clusters),
    clusters,
    seconds: MINUTES.simulated * 60,
    scrapedSeconds: MINUTES.scraped * 60,
    keep: (family) => namesRead.has(family) || namesRead.has(`${family}_total`),
  });
  const prometheus = await startPrometheus({ data: past.data });
  const variables = new Map<Board, Readonly<Record<string, string>>>();
  for (const board of boards) variables.set(board, await variablesOf(board, past, prometheus));
  return {
    past,
    prometheus,
    async cost({ board, target }, chosen) {
      const range = { __rate_interval: '5m', __range: `${STEPS * STEP_SECONDS}s` };
      const expr = expand(target.expr, { ...range, ...variables.get(board), ...chosen });
      const begun = performance.now();
      const found =
        target.instant === true
          ? await prometheus.query(expr, past.end)
          : await prometheus.queryRange(expr, past.end - STEPS * STEP_SECONDS, past.end, STEP_SECONDS);
      return { series: found.length, seconds: (performance.now() - begun) / 1000 };
    },
    async close() {
      await prometheus.stop();
      past.remove();
    },
  };
}
