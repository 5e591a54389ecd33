import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { visible } from '../text/visible.ts';
import type { Body } from '../body.ts';
import type { Steps } from '../turn.ts';
import type { ServedHost } from './deps.ts';

/** The response of a route with one status: JSON of a schema, or text of some media types. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly mediaTypes?: readonly string[];
}

/** One route. The API description is generated from all routes. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** A `*` at the end matches any path */
  readonly url: string;
  readonly summary: string;
  /** The query parameters; each arrives as text */
  readonly query?: z.ZodObject;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** A route about one host, which in a collector is that of `?target=`. */
export interface HostRoute extends Omit<Route, 'handle'> {
  readonly handle: (request: FastifyRequest, reply: FastifyReply, host: ServedHost) => unknown;
}

/** What a route makes for a query. */
export interface Made {
  /** 200 if absent */
  readonly status?: number;
  readonly contentType: string;
  readonly pieces: readonly Buffer[];
}

/**
 * A route whose answer follows from its query and from what it is about (a host, a fleet), and is therefore made once for
 * all who ask the same: see kept.ts.
 */
export interface KeptRoute<About> extends Omit<Route, 'handle'> {
  /**
   * @returns undefined if there is nothing to answer with and never will be: status 204
   * @throws ProblemError if the query is not valid, or there is nothing to answer with yet
   */
  readonly ask: (
    request: Pick<FastifyRequest, 'query' | 'params' | 'headers'>,
    about: About,
  ) => Asked<About> | undefined;
}

/** A request of a kept route. */
export interface Asked<About> {
  /** The query, parsed: the same for each request with the same answer */
  readonly key: unknown;
  /** The object that the answer is made of and kept with, where it is another one than the present view */
  readonly moment?: object;
  readonly make: (about: About) => Steps<Made> | Promise<Made | Body>;
}

/** Checks the types of a kept route. @param make makes the answer for a parsed query, in steps */
export function keptRoute<About, Q extends z.ZodObject>({
  query,
  make,
  ...route
}: Omit<Route, 'handle' | 'method' | 'query'> & {
  readonly query?: Q;
  readonly make: (about: About, query: z.infer<Q>) => Steps<Made>;
}): KeptRoute<About> {
  const schema = query ?? z.object({});
  return {
    ...route,
    method: 'GET',
    ...(query === undefined ? {} : { query }),
    ask(request) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed by the schema of this type
      const parsed = parseQuery(schema, request) as z.infer<Q>;
      return { key: parsed, make: (about) => make(about, parsed) };
    },
  };
}

/** Body of every error answer of the API. */
export const problem = z
  .strictObject({
    error: z.string().describe('Short stable name of the error'),
    message: z.string().describe('What went wrong, as a sentence'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

/** A response with a Problem, for the API description. */
export const problemAnswer = (description: string): Answer => ({ description, schema: problem });

/** Converts Unix milliseconds to ISO 8601, as in the API; undefined stays undefined. */
export function isoTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}

/** A request that is answered with a Problem. @param statusCode its HTTP status */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly statusCode: number;
  constructor(statusCode: number, message: string) {
    super(visible(message));
    this.statusCode = statusCode;
  }
}

/** What a table is filtered by: shown in the field of the page again, so control characters are made visible. */
export const filterText = z.string().max(200).default('').transform(visible);

/** Parses the query of a request. @throws ProblemError that names every invalid parameter */
export function parseQuery<Q extends z.ZodObject>(schema: Q, request: Pick<FastifyRequest, 'query'>): z.infer<Q> {
  const parsed = schema.safeParse(request.query);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => [...issue.path.map(String), issue.message].join(': '));
  throw new ProblemError(400, faults.join('; '));
}
