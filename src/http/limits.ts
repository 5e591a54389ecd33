/** Limits for clients. Scrapers stay far below them. All times are milliseconds. */
export const LIMITS = {
  /** Request line and all headers together, in bytes. More gives 431 */
  headerBytes: 8 * 1024,
  /** Path and query, in characters. More gives 414 */
  urlLength: 2048,
  /** No route reads a body. More gives 413 */
  bodyBytes: 1024,
  /** Time within which all headers, and the whole request, must arrive */
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  /** How often the two are checked; Node's default of 30 s would let a client wait that much longer */
  checkInterval: 1_000,
  /** How long an idle connection stays open: longer than common scrape intervals, so that scrapers keep their connection */
  keepAliveTimeout: 75_000,
  /** Time without any byte in either direction during a response */
  socketTimeout: 90_000,
  connections: 256,
  /** Of one client: many times what a scraper and a browser open, and what a reverse proxy may need */
  connectionsOfClient: 64,
  /** Kept for clients that were answered before, so that strangers cannot keep a scraper out */
  connectionsOfServed: 64,
  /** One log line about refused connections, and one about ended ones, in this time, in milliseconds */
  refusalLogInterval: 60_000,
  http2Streams: 32,
  /** Of one HTTP/1.1 connection: requests that are sent before the answers to earlier ones are read (pipelining) */
  unansweredRequests: 32,
  /** Answers that are kept to be sent again, and their bytes */
  keptAnswers: 512,
  keptBytes: 32 * 1024 * 1024,
  /** Questions that wait for their answer to be made, in all and of one client. More give 503 */
  waiting: 128,
  waitingOfClient: 32,
  /**
   * Bytes that are in memory only for clients that have not read their answer yet: three expositions of a host with 1,024
   * VMs. More end the oldest answers
   */
  retiredBytes: 32 * 1024 * 1024,
  /** Bytes of an answer that are written in one turn of the event loop: a gigabyte a second is copied */
  turnBytes: 1024 * 1024,
  /** Bytes of an answer that are handed to TLS at a time, which copies them */
  tlsSlice: 128 * 1024,
  /** Time that running requests get at shutdown before their sockets are closed */
  closeGrace: 2_000,
  /** How often shutdown checks whether all responses have been sent */
  closeStep: 20,
} as const;
