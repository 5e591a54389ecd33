import type { AlertInstance } from '../../src/alerting/evaluate.ts';
import { answersOfAll } from '../../src/cluster/answers.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { byPart, type ParsedDocument } from '../../src/document/document.ts';
import type { Snapshot, SourceSnapshot } from '../../src/document/snapshot.ts';
import { emptyHistory, type History, step } from '../../src/history/step.ts';
import { buildHost } from '../../src/host/build.ts';
import type { ExpositionKind, FoundHost, ServedTarget } from '../../src/http/deps.ts';
import { createServer } from '../../src/http/server.ts';
import type { TargetState } from '../../src/metrics/catalogue/collector.ts';
import { createCollectorExposition } from '../../src/metrics/collector.ts';
import { createProcessMetrics, type ProcessMetrics } from '../../src/metrics/process.ts';
import { once } from '../../src/once.ts';
import type { Trends } from '../../src/trend/trends.ts';
import { createExposition } from '../../src/metrics/exposition.ts';
import type { View } from '../../src/metrics/define.ts';
import type { Collection } from '../../src/poll/collection.ts';
import type { JournalEvent } from '../../src/report/events.ts';
import { placeAssets } from '../place-assets.ts';
import { checkExposition } from './exposition.ts';
import { checkMarkup } from './markup.ts';
import type { Random } from './random.ts';
import { NOON } from './seeds.ts';
import { invariant } from './surface.ts';

const clock = { now: () => NOON, monotonic: () => 0 };
/** Of a host of some dozen VMs with the longest names that a document may have */
const MAX_ANSWER = 8 * 1024 * 1024;

const collection: Collection = {
  simulated: false,
  now: NOON,
  parts: byPart(() => ({
    enabled: true,
    tried: true,
    success: true,
    lastSuccess: NOON,
    intervalSeconds: 60,
    polls: { ok: 1, failed: 0, timeout: 0, starting: 0, skipped: 0 },
    sources: new Map(),
  })),
};

/** The rows of the latest document of each part, without what the poller's store adds over time. */
function snapshotOf(documents: readonly ParsedDocument[]): Snapshot {
  const parts = byPart((): Record<string, SourceSnapshot<unknown>> => ({}));
  for (const { part, sources } of documents)
    for (const [name, source] of Object.entries(sources)) {
      const { status, takenAt, rows } = source;
      parts[part][name] = { status, takenAt, fresh: status !== 'failed', rows, heldOver: [] };
    }
  return {
    ...(parts as Omit<Snapshot, 'inventorySequence'>),
    culture: documents.findLast(({ part }) => part === 'inventory')?.powershell?.culture,
    inventorySequence: documents.filter(({ part }) => part === 'inventory').length,
  };
}

/** The view of a host after these documents: what is built, tracked and diagnosed from them. */
export function viewOf(documents: readonly ParsedDocument[], former: History = emptyHistory()): View {
  const { tracked } = step(former, buildHost(snapshotOf(documents)), NOON);
  return { tracked, diagnosis: diagnose(tracked, () => true), collection };
}

/** What a client may ask for of one host */
export interface Shown {
  readonly view: View;
  readonly events?: readonly JournalEvent[];
  readonly alerts?: readonly AlertInstance[];
  readonly trends?: Trends;
}

const PAGES = ['/', '/?show=all&filter=e&sort=-vm&group=vswitch'] as const;
const ANSWERS = [
  '/metrics',
  '/api/v1/host',
  '/api/v1/vnics',
  '/api/v1/findings',
  '/api/v1/capacity',
  '/api/v1/explain',
  '/api/v1/events',
  '/api/v1/alerts',
] as const;

export interface Server {
  /** Any request for what is shown. Every answer is checked; none may be an internal error. */
  request(shown: Shown, options: Request): Promise<number>;
  /** The exposition, a page and an answer of the API, which one by chance */
  look(shown: Shown, random: Random): Promise<void>;
  close(): Promise<void>;
}

export interface Request {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  readonly headers?: Readonly<Record<string, string>>;
}

/** As it may stand in a request: Node's parser refuses other characters, and the client used here takes \\ for a slash. */
export const asTarget = (url: string): string =>
  `/${url.replaceAll(/[^\u0021-\u007e]|\\/g, (character) => `%${character.charCodeAt(0).toString(16)}`).replace(/^\/+/, '')}`;

