/** What one client may ask of the server. Scrapers stay far below; a slow or greedy client is cut off. */
export const LIMITS = {
  /** Request line and all headers together, bytes: 431 beyond */
  headerBytes: 8 * 1024,
  /** Path and query, characters: 414 beyond */
  urlLength: 2048,
  /** No route takes a body: 413 beyond */
  bodyBytes: 1024,
  /** Milliseconds within which all headers, and the whole request, must have come */
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  /** A connection between two requests; above the longest common scrape interval, so that scrapers keep theirs */
  keepAliveTimeout: 75_000,
  /** No byte either way while an answer is under way */
  socketTimeout: 90_000,
  connections: 256,
  http2Streams: 32,
  /** Requests under way at shutdown may take so long, then their sockets are cut */
  closeGrace: 2_000,
  /** How often closing looks whether all is sent */
  closeStep: 20,
} as const;
