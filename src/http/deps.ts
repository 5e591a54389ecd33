import type { AlertInstance } from '../alerting/evaluate.ts';
import type { Body } from '../body.ts';
import type { ClusterAnswers } from '../cluster/answers.ts';
import type { Part } from '../document/document.ts';
import type { JournalEvent } from '../report/events.ts';
import type { Collection } from '../poll/collection.ts';
import type { TargetState } from '../metrics/catalogue/collector.ts';
import type { View } from '../metrics/define.ts';
import type { Trends } from '../trend/trends.ts';
import type { Steps } from '../turn.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import type { Refusal } from './connections.ts';
import type { Log } from '../log.ts';
import type { WebConfigHandle } from './web-config/watch.ts';

/** One host for the server. Reading it never waits for the host. */
export interface ServedHost {
  /** Its name in a collector, for `?target=`. Absent in an agent, which has one host */
  readonly name?: string | undefined;
  /** Whether the host is simulated, which the page and the API show */
  readonly simulated: boolean;
  /** The exposition of the last render. A scrape sends no request to the host */
  exposition(kind: ExpositionKind): Promise<Body>;
  /** The current view of the host; undefined before the first poll has ended */
  view(): View | undefined;
  /** The state of the collection */
  collection(): Collection;
  /** The journal */
  readonly events?: ((query: EventQuery) => readonly JournalEvent[]) | undefined;
  /** The last hours, for charts */
  readonly trends?: Pick<Trends, 'host' | 'vswitch' | 'vnic' | 'vmCpu' | 'vfBytes'> | undefined;
  /**
   * What the last poll of a part has read, or why there is nothing; undefined before it. A document is the same object until
   * the next poll of its part. Absent in a collector
   */
  readonly document?: ((part: Part) => LastDocument | undefined) | undefined;
  /** The stages of a simulated host; absent where it has none */
  readonly tour?: ServedTour | undefined;
  /** The agent's own alerts; absent where its alerting is off */
  readonly alerts?: (() => readonly AlertInstance[]) | undefined;
}

/** A raw document as the module sent it, or why the last poll of its part has none. */
export type LastDocument = { readonly document: object } | { readonly error: string };

/** The stages that a simulated host goes through. */
export interface ServedTour {
  /** The scenario of each stage */
  readonly stages: readonly string[];
  /** Index of the present stage, and milliseconds until the next one */
  now(): { readonly stage: number; readonly leftMs: number };
  /** Puts the host into a stage. Resolves when what is shown is of that stage. */
  jump(stage: number): Promise<void>;
}

/** One of the hosts that a collector reads. */
export interface ServedTarget {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly host: ServedHost;
  /** How its reading goes now */
  state(): TargetState;
}

/** A cluster node that a seed has named and whose host key is not known. */
export interface FoundHost {
  readonly cluster: string;
  readonly name: string;
  /** As the cluster said last */
  readonly state?: string | undefined;
  /** When a seed named it last, Unix milliseconds */
  readonly lastSeen: number;
  /** Shows the key of the host, to be trusted or not */
  readonly command: string;
}

/** The hosts of a collector. */
export interface ServedFleet {
  /** By name */
  get(name: string): ServedTarget | undefined;
  /** All, by name */
  all(): readonly ServedTarget[];
  /** How many there are */
  readonly size: () => number;
  /** Renders the collector's own exposition */
  exposition(kind: ExpositionKind): Promise<Body>;
  /** What only all hosts of a cluster together tell, of each cluster, worked out in steps where it is too old */
  clusters(): Steps<readonly ClusterAnswers[]>;
  /** Cluster nodes that are no targets, because their host key is not known */
  found(): readonly FoundHost[];
  /** Unix milliseconds */
  now(): number;
  /** Targets that were not tried yet, while the collector waits for them */
  notTried(): readonly string[];
  /** Where Prometheus reaches this collector; the Host header of a request without it */
  readonly externalUrl?: string | undefined;
}

/** Everything that the server needs. It serves either one host or a fleet. */
export interface HttpDeps {
  readonly version: string;
  readonly host?: ServedHost | undefined;
  readonly fleet?: ServedFleet | undefined;
  /** Path prefixes of routes and of links in pages, `''` or `/prefix`; none if absent */
  readonly prefix?: { readonly route: string; readonly link: string } | undefined;
  /** Reloads the configuration; rejects with a UserError if it has faults */
  readonly reload?: (() => Promise<void>) | undefined;
  /** Whether POST /-/reload is allowed */
  readonly lifecycleEnabled: boolean;
  /** Whether responses contain the IP addresses of guests; off by default */
  readonly ipAddresses?: boolean | undefined;
  /** The names that requests may ask for. Absent: all */
  readonly allowedHosts?: AllowedHosts;
  /** TLS, users and headers. Absent: plain HTTP without authentication */
  readonly webConfig?: WebConfigHandle | undefined;
  /** Called for each connection that a limit refused */
  readonly connectionRefused?: ((why: Refusal) => void) | undefined;
  /** Called with the number of answers that were ended because their clients read too slowly */
  readonly slowAnswersEnded?: ((answers: number) => void) | undefined;
  /** One log line per request; off by default */
  readonly requestLog?: boolean | undefined;
  readonly log: Omit<Log, 'debug'>;
}

export type ExpositionKind = 'text' | 'openmetrics';

export interface EventQuery {
  /** Unix milliseconds */
  readonly since?: number | undefined;
  /** Name or id of a VM */
  readonly vm?: string | undefined;
  readonly limit: number;
}
