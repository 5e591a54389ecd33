import { performance } from 'node:perf_hooks';
import { backfill, type Backfill, type BackfilledHost } from '../support/backfill.ts';
import { type InstantSample, type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { MEASURED_VM } from '../../src/simulated-host/vm-specs.ts';
import { type Board, type BoardQuery, boards, expand } from './boards.ts';
import { collectorOf } from './collector.ts';
import { namesRead, variablesOf } from './past.ts';
import { pushing, troubledHost } from './troubled-host.ts';

/** Long enough for alerts that wait for ten minutes; rates need the last of it alone */
const MINUTES = { simulated: 13, scraped: 8 } as const;
/** A cluster of ten hosts: five are well, the others have a trouble of their own. */
const TEN: readonly (BackfilledHost & { readonly hosts: number })[] = [
  { ...pushing, scenario: 'healthy', seed: 1, hosts: 5 },
  { ...pushing, scenario: 'host-blocked', seed: 2, hosts: 1 },
  { ...pushing, scenario: 'nic-disabled', seed: 3, hosts: 1 },
  { ...pushing, scenario: 'vf-pool-exhausted', seed: 4, hosts: 1 },
  { ...pushing, scenario: 'guest-driver-missing', seed: 5, hosts: 1 },
  { ...troubledHost(6, 240), hosts: 1 },
];
/** Of all hosts one does not answer: the second one of each site's first cluster. */
const GONE: BackfilledHost = { ...pushing, scenario: 'healthy', seed: 7, until: 300 };

/** Sites have clusters and hosts of the same names, and are told apart by a label of their own. */
export interface FleetSize {
  readonly sites: readonly string[];
  readonly clusters: number;
  /**
   * Steps of a range query. 288 are as many as Grafana asks for over its default range of six hours at the least step of
   * the boards, 75 s: for times. A dozen find the same series, and take a twentieth of the time.
   */
  readonly steps: 12 | 288;
}

function hostsOf({ sites, clusters }: FleetSize): BackfilledHost[] {
  const target = (site: string, cluster: number, host: number) => ({
    site,
    cluster: `cluster-${cluster}`,
    instance: `hv${cluster}${host}:10182`,
  });
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const isGone = (cluster: number, host: number) => cluster === 0 && host === 1;
  let first = 0;
  const all = TEN.map((template) => {
    const own = numbers(template.hosts).map((index) => first + index);
    first += template.hosts;
    const targets = sites.flatMap((site) =>
      numbers(clusters).flatMap((cluster) =>
        own.filter((host) => !isGone(cluster, host)).map((host) => target(site, cluster, host)),
      ),
    );
    return { ...template, targets };
  });
  return [...all, { ...GONE, targets: sites.map((site) => target(site, 0, 1)) }];
}
const clustersOf = ({ clusters }: FleetSize): ReadonlyMap<string, readonly string[]> =>
  new Map(
    Array.from({ length: clusters }, (_, cluster) => [
      `cluster-${cluster}`,
      Array.from({ length: 10 }, (__, host) => `hv${cluster}${host}:10182`),
    ]),
  );

/** On the boards of one host and of one VM */
const CHOSEN = { instance: 'hv00:10182', vm: MEASURED_VM };
const RANGE_SECONDS = 288;

/** What a query of a board gives, and how long that takes. */
export interface Cost {
  readonly series: number;
  readonly seconds: number;
}

/** Clusters of ten hosts each, as a real Prometheus that scraped them has them. */
export interface Fleet {
  readonly past: Backfill;
  readonly prometheus: Prometheus;
  /** Asks a query as Grafana does */
  cost(query: BoardQuery): Promise<Cost>;
  /** What a query gives now, with other values of variables where given */
  now(query: BoardQuery, chosen?: Readonly<Record<string, string>>): Promise<readonly InstantSample[]>;
  close(): Promise<void>;
}

export async function startFleet(size: FleetSize): Promise<Fleet> {
  const past = await backfill({
    hosts: hostsOf(size),
    others: size.sites.map((site) => collectorOf({ site }, clustersOf(size))),
    seconds: MINUTES.simulated * 60,
    scrapedSeconds: MINUTES.scraped * 60,
    keep: (family) => namesRead.has(family) || namesRead.has(`${family}_total`),
  });
  const prometheus = await startPrometheus({ data: past.data });
  const variables = new Map<Board, Readonly<Record<string, string>>>();
  for (const board of boards) variables.set(board, await variablesOf(board, past, prometheus, CHOSEN));
  const range = { __rate_interval: '5m', __range: `${RANGE_SECONDS}s` };
  const filledIn = (board: Board, expr: string, chosen = {}) =>
    expand(expr, { ...range, ...variables.get(board), ...chosen });
  return {
    past,
    prometheus,
    async cost({ board, target }) {
      const expr = filledIn(board, target.expr);
      const begun = performance.now();
      const found =
        target.instant === true
          ? await prometheus.query(expr, past.end)
          : await prometheus.queryRange(expr, past.end - RANGE_SECONDS, past.end, RANGE_SECONDS / size.steps);
      return { series: found.length, seconds: (performance.now() - begun) / 1000 };
    },
    now: ({ board, target }, chosen) => prometheus.query(filledIn(board, target.expr, chosen), past.end),
    async close() {
      await prometheus.stop();
      past.remove();
    },
  };
}
