import type { Part, Row, SourceName, SourceStatus } from './document.ts';

/**
 * What is known of the host at one moment: the last good rows of each source, put together by the poller's store
 * from documents that were read at different times. The Host model is built from this and nothing else.
 */
export interface SourceSnapshot<T> {
  /** of the latest document that had this source; an expired source is not `fresh` */
  readonly status: SourceStatus;
  /** When `rows` were read on the host, Unix milliseconds */
  readonly takenAt: number;
  /** False once older than its expiry: then `rows` is empty and the former rows are in `heldOver`. */
  readonly fresh: boolean;
  readonly rows: readonly T[];
  /**
   * Rows whose state is unknown but whose identity (names, GUIDs, MACs) is still good: missing from a partial
   * document for up to three polls, or left from an expired source for up to 24 h. Never read state from these.
   */
  readonly heldOver: readonly T[];
}

export type PartSnapshot<P extends Part> = {
  readonly [S in SourceName<P>]?: SourceSnapshot<Row<P, S>>;
};

export type Snapshot = { readonly [P in Part]: PartSnapshot<P> } & {
  /** Display language of the session that made the last inventory document; undefined where that does not tell */
  readonly culture?: string | undefined;
  /** Increases by one with each inventory document, so that a new document differs from the same one seen twice. */
  readonly inventorySequence: number;
};
