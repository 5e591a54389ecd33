import type { AlertInstance } from '../alerting/evaluate.ts';
import type { JournalEvent } from '../report/events.ts';
import type { Collection } from '../poll/collection.ts';
import type { View } from '../metrics/define.ts';
import type { Trends } from '../trend/trends.ts';
import type { Log } from '../log.ts';
import type { WebConfigHandle } from './web-config/watch.ts';

/** One host as it is served: read at each request, never waited for. */
export interface ServedHost {
  /** The host is a simulated one: said on the page and in the answers */
  readonly simulated: boolean;
  /** The exposition of the last render, ready bytes: a scrape asks nothing of the host */
  scrape(kind: ExpositionKind, gzip: boolean): Scrape | Promise<Scrape>;
  /** What is known of the host; undefined before the first poll has ended */
  view(): View | undefined;
  /** How the collection goes */
  collection(): Collection;
  /** The journal */
  readonly events?: ((query: EventQuery) => readonly JournalEvent[]) | undefined;
  /** The last hours, for charts */
  readonly trends?: Pick<Trends, 'host' | 'vswitch' | 'vnic' | 'vmCpu' | 'vfBytes'> | undefined;
  /** The agent's own alerts; absent where its alerting is off */
  readonly alerts?: (() => readonly AlertInstance[]) | undefined;
}

/** All that the server needs, passed in. */
export interface HttpDeps {
  readonly version: string;
  readonly host: ServedHost;
  /** Reads the configuration again; rejects with a UserError that says what is wrong with it */
  readonly reload?: (() => Promise<void>) | undefined;
  /** POST /-/reload is answered; otherwise it is forbidden */
  readonly lifecycleEnabled: boolean;
  /** Addresses that guests report are part of answers only where the administrator opted in */
  readonly ipAddresses?: boolean | undefined;
  /** TLS, users and headers; without it plain HTTP without authentication */
  readonly webConfig?: WebConfigHandle | undefined;
  /** One log line per request; off by default */
  readonly requestLog?: boolean | undefined;
  readonly log: Omit<Log, 'debug'>;
}

export type ExpositionKind = 'text' | 'openmetrics';

export interface Scrape {
  readonly body: Buffer;
  readonly contentType: string;
}

export interface EventQuery {
  /** Unix milliseconds */
  readonly since?: number | undefined;
  /** Name or id of a VM */
  readonly vm?: string | undefined;
  readonly limit: number;
}