/** Asks a server without a socket and checks the answer, whatever its status. @param failure what the server logged */
const checkedRequest =
  (app: ReturnType<typeof createServer>, failure: () => string | undefined) =>
  async ({ url, method = 'GET', headers = {} }: Request): Promise<number> => {
    const { statusCode, rawPayload, headers: answered } = await app.inject({ url, method, headers: { ...headers } });
    invariant(statusCode < 500, `${method} ${url} answered ${statusCode}: ${failure()}`);
    invariant(rawPayload.length <= MAX_ANSWER, `${url} answered ${rawPayload.length} bytes`);
    if (rawPayload.length === 0 || answered['content-encoding'] !== undefined) return statusCode;
    const type = String(answered['content-type']);
    const text = rawPayload.toString('utf8');
    if (type.startsWith('text/html')) checkMarkup(text);
    else if (type.startsWith('application/json')) JSON.parse(text);
    else if (type.startsWith('application/openmetrics-text')) checkExposition(text, 'openmetrics');
    else if (type.startsWith('text/plain; version=')) checkExposition(text, 'text');
    return statusCode;
  };

/** One of the hosts that a collector shows */
export interface ShownTarget {
  readonly state: TargetState;
  /** Undefined: it was never read */
  readonly view: View | undefined;
}

/** Asks a collector with these targets and found nodes, as `Server.request`. */
export type AskCollector = (
  targets: readonly ShownTarget[],
  found: readonly FoundHost[],
  asked: Request,
) => Promise<number>;

/** Collectors that are asked once: an overview is kept for some seconds. */
export function collectors(): AskCollector {
  placeAssets();
  const processMetrics = createProcessMetrics(clock);
  return (targets, found, asked) => askOnce(processMetrics, targets, found, asked);
}

async function askOnce(
  processMetrics: ProcessMetrics,
  targets: readonly ShownTarget[],
  found: readonly FoundHost[],
  asked: Request,
): Promise<number> {
  let failure: string | undefined;
  const served = targets.map(({ state, view }): ServedTarget => {
    const ofHost = async (kind: ExpositionKind) => {
      const rendered = createExposition(clock);
      if (view !== undefined) await rendered.update(view);
      return rendered.body(kind);
    };
    const host = { name: state.name, simulated: false, view: () => view, collection: () => collection };
    return { name: state.name, labels: state.labels, state: () => state, host: { ...host, exposition: ofHost } };
  });
  const members = targets.map(({ state, view }) => ({ name: state.name, cluster: state.labels['cluster'], view }));
  const clusters = once((all: typeof members) => answersOfAll(all));
  const own = createCollectorExposition(processMetrics, () =>
    Promise.resolve({
      targets: targets.map(({ state }) => state),
      connectsWaiting: 0,
      clusters: clusters(members),
    }),
  );
  const app = createServer({
    version: '0.0.0',
    fleet: {
      get: (name) => served.find((each) => each.name === name),
      all: () => served,
      size: () => served.length,
      exposition: (kind) => own.render(kind),
      *clusters() {
        yield;
        return clusters(members);
      },
      found: () => found,
      now: () => NOON,
      notTried: () => [],
    },
    lifecycleEnabled: true,
    reload: () => Promise.resolve(),
    log: { info() {}, warn() {}, error: (fields) => (failure = JSON.stringify(fields)) },
  });
  try {
    await app.ready();
    return await checkedRequest(app, () => failure)(asked);
  } finally {
    own.close();
    await app.close();
  }
}

/** The server of an agent, asked without a socket. */
export async function openServer(): Promise<Server> {
  placeAssets();
  let current: Shown | undefined;
  let scraped: { readonly view: View; readonly exposition: ReturnType<typeof createExposition> } | undefined;
  let failure: string | undefined;
  const exposition = async (view: View) => {
    if (scraped?.view !== view) {
      scraped = { view, exposition: createExposition(clock) };
      await scraped.exposition.update(view);
    }
    return scraped.exposition;
  };
  const shownNow = (): Shown => {
    if (current === undefined) throw new TypeError('nothing is shown');
    return current;
  };
  const app = createServer({
    version: '0.0.0',
    host: {
      simulated: false,
      view: () => shownNow().view,
      collection: () => collection,
      exposition: async (kind) => (await exposition(shownNow().view)).body(kind),
      events: ({ limit }) => (shownNow().events ?? []).slice(-limit),
      alerts: () => shownNow().alerts ?? [],
      get trends() {
        return shownNow().trends;
      },
    },
    lifecycleEnabled: true,
    reload: () => Promise.resolve(),
    log: { info() {}, warn() {}, error: (fields) => (failure = JSON.stringify(fields)) },
  });
  await app.ready();

  const checked = checkedRequest(app, () => failure);
  const request = (shown: Shown, asked: Request): Promise<number> => {
    current = shown;
    failure = undefined;
    return checked(asked);
  };

  return {
    request,
    async look(shown, random) {
      const { vms } = shown.view.tracked.host;
      const vm = vms.length > 0 && random.chance(0.5) ? `/vm?id=${encodeURIComponent(random.pick(vms).id)}` : undefined;
      await request(shown, { url: vm ?? random.pick(PAGES) });
      await request(shown, { url: random.pick(ANSWERS) });
      const accept = random.pick(['text/plain', 'application/openmetrics-text']);
      await request(shown, { url: '/metrics', headers: { accept } });
    },
    close: () => app.close(),
  };
}
