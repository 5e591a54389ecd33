import type { Part } from '../document/document.ts';

/** How the collection itself goes: what the poller knows and the catalogue's exporter metrics show. */
export interface Collection {
  /** The host is a demo host */
  readonly simulated: boolean;
  /** Now on the source's clock, Unix milliseconds */
  readonly now: number;
  readonly parts: Readonly<Record<Part, PartState>>;
  readonly journal?: { readonly writable: boolean; readonly eventsTotal: number };
}

export interface PartState {
  /** False where the part is switched off or not there on this host (cluster without the cluster service) */
  readonly enabled: boolean;
  /** A poll has ended, well or not */
  readonly tried: boolean;
  /** The last poll brought a valid frame */
  readonly success: boolean;
  readonly durationSeconds?: number;
  /** When the last good document was read on the host, Unix milliseconds */
  readonly lastSuccess?: number;
  /** Effective interval, without back-off */
  readonly intervalSeconds: number;
  readonly polls: Readonly<Record<PollResult, number>>;
  /** The last error for people; undefined when the last poll was well */
  readonly error?: string;
  readonly sources: ReadonlyMap<string, SourceState>;
  readonly powershell?:
    | {
        readonly calls: number;
        readonly restarts: number;
        readonly frameBytes?: number;
        readonly childCpuSeconds?: number;
        readonly childResidentBytes?: number;
      }
    | undefined;
}

/**
 * What a poll came to. `starting`: there was no session with the host by the poll's deadline, and it goes on starting; the
 * host was not asked. `timeout`: the host was asked and did not answer. `skipped`: not due, or the poll before still runs.
 */
export const POLL_RESULTS = ['ok', 'failed', 'timeout', 'starting', 'skipped'] as const;
export type PollResult = (typeof POLL_RESULTS)[number];

export interface SourceState {
  /** ok or partial in the last document, and not expired */
  readonly success: boolean;
  /** False where this Windows lacks the source */
  readonly available: boolean;
  readonly lastSuccess?: number;
  readonly errorsTotal: number;
  readonly rowsSkippedTotal: number;
  /** Rows that found no object to belong to, summed over documents; filled in by the exposition, which sees the joins */
  readonly rowsUnmatchedTotal?: number;
  /** The last error text, for page and log */
  readonly error?: string;
}
